// SPDX-License-Identifier: GPL-2.0-or-later
// Who an answer is from, and to whom it goes. In: a YAML file of the person who runs the bot. Out: a checked policy.
import { z } from 'zod';
import { checkYaml, readYaml } from '../yaml-file.ts';
import { POLICY_BYTES_MAX } from './limits.ts';

export interface Mailbox {
  name: string;
  address: string;
}

/** An address as people write it: "Name <name@example.org>". */
export const mailbox = z.string().transform((text, context): Mailbox => {
  const match = /^(?:([^<>\r\n]*?)\s*<([^<>\s]+)>|([^<>\s]+))$/.exec(text.trim());
  const address = match?.[2] ?? match?.[3] ?? '';
  if (!/^[!#-'*+/-9=?A-Z^-~-]+(\.[!#-'*+/-9=?A-Z^-~-]+)*@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(address)) {
    context.addIssue('expected an address such as "Name <name@example.org>"');
  }
  return { name: (match?.[1] ?? '').replace(/^"|"$/g, ''), address };
});

/** Where to ask that the mails stop. */
export const stopUrl = z.string().regex(/^(mailto:|https:\/\/)[!-;=?-~]+$/, 'expected a mailto: or https: URL');

/** The server that takes our mails. */
export const smtpServer = z.strictObject({
  host: z.string().regex(/^[\w.:-]{1,255}$/, 'expected a host'),
  port: z.int().min(1).max(65_535),
  security: z.enum(['tls', 'starttls', 'none']),
});

const policySchema = z.strictObject({
  from: mailbox,
  'reply-to': mailbox.optional(),
  to: z.array(mailbox).default([]),
  cc: z.array(mailbox).default([]),
  'to-author': z.boolean().default(false),
  stop: stopUrl.optional(),
  clean: z.boolean().default(false),
  smtp: smtpServer.optional(),
});

export type SmtpServer = z.output<typeof smtpServer>;

export interface ReplyPolicy {
  /** The bot. Our Message-IDs are of its domain. */
  from: Mailbox;
  /** People who answer for the bot. */
  replyTo?: Mailbox;
  to: Mailbox[];
  cc: Mailbox[];
  /** Whether the series' author is among the recipients. */
  toAuthor: boolean;
  /** Where to ask that the mails stop: a mailto: or https: URL. */
  stop?: string;
  /** Whether clean results are mailed too: only where the readers asked for them. */
  clean: boolean;
  /** Whether the end of a mail tells how to give commands by reply: only where somebody reads them. */
  commands?: boolean;
  smtp?: SmtpServer;
}

/** To nobody, from an address that no mail server accepts (RFC 2606): for reading, not for sending. */
export const DEFAULT_POLICY: ReplyPolicy = {
  from: { name: 'rmapbot', address: 'rmapbot@rmapbot.invalid' },
  to: [],
  cc: [],
  toAuthor: false,
  clean: false,
};

/** Reads a policy; the default without a path. InputError, with the field at fault, where the file is not one. */
export async function readPolicy(path: string | undefined): Promise<ReplyPolicy> {
  if (path === undefined) return DEFAULT_POLICY;
  const read = checkYaml(await readYaml(path, POLICY_BYTES_MAX), policySchema);
  const { 'reply-to': replyTo, 'to-author': toAuthor, stop, smtp, ...rest } = read;
  return {
    ...rest,
    toAuthor,
    ...(replyTo ? { replyTo } : {}),
    ...(stop === undefined ? {} : { stop }),
    ...(smtp ? { smtp } : {}),
  };
}

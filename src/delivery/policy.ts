// SPDX-License-Identifier: GPL-2.0-or-later
// Who an answer is from, and to whom it goes. In: a YAML file of the person who runs the bot. Out: a checked policy.
import { readFile, stat } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { InputError } from '../errors.ts';
import { cleanLine } from '../report/sanitise.ts';
import { POLICY_BYTES_MAX } from './limits.ts';

export interface Mailbox {
  name: string;
  address: string;
}

const mailbox = z.string().transform((text, context): Mailbox => {
  const match = /^(?:([^<>\r\n]*?)\s*<([^<>\s]+)>|([^<>\s]+))$/.exec(text.trim());
  const address = match?.[2] ?? match?.[3] ?? '';
  if (!/^[!#-'*+/-9=?A-Z^-~-]+(\.[!#-'*+/-9=?A-Z^-~-]+)*@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(address)) {
    context.addIssue('expected an address such as "Name <name@example.org>"');
  }
  return { name: (match?.[1] ?? '').replace(/^"|"$/g, ''), address };
});

const policySchema = z.strictObject({
  from: mailbox,
  'reply-to': mailbox.optional(),
  to: z.array(mailbox).default([]),
  cc: z.array(mailbox).default([]),
  'to-author': z.boolean().default(false),
  stop: z
    .string()
    .regex(/^(mailto:|https:\/\/)[!-;=?-~]+$/, 'expected a mailto: or https: URL')
    .optional(),
  clean: z.boolean().default(false),
  smtp: z
    .strictObject({
      host: z.string().regex(/^[\w.:-]{1,255}$/, 'expected a host'),
      port: z.int().min(1).max(65_535),
      security: z.enum(['tls', 'starttls', 'none']),
    })
    .optional(),
});

export type SmtpServer = NonNullable<z.output<typeof policySchema>['smtp']>;

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
  const name = cleanLine(path, 200);
  let content: unknown;
  try {
    if ((await stat(path)).size > POLICY_BYTES_MAX) throw new Error('it is too large');
    content = parse(await readFile(path, 'utf8'), { maxAliasCount: 0 });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new InputError(`${name}: ${code === 'ENOENT' ? 'no such file' : cleanLine(message, 200)}`);
  }
  const read = policySchema.safeParse(content);
  if (!read.success) {
    const [issue] = read.error.issues;
    const where = issue && issue.path.length > 0 ? `${issue.path.join('.')}: ` : '';
    throw new InputError(`${name}: ${where}${cleanLine(issue?.message ?? 'is no policy', 200)}`);
  }
  const { 'reply-to': replyTo, 'to-author': toAuthor, stop, smtp, ...rest } = read.data;
  return {
    ...rest,
    toAuthor,
    ...(replyTo ? { replyTo } : {}),
    ...(stop === undefined ? {} : { stop }),
    ...(smtp ? { smtp } : {}),
  };
}

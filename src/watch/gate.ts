// SPDX-License-Identifier: GPL-2.0-or-later
// Loop protection: which mails are never reacted to. In: header fields. Out: why not, or nothing.
// RFC 3834 for answers of machines; `Precedence: bulk` counts only where no list put it there: kvack.org and
// vger.kernel.org put it on every mail that they hand on.
import { OWN_ID } from '../delivery/index.ts';
import { matches } from '../semantics/glob.ts';

export interface GateOptions {
  /** Our own address. */
  own: string;
  /** Globs on addresses of bots, lower case. */
  ignore: readonly string[];
}

/** Why a mail is passed over: it is ours, or a machine's. */
export function passedOver(
  fields: ReadonlyMap<string, string>,
  { messageId, from }: { messageId: string; from: string },
  { own, ignore }: GateOptions,
): string | undefined {
  const address = from.toLowerCase();
  const said = (name: string) => fields.get(name)?.toLowerCase() ?? '';
  if (address === own.toLowerCase() || isOwnId(messageId) || fields.has('x-rmapbot-verdict')) return 'is ours';
  const automatic = said('auto-submitted').split(/[;\s(]/, 1)[0] ?? '';
  if (automatic !== '' && automatic !== 'no') return `was sent by a machine (Auto-Submitted: ${automatic})`;
  if (fields.has('x-autoreply') || fields.has('x-autorespond')) return 'was sent by a machine';
  if (said('return-path') === '<>') return 'is a bounce';
  if (said('x-loop').includes(own.toLowerCase())) return 'comes back from us';
  const byList = fields.has('list-id') || fields.has('x-mailing-list');
  const precedence = said('precedence');
  if (/^(junk|list-bot|auto_reply)$/.test(precedence) || (precedence === 'bulk' && !byList))
    return `was sent by a machine (Precedence: ${precedence})`;
  if (ignore.some((glob) => matches(address, glob))) return 'is from a bot';
  return undefined;
}

/** Whether a Message-ID is one that we give. */
export function isOwnId(messageId: string): boolean {
  return messageId.startsWith(OWN_ID) || messageId.startsWith(`retraction-${OWN_ID}`);
}

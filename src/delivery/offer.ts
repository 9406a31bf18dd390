// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a review is answered at all, and the answer's way into the outbox.
import { cleanLine } from '../report/sanitise.ts';
import type { Review } from '../review/values.ts';
import type { Series } from '../series/values.ts';
import { type Asked, composeReply } from './compose.ts';
import type { Outbox } from './outbox.ts';
import type { ReplyPolicy } from './policy.ts';
import { signaturesOf } from './retract.ts';

/** Only findings are told, and clean results where the readers asked for them. */
export function told({ verdict }: Review, { clean }: Pick<ReplyPolicy, 'clean'>): boolean {
  return verdict === 'violations' || verdict === 'does-not-build' || (clean && verdict === 'clean');
}

export interface OfferOptions {
  /** The command that this answers: then every verdict is told. */
  asked?: Asked;
  list?: string;
  due?: number;
  approved?: boolean;
  /** See ReplyOptions. */
  identity?: string;
}

/** Composes the answer and puts it in. `id`: its Message-ID, where it is in the outbox now; `why`: why it is not. */
export async function offer(
  outbox: Outbox,
  review: Review,
  series: Series,
  policy: ReplyPolicy,
  { asked, identity, ...more }: OfferOptions = {},
): Promise<{ id: string } | { why: string; id?: string }> {
  if (!asked && !told(review, policy)) return { why: `${review.verdict} is not mailed` };
  const signatures = signaturesOf(review);
  const [gone] = outbox.retracted(signatures);
  if (gone !== undefined) return { why: `a finding like one of these has been retracted: ${cleanLine(gone, 120)}` };
  const {
    messageId: id,
    recipients,
    raw,
  } = await composeReply(review, series, policy, {
    ...(asked ? { asked } : {}),
    ...(identity === undefined ? {} : { identity }),
  });
  const subject = series.head?.subject ?? series.subject;
  const { verdict } = review;
  const added = outbox.add({ id, subject, verdict, signatures, sender: policy.from.address, recipients, raw, ...more });
  return added ? { id } : { id, why: `version ${series.version} of this series has been answered before` };
}

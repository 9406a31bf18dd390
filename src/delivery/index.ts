// SPDX-License-Identifier: GPL-2.0-or-later
// The delivery room. In: a review, the series it is about, a policy. Out: the answer as it goes to a list, ready to send.
// Nothing is sent but by sendApproved().
export { type Asked, commandReplyId, composeNote, composeReply, OWN_ID, type ReplyMail, replyId } from './compose.ts';
export { type OfferOptions, offer, told } from './offer.ts';
export { Outbox, type OutboxEntry, type OutboxMail, type OutboxState } from './outbox.ts';
export {
  DEFAULT_POLICY,
  type Mailbox,
  mailbox,
  type ReplyPolicy,
  readPolicy,
  type SmtpServer,
  smtpServer,
  stopUrl,
} from './policy.ts';
export { composeRetraction, signaturesOf } from './retract.ts';
export { sendApproved } from './smtp.ts';

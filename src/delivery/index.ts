// SPDX-License-Identifier: GPL-2.0-or-later
// The delivery room. In: a review, the series it is about, a policy. Out: the answer as it goes to a list, ready to send.
// Nothing is sent but by sendApproved().
export { composeReply, type ReplyMail } from './compose.ts';
export { Outbox, type OutboxEntry, type OutboxState } from './outbox.ts';
export { DEFAULT_POLICY, type Mailbox, type ReplyPolicy, readPolicy, type SmtpServer } from './policy.ts';
export { composeRetraction, signaturesOf } from './retract.ts';
export { sendApproved } from './smtp.ts';

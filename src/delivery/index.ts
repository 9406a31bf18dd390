// SPDX-License-Identifier: GPL-2.0-or-later
// The delivery room. In: a review, the series it is about, a policy. Out: the answer as it goes to a list, ready to send.
// Nothing here sends.
export { composeReply, type ReplyMail } from './compose.ts';
export { DEFAULT_POLICY, type Mailbox, type ReplyPolicy, readPolicy } from './policy.ts';

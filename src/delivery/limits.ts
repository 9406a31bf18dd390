// SPDX-License-Identifier: GPL-2.0-or-later
// Every bound of the delivery room, with its reason.

/** Message-IDs in our References: the first and the nearest ones. RFC 5322 sets no bound; long headers get lost. */
export const REFERENCES_MAX = 20;

/** Characters of our subject: a header line of 998 bytes holds them in any script. */
export const SUBJECT_MAX = 200;

/** Characters of a line that we quote: one line of a mail. */
export const QUOTE_MAX = 72;

/** Before a mail that a server refused for now is tried again, milliseconds: RFC 5321, 4.5.4.1 asks for 30 minutes. */
export const RETRY_MS = 30 * 60_000;

/** Largest policy file, bytes. */
export const POLICY_BYTES_MAX = 64 * 1024;

/** Longest silence of a mail server, milliseconds; RFC 5321, 4.5.3.2 allows it minutes. */
export const SMTP_SILENCE_MS = 300_000;

/** Characters of the reason in a retraction. */
export const REASON_MAX = 2_000;

// SPDX-License-Identifier: GPL-2.0-or-later
// Every bound of the delivery room, with its reason.

/** Message-IDs in our References: the first and the nearest ones. RFC 5322 sets no bound; long headers get lost. */
export const REFERENCES_MAX = 20;

/** Characters of our subject: a header line of 998 bytes holds them in any script. */
export const SUBJECT_MAX = 200;

/** Largest policy file, bytes. */
export const POLICY_BYTES_MAX = 64 * 1024;

/** Longest silence of a mail server, milliseconds; RFC 5321, 4.5.3.2 allows it minutes. */
export const SMTP_SILENCE_MS = 300_000;

/** Characters of the reason in a retraction. */
export const REASON_MAX = 2_000;

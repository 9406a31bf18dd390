// SPDX-License-Identifier: GPL-2.0-or-later
// Every bound of the report room, with its reason.

/** Prose columns. Our choice; the kernel's email-clients.rst allows up to 80. Tables are never wrapped. */
export const COLUMNS = 72;

/** Lines before the details: what a maintainer reads in a minute. */
export const SUMMARY_LINES_MAX = 40;

/** Longest reproducer that stands with its finding; longer ones move to the details. */
export const INLINE_REPRODUCER_LINES_MAX = 16;

/** Findings told in full in the details. */
export const DETAILED_FINDINGS_MAX = 12;

/** Rows of each table in the details without --full. */
export const DETAIL_ROWS_MAX = 30;

/** Characters of one foreign text (a title, a compiler message, evidence) before it is cut. */
export const FOREIGN_TEXT_MAX = 600;

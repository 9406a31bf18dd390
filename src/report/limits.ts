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

/** Rows of a drawn timeline: a screen or two. The steps right before the failing one tell most. */
export const TIMELINE_ROWS_MAX = 40;

/** Processes of a drawn timeline; more lanes cannot be told apart. */
export const TIMELINE_LANES_MAX = 12;

/** Findings told in full on the HTML page; a page of all would not stay below 2 MB. */
export const PAGE_FINDINGS_MAX = 30;

/** Rows of each table on the HTML page, and members of one struct. */
export const PAGE_ROWS_MAX = 200;

/** Functions of which the HTML page tells what they do. */
export const PAGE_FUNCTIONS_MAX = 60;

/** A comment on GitHub may have 65,536 characters; the rest is room for whoever posts it. */
export const MARKDOWN_BYTES_MAX = 60_000;

/** Changed lines shown with their text on the HTML page. */
export const PAGE_LINES_MAX = 2000;

/** Processes at once that a terminal's drawing of a history shows: two columns each, beside the text. */
export const DRAWN_LANES_MAX = 16;

/** Steps of a history that are drawn from its beginning and from its end; the longest of ours are loops. */
export const DRAWN_ROWS_FIRST = 60;
export const DRAWN_ROWS_LAST = 12;

/** Summary and text of a check run: 65,535 characters each (REST "Create a check run"); a byte is a character at most. */
export const CHECK_BYTES_MAX = 65_000;

/** Title of a check run or annotation: 255 characters. */
export const CHECK_TITLE_MAX = 250;

/** Message of an annotation: 64 KB; the finding itself stands in the text. */
export const ANNOTATION_CHARS_MAX = 2000;

/** Annotations of one review: beyond it nobody reads them, and each 50 are a request. */
export const ANNOTATIONS_MAX = 500;

/** Steps and processes of a C program that performs a scenario: more nobody reads, and each process is a real one. */
export const C_STEPS_MAX = 1500;
export const C_PROCESSES_MAX = 100;

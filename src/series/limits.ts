// SPDX-License-Identifier: GPL-2.0-or-later
// The limits of the series room. What arrives has passed the limits of the sources room (size and number of mails).

/** Most patches of one series; subjects that promise more are not read as patches. */
export const MAX_PATCHES = 1000;

/** Highest version number believed ("v2026" is a date or a joke). */
export const MAX_VERSION = 999;

/** Most trailers kept of one mail, and longest value of one. */
export const MAX_TRAILERS = 200;
export const MAX_TRAILER_LENGTH = 1000;

/** Most prerequisites kept of one mail. */
export const MAX_PREREQUISITES = 1000;

/** Longest name and address of an in-body "From:" line. */
export const MAX_ADDRESS_LENGTH = 1000;

/** Most different Message-IDs in one input, those that are only referred to included. */
export const MAX_IDENTIFIERS = 8_000_000;

/** Most warnings kept of one input; the rest is counted. */
export const MAX_WARNINGS = 200;

/** Bodies of patches wait in compressed blocks of this size until their series is asked for. */
export const BLOCK_BYTES = 1024 * 1024;

/** Most bytes of compressed bodies kept in memory for one input. */
export const MAX_KEPT_BYTES = 1024 * 1024 * 1024;

/** Series named in an error or a warning; the rest is counted. */
export const MAX_LISTED = 12;

/** Mails gone through upwards from an answer, to find the patch that it is about. Threads this deep are quarrels. */
export const MAX_ANSWERS_UP = 1_000;

/** Characters of a mail that are looked through for dependencies in prose; cover letters reach 20,000. */
export const MAX_PROSE_BYTES = 100_000;

/** Series that are applied before one, what they need themselves included; those of the lists are one to three. */
export const MAX_NEEDED_SERIES = 32;

/** Series that need each other in a row. */
export const MAX_NEEDED_DEPTH = 8;

/** Questions to an archive about what one series needs: a mail may name a thousand things, and each costs a search. */
export const MAX_LOOKUPS = 40;

/** Patches of one input whose patch ids are compared with those that a series needs; the nearest ones. */
export const MAX_PATCH_ID_CANDIDATES = 2_000;

/** Diffs whose patch ids are asked of git at once. */
export const PATCH_ID_BATCH = 500;

/** Lines of a patch mail; the largest patches of the kernel, generated register tables, reach 300,000. */
export const MAX_PATCH_LINES = 500_000;

/** Files and hunks of one mail's diff; conversions of the whole kernel reach 5,000 and 30,000. */
export const MAX_DIFF_FILES = 10_000;
export const MAX_DIFF_HUNKS = 100_000;

/** Longest quoted path name, as written; the system's own limit is 4,096 bytes, at most four characters each. */
export const MAX_QUOTED_NAME = 16_384;

// SPDX-License-Identifier: GPL-2.0-or-later
// The limits of the sources room. Mail is hostile: each bound below keeps memory or time finite.

/** Largest single message, bytes as they come. The lists refuse mail far below this; a larger one is skipped by name. */
export const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/** Largest input after decompression: years of a busy list. More is refused. */
export const MAX_INPUT_BYTES = 8 * 1024 * 1024 * 1024;

/** Most messages in one input. A record of a few hundred bytes is kept for each. */
export const MAX_MESSAGES = 1_000_000;

/** Largest header block of one message; those on the lists reach about 30 KB. A larger one is skipped by name. */
export const MAX_HEADER_BYTES = 512 * 1024;

/** Most MIME parts of one message. */
export const MAX_PARTS = 200;

/**
 * Bytes out per byte in at which a gzip file counts as a bomb, once MIN_BOMB_BYTES have come out.
 * Mail compresses 3 to 20 times; gzip's own maximum is 1032.
 */
export const MAX_GZIP_RATIO = 200;
export const MIN_BOMB_BYTES = 64 * 1024 * 1024;

/** Longest From field read directly; longer ones go to the MIME parser. */
export const MAX_ADDRESS_LENGTH = 1000;

/** Message-IDs kept of one References header; the nearest ones. */
export const MAX_REFERENCES = 200;

/** Bytes read from a file at once. */
export const READ_BYTES = 256 * 1024;

/** Longest "From " line that can be a separator. */
export const MAX_SEPARATOR_BYTES = 1024;

/** Bytes behind a possible separator in which the From header must come, to tell it from prose. */
export const MAX_LOOKAHEAD_BYTES = 64 * 1024;

/** Most warnings kept; the rest is counted. */
export const MAX_WARNINGS = 100;

// SPDX-License-Identifier: GPL-2.0-or-later
// The limits of the sources room. Mail is hostile: each bound below keeps memory or time finite.

/** Largest single message, bytes as they come. The lists refuse mail far below this; a larger one is skipped by name. */
export const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/** Largest message for the MIME parser, which takes up to 30 times as much memory. Plain ones do without it. */
export const MAX_MIME_BYTES = 6 * 1024 * 1024;

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

/** Most mails of one thread that is read from an archive. The longest threads of the lists hold some hundreds. */
export const MAX_THREAD_MESSAGES = 20_000;

/**
 * Messages before and after a named one in which its thread is looked for over NNTP and IMAP, which know no threads:
 * a month and four months of a list with 5,000 messages a month.
 */
export const WINDOW_BEFORE = 5_000;
export const WINDOW_AFTER = 20_000;

/** Most messages of one range over NNTP or IMAP. */
export const MAX_RANGE = 100_000;

/** Longest silence of a server, milliseconds, after which it counts as gone. */
export const SERVER_SILENCE_MS = 60_000;

/** Redirects followed within one archive. */
export const MAX_REDIRECTS = 5;

/** Mails taken of one search: a patch id or change-id has a handful, one for each version or list. */
export const MAX_FOUND = 200;

/** Longest line of a server's answer. RFC 3977 asks for 512 bytes; overview lines of long threads reach 30 KB. */
export const MAX_LINE_BYTES = 1024 * 1024;

/** Longest Message-ID: a header line has at most 998 bytes (RFC 5322, 2.1.1). */
export const MAX_ID_LENGTH = 900;

/** Mails of one batch of a followed source: kept in memory and stored at once. */
export const BATCH_MAILS = 200;

/**
 * How far back a followed source is read again once it has been renumbered or its history rewritten, milliseconds:
 * 30 days. What had been read is told by its Message-ID.
 */
export const RESCAN_MS = 30 * 86_400_000;

/** Articles read again once a news server has renumbered its group: more than a month of the busiest list. */
export const RESCAN_ARTICLES = 50_000;

/**
 * A Maildir's files are known by name while a process runs. A new one reads again what changed so long before the last
 * file it had read, milliseconds: a day, for clocks that were put right.
 */
export const MAILDIR_OVERLAP_MS = 86_400_000;

/** Longest IDLE, milliseconds: RFC 2177 asks for less than 29 minutes. */
export const MAX_IDLE_MS = 25 * 60_000;

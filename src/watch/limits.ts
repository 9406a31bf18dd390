// SPDX-License-Identifier: GPL-2.0-or-later
// Every bound of the watch room, with its reason.

/** Largest configuration, bytes: thousands of lists. */
export const CONFIG_BYTES_MAX = 1024 * 1024;

const MINUTE = 60_000;
export const DAY_MS = 24 * 60 * MINUTE;

/** Bodies of patch mails are kept so long: a version that re-sends only some patches needs those of the one before. */
export const KEEP_MS = 60 * DAY_MS;

/** Message-IDs that were read are known so long: far more than a source is ever read again (RESCAN_MS). */
export const SEEN_MS = 400 * DAY_MS;

/** Mails of one sender that may belong to one posting though nothing links them: see the series room's REJOIN_WINDOW. */
export const REJOIN_MS = DAY_MS;

/** Threads, and mails, that are put together at once; the newest ones. Long-lived senders post thousands. */
export const CLUSTER_THREADS_MAX = 50;
export const CLUSTER_MAILS_MAX = 3_000;

/** Dirty threads put together before the rest of the work gets its turn. */
export const THREADS_AT_ONCE = 200;

/** Times that a review is begun: then it is parked, as it seems to end the process or to fail each time. */
export const ATTEMPTS_MAX = 4;

/** Before a review that failed by our own fault is tried again, milliseconds, times the number of attempts. */
export const RETRY_MS = 10 * MINUTE;

/** Commands answered for one series: no dialogue with another bot goes on for ever. */
export const COMMANDS_MAX = 10;

/** Lines of one mail read as commands. */
export const COMMAND_LINES_MAX = 8;

/** A command whose series is not known is looked at again so long: the series may still be on its way. */
export const COMMAND_WAIT_MS = DAY_MS;

/** Waiting after a source failed, milliseconds: doubled each time, up to the second. */
export const BACKOFF_MS = 5_000;
export const BACKOFF_MAX_MS = 10 * MINUTE;

/** The longest that the work sleeps when nothing arrives: what is due by the clock is seen within. */
export const TICK_MS = 15_000;

/** Between two looks for uncertain mails in the archives. */
export const LOOK_UP_MS = 60 * MINUTE;

/** The same for those that are younger than ten times this. */
export const LOOK_UP_SOON_MS = MINUTE;

/** Between two attempts at a mail server that does not take us. */
export const SMTP_RETRY_MS = MINUTE;

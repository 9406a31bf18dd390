// SPDX-License-Identifier: GPL-2.0-or-later
// Every bound of the service, with its reason.

/** How long a claimed job stays its worker's without a sign of life: pg-boss takes no less than 10 s. */
export const LEASE_MS = 30_000;
/** Signs of life: three may be lost before the lease ends. */
export const BEAT_MS = 7_500;
/** Attempts until a job is parked. Our own failures are rarely cured by a fifth. */
export const ATTEMPTS_MAX = 4;
/** First wait before another attempt; doubled each time, with up to as much again by chance, so that jobs that failed
 * together do not come back together. */
export const RETRY_MS = 15_000;
export const RETRY_MS_MAX = 3_600_000;
/** Between two looks at an empty queue. A webhook in the same process rings a bell instead. */
export const POLL_MS = 1_000;
/** What a fair tag of one lane may reach; tags begin anew whenever the lane is empty. Four lanes fit 31 bits. */
export const LANE_SPAN = 500_000_000;
/** Bytes of a job's payload: a pull request or the mails of a series (1,000 patches of 10 KB). */
export const PAYLOAD_BYTES_MAX = 64 * 1024 * 1024;
/** Characters of names that jobs carry, cut by whoever submits. */
export const NAME_MAX = 300;
/** Characters of a reason. */
export const REASON_MAX = 500;
/** Milliseconds that a writer waits for another process's transaction on the embedded store. */
export const BUSY_MS = 10_000;
/** Connections of one process to PostgreSQL: pages, the queue, signs of life. */
export const CONNECTIONS = 6;
/** Milliseconds to reach PostgreSQL. */
export const CONNECT_MS = 10_000;
/** Jobs at ends are kept so long, with their reviews. */
export const KEPT_DAYS = 180;
/** What a job may take to end once its worker is told to: less than systemd and Docker wait before they kill. */
export const GRACE_MS = 20_000;
/** Longest pause after a failure of the store. */
export const TROUBLE_MS_MAX = 30_000;
/** Between two looks at what a job uses: allocating 4 GiB takes longer than that. */
export const WATCH_MS = 250;
/** Largest file a job may write; an image has 20 MB. */
export const JOB_FILE_BYTES = 4 * 1024 ** 3;
/** A review's JSON: REVIEW_BYTES_MAX of the review room is less. */
export const JOB_OUTPUT_BYTES = 128 * 1024 * 1024;
/** The end of a job's log that is looked at. */
export const JOB_STDERR_CHARS = 20_000;
/** Memory of a review's processes together: two compilers, a machine for each worker (docs/operate.md). */
export const JOB_MEMORY_BYTES = 6 * 1024 ** 3;
/** Processor time and time of a review: the review's own cap (an hour) ends it before, and says what is missing. */
export const JOB_CPU_MS = 4 * 3_600_000;
export const JOB_WALL_MS = 90 * 60_000;
/** A configuration of ours has a page. */
export const CONFIG_BYTES_MAX = 64 * 1024;
/** A private key has 3 KB. */
export const SECRET_BYTES_MAX = 64 * 1024;
/** Characters of one text in the log. */
export const LOG_TEXT_MAX = 2_000;
/** Rows of a page of the dashboard: what a person looks through. */
export const PAGE_ROWS = 50;
/** A store that answers slower than this is not ready: whoever asks gives up about then. */
export const READY_MS = 2_000;
/** A worker that was not seen for so long is not counted: four signs of life. */
export const SEEN_MS = 30_000;
/** A request must have come within so long, and its answer gone. */
export const REQUEST_MS = 30_000;
/** Connections at a time; a proxy in front needs few. */
export const HTTP_CONNECTIONS = 500;
/** A job whose series or pull request is at work elsewhere is looked at again after so long. */
export const BUSY_REST_MS = 1_000;
/** Attempts to tell the world that a job is given up; one that ends the process each time is parked in silence. */
export const GIVING_UP_MAX = 2;
/** Between two times that old jobs are removed. */
export const PRUNE_MS = 3_600_000;
/** Series sent longer ago are of a backfill: nobody waits for them. As the watch room's answer.max-age. */
export const OLD_MS = 14 * 86_400_000;
/** How long a list of trees is good for. */
export const TREES_MS = 60_000;
/** What a job may take to end once it is told to: it ends open checks over the network. */
export const DEAF_MS = 5_000;
/** How long a page waits for a list that takes its time. */
export const PATIENCE_MS = 3_000;

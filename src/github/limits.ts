// SPDX-License-Identifier: GPL-2.0-or-later
// Every bound of the github room, with its reason.

/** Jobs that a person waits for come first, then what was pushed. */
export const PRIORITY = { command: 30, asked: 20, pushed: 10, housekeeping: 0 } as const;

/** A webhook's body: GitHub sends none larger (docs.github.com, "Webhook events and payloads"). */
export const WEBHOOK_BYTES_MAX = 25 * 1024 * 1024;

/** Characters of a webhook's secret: one that can be guessed is none. */
export const WEBHOOK_SECRET_MIN = 16;

/** Commits of a pull request that we take for a series: GitHub lists no more (REST "List commits on a pull request"). */
export const COMMITS_MAX = 250;

/** Pages of a list that are read, 100 items each. An issue holds at most 2,500 comments. */
export const PAGES_MAX = 30;

/** Blobs fetched in one go, between two looks at how much has come. */
export const BLOBS_A_FETCH = 2000;

/** Bytes of changed files that one pull request may bring, packed: larger than any series of mm by far. */
export const CHANGED_BYTES_MAX = 128 * 1024 * 1024;

/** Packs of a store before they are made one: git looks into each of them for every object. */
export const PACKS_MAX = 60;

/** Largest .github/rmapbot.yml: a page or two. */
export const CONFIG_BYTES_MAX = 64 * 1024;

/** Annotations in one request (REST "Update a check run"). */
export const ANNOTATIONS_A_REQUEST = 50;

/** Characters of a comment that are looked at for commands. */
export const COMMAND_CHARS_MAX = 10_000;

/** How often a request is tried again after a failure of the server or the network. */
export const RETRIES = 3;

/** Longest time that a rate limit is waited for within a job, seconds; beyond it the queue tries the job again later. */
export const RATE_WAIT_S_MAX = 120;

/** How long a request may take, milliseconds; GitHub itself gives up after 10 s. */
export const REQUEST_MS_MAX = 30_000;

/** Trees of base commits that are kept, and how long one must have rested before it may go: no review takes a day. */
export const TREES_KEPT = 8;
export const TREE_REST_MS = 24 * 3_600_000;

/** What a repository may ask of one review: it is others' machine. Steps of scenarios, and seconds. */
export const BUDGET_MAX = 10_000_000;
export const TIME_CAP_S_MAX = 1800;

/** Paths that a repository may name. */
export const GLOBS_MAX = 100;

/** What our check runs are called; branch protection names it. */
export const CHECK_NAME = 'rmapbot';

/** How long to wait before looking whether a request whose answer was lost had its effect, milliseconds. */
export const LOOK_AGAIN_MS = 1000;

/** A workflow step's summary: 1 MiB (docs.github.com, "Workflow commands"). */
export const STEP_SUMMARY_BYTES_MAX = 1_000_000;

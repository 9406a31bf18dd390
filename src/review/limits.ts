// SPDX-License-Identifier: GPL-2.0-or-later
// Every bound of the review room, with its reason.

/**
 * Longest series whose every patch boundary is built and run for bisectability. Each boundary costs a link and what
 * its patch recompiles: about 5 s for a .c file, about 40 s for mm_types.h. Longer series are bisected only where the
 * whole series introduced something.
 */
export const BOUNDARIES_MAX = 8;

/** Places kept of where a thread stood when its turn ended: enough to reach the mm function from a lock's helpers. */
export const TURN_PLACES_MAX = 6;

/** Steps of scenarios, on all images together, that a review may run unless --budget says otherwise. */
export const BUDGET_STEPS_DEFAULT = 200_000;

/**
 * Generated histories of a review unless --histories says otherwise: half a second of the process that has just run the
 * scenarios. More are for `rmapbot fuzz`.
 */
export const HISTORIES_DEFAULT = 60;

/**
 * A search goes in rounds of so many parts, each on a process of its own, and of so many histories in each part: some
 * seconds, so that the time is looked at often enough.
 */
export const FUZZ_SHARDS = 2;
export const FUZZ_SHARD = 150;

/** Histories that a round hands on to the next: they travel to every process. */
export const FUZZ_CORPUS_MAX = 300;

/** Different broken invariants after which a search ends. */
export const FUZZ_FINDINGS_MAX = 24;

/**
 * Schedules of a scenario with threads: where it speaks for a touched area, and where it does not. All of ours together
 * then take about a second on the patched tree; --budget raises the first in proportion.
 */
export const SCHEDULES_MATCHED = 60;
export const SCHEDULES_OTHERS = 6;

/** Wall time after which no further scenario or boundary is started unless --time-cap says otherwise; printed if hit. */
export const TIME_CAP_MS_DEFAULT = 30 * 60 * 1000;

/** Findings that a review carries; a patch that breaks everything needs no longer list. The rest is counted. */
export const FINDINGS_MAX = 100;

/** Changed lines that did not run and are listed one by one; the number itself is exact. */
export const NOT_EXECUTED_MAX = 500;

/** Compiler messages kept of a build that failed. */
export const DIAGNOSTICS_MAX = 20;

/**
 * Results kept in the cache, nearly all of them runs; the oldest go first. A run is some 30 KB; a review of two
 * patches makes 600.
 */
export const CACHED_RESULTS_MAX = 20_000;

/**
 * Trials that shrinking one finding's scenario may run, and all findings of a review together. One takes some 10 ms on
 * both sides; most scenarios are at their smallest after 60.
 */
export const SHRINK_RUNS_FINDING = 120;
export const SHRINK_RUNS_REVIEW = 300;

/** Scenarios of an area that are tried on its control bug before all others: starting a process costs as much. */
export const CONTROL_SCENARIOS_FIRST = 8;

/**
 * Runs of one finding that are made again before it is told. More say no more, and a patch that never returns costs its
 * whole fuel in each.
 */
export const CONFIRMED_PER_FINDING = 6;

/** Findings that carry pictures of the world: one is up to 20 KB, and a page of the report stays below 2 MB. */
export const PICTURED_MAX = 12;

/** Kinds of step named for one effect, the largest first. */
export const OPERATIONS_MAX = 8;

/** Effects kept, the largest first; a change of every path needs no longer list. */
export const EFFECTS_MAX = 60;

/** Bytes of a review's JSON that is read again. A large one has 2 MB. */
export const REVIEW_BYTES_MAX = 64 * 1024 * 1024;

/** Changed lines whose text a review carries, for the coverage of the diff: a series of 1,500 lines has them all. */
export const SOURCE_LINES_MAX = 2000;

/** Characters of one such line; kernel code has 80 to 100. */
export const SOURCE_LINE_MAX = 160;

/** Rows of lock profiles by scenario: a series that changes each of the 190 scenarios in ten classes. */
export const LOCK_PROFILE_MAX = 2000;

/** Kinds of step whose waiting is told, and recorded steps of one kind that each processor repeats: 64 processors with 40
 *  steps of three sections each are 15,000 events, some milliseconds. */
export const CURVES_MAX = 8;
export const CURVE_STEPS = 24;

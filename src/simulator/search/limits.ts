// SPDX-License-Identifier: GPL-2.0-or-later
// Limits of the search, each with its reason.

/** Processes alive at once in a generated history: more hide what happens, and each is looked at after every step. */
export const PROCESSES_MAX = 5;

/** Locked pages of one process: below what an unprivileged process may lock on every tree (64 KiB). */
export const LOCKED_MAX = 12;

/** Pages of an ordinary region; of one where huge pages fit. */
export const REGION_PAGES = 14;
export const HUGE_REGION_PAGES = 1024;

/** Steps of a generated history: hand-written ones have 8 to 20. */
export const STEPS_LEAST = 7;
export const STEPS_MOST = 18;

/** Steps of one that goes on from others. */
export const STEPS_LONGEST = 26;

/** Draws in vain after which a history ends: nothing can be done any more. */
export const DRAWS_MAX = 60;

/** Histories kept to go on from: the newest; older ones are reached through their offspring. */
export const CORPUS_MAX = 400;

/** Different broken invariants after which a search ends: a kernel that breaks everything needs no longer list. */
export const FOUND_MAX = 12;

/** Of a hundred histories, those that go on from one that brought something new. */
export const OFFSPRING_PERCENT = 60;

/** Of a hundred steps, those after which all invariants are checked; all are before the end. Looking takes ten times
 *  as long as doing. */
export const CHECKED_PERCENT = 20;

// SPDX-License-Identifier: GPL-2.0-or-later
// Every bound of the command line, with its reason.

/** Processes at a time; the rooms below have limits of their own. */
export const JOBS_MAX = 64;

/** Largest --budget: more steps than a machine makes in a week. */
export const BUDGET_MAX = 1_000_000_000;

/** Largest --histories: a day's work of one core. */
export const HISTORIES_MAX = 10_000_000;

/** Largest --seed: what fits into the generator's state. */
export const SEED_MAX = 4_294_967_295;

/** Largest --time-cap: a week, in seconds. */
export const TIME_CAP_S_MAX = 7 * 24 * 3600;

/** Least time between two repaints of the progress line. */
export const REPAINT_MS = 100;

/** Longest text of a foreign error that is shown. */
export const ERROR_TEXT_MAX = 500;

/** Largest --scale of a workload: what is beyond does not fit into the machine's 4 GiB. */
export const SCALE_MAX = 100;

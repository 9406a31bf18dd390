// SPDX-License-Identifier: GPL-2.0-or-later
// What our check runs are known by: their external id names the pull request and what asked for the run. Checks of forks
// do not name their pull request otherwise.

/** "rmapbot:12:auto-0123456789ab" */
export function externalId(number: number, run: string): string {
  return `rmapbot:${number}:${run}`;
}

/** The pull request of a run of ours; undefined for any other text. */
export function numberOfRun(id: string): number | undefined {
  const [, number] = /^rmapbot:(\d{1,9}):/.exec(id) ?? [];
  return number === undefined ? undefined : Number(number);
}

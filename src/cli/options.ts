// SPDX-License-Identifier: GPL-2.0-or-later
// Values of options: read strictly, refused in one line.
import { availableParallelism } from 'node:os';
import { InvalidArgumentError } from 'commander';
import { JOBS_MAX, SCALE_MAX, TIME_CAP_S_MAX } from './limits.ts';

/** A reader of whole numbers from `least` to max, for commander. */
export function wholeNumber(max: number, least = 1): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= max))
      throw new InvalidArgumentError(`expected a whole number from ${least} to ${max}.`);
    return value;
  };
}

/** A reader of times, such as 60s, 10m or 2h; a number alone is seconds. Out: milliseconds. */
export function duration(text: string): number {
  const match = /^(\d{1,7})(s|m|h)?$/.exec(text);
  const unit = { s: 1, m: 60, h: 3600 }[match?.[2] ?? 's'] ?? 1;
  const seconds = match === null ? Number.NaN : Number(match[1]) * unit;
  if (!(seconds >= 1 && seconds <= TIME_CAP_S_MAX))
    throw new InvalidArgumentError('expected a time from 1s to a week, such as 60s, 10m or 2h.');
  return seconds * 1000;
}

/** A reader of scales: above 0, as 0.01 or 2. */
export function scale(text: string): number {
  const value = /^\d{1,6}(?:\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value > 0 && value <= SCALE_MAX))
    throw new InvalidArgumentError(`expected a number above 0 and up to ${SCALE_MAX}, such as 0.01.`);
  return value;
}

/** A reader of texts that must not be empty. */
export function notEmpty(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('expected a text that is not empty.');
  return text;
}

/** For an option that may be repeated: its values in order. */
export function collect(text: string, before: string[] = []): string[] {
  return [...before, notEmpty(text)];
}

/** As many processes as the machine runs at once. */
export function defaultJobs(): number {
  return Math.max(1, Math.min(availableParallelism(), JOBS_MAX));
}

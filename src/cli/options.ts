// SPDX-License-Identifier: GPL-2.0-or-later
// Values of options: read strictly, refused in one line.
import { availableParallelism } from 'node:os';
import { InvalidArgumentError } from 'commander';
import { JOBS_MAX } from './limits.ts';

/** A reader of whole numbers from 1 to max, for commander. */
export function wholeNumber(max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= 1 && value <= max)) throw new InvalidArgumentError(`expected a whole number from 1 to ${max}.`);
    return value;
  };
}

/** A reader of texts that must not be empty. */
export function notEmpty(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('expected a text that is not empty.');
  return text;
}

/** As many processes as the machine runs at once. */
export function defaultJobs(): number {
  return Math.max(1, Math.min(availableParallelism(), JOBS_MAX));
}

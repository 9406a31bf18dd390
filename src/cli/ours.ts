// SPDX-License-Identifier: GPL-2.0-or-later
// Errors of the input where the input is ours: a tree or an archive that cannot be reached is nothing that a series is to
// blame for, and is tried again.
import { InputError } from '../errors.ts';

export async function ours<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof InputError ? new Error(error.message) : error;
  }
}

// SPDX-License-Identifier: GPL-2.0-or-later
// The JSON of an earlier review -> a Review. It may come from anywhere: read strictly, refused in one line.
import { readFile, stat } from 'node:fs/promises';
import { InputError } from '../errors.ts';
import { REVIEW_BYTES_MAX } from './limits.ts';
import { REVIEW_SCHEMA, reviewSchema } from './schema.ts';
import type { Review } from './values.ts';

/** Throws InputError where the file cannot be read or is no review. */
export async function readReview(path: string): Promise<Review> {
  let text: string;
  try {
    const { size } = await stat(path);
    if (size > REVIEW_BYTES_MAX) throw new InputError(`${path}: larger than ${REVIEW_BYTES_MAX} bytes`);
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof InputError) throw error;
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    throw new InputError(`cannot read ${path}: ${code === 'ENOENT' ? 'no such file' : code}`);
  }
  return parseReview(text, path);
}

/** The same of a text; `name` is what messages call it. */
export function parseReview(text: string, name: string): Review {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InputError(`${name}: not JSON`);
  }
  const parsed = reviewSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const at = issue && issue.path.length > 0 ? `${issue.path.join('.')}: ` : '';
  throw new InputError(`${name}: not a review of the form ${REVIEW_SCHEMA}: ${at}${issue?.message ?? 'wrong form'}`);
}

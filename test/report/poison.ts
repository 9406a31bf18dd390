// SPDX-License-Identifier: GPL-2.0-or-later
// A review in which one text stands wherever text can stand: found by walking the value, so that no field is forgotten.
import { reviewSchema } from '../../src/review/schema.ts';
import type { Review } from '../../src/review/values.ts';

/** Strings that the contract leaves open become the text; words of an enumeration stay what they are. */
export function poisoned(review: Review, text: string): Review {
  const result = walk(structuredClone(review), [], text) as Review;
  return reviewSchema.parse(result);
}

const CLOSED = new Set([
  'schema',
  'verdict',
  'severity',
  'status',
  'config',
  'whereIs',
  'kind',
  'what',
  'direction',
  'state',
  'change',
  'from',
  'reason',
  'does',
]);

function walk(value: unknown, path: string[], text: string): unknown {
  if (typeof value === 'string') return isOpen(path) ? text : value;
  if (Array.isArray(value)) return value.map((one) => walk(one, path, text));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, walk(one, [...path, key], text)]));
}

function isOpen(path: string[]): boolean {
  const key = path.at(-1) ?? '';
  if (path.join('.') === 'tool.name') return false;
  if (key === 'reason') return path[0] !== 'coverage';
  if (key === 'from') return path.includes('vmas');
  if (key === 'change') return path.includes('functions') || path[1] === 'structs';
  return !CLOSED.has(key);
}

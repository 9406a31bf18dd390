// SPDX-License-Identifier: GPL-2.0-or-later
// Sizes of C's scalar types on LP64 and ILP32 targets, by their canonical names as clang prints them.

const BYTES: Readonly<Record<string, number>> = {
  _Bool: 1,
  char: 1,
  'signed char': 1,
  'unsigned char': 1,
  short: 2,
  'unsigned short': 2,
  int: 4,
  'unsigned int': 4,
  'long long': 8,
  'unsigned long long': 8,
  __int128: 16,
  'unsigned __int128': 16,
  float: 4,
  double: 8,
};

/** What is a word long. */
const WORDS = new Set(['long', 'unsigned long']);
const ENUM_BYTES = 4;

/** Bytes of a canonical scalar type; undefined for records and what we do not know. */
export function sizeOfScalar(type: string, bits: 32 | 64 = 64): number | undefined {
  const plain = type.replace(/\b(const|volatile|restrict) ?/g, '').trim();
  if (plain.endsWith('*') || /\(\*[^)]*\)/.test(plain)) return bits / 8;
  if (plain.startsWith('enum ')) return ENUM_BYTES;
  return WORDS.has(plain) ? bits / 8 : BYTES[plain];
}

/** "unsigned long[4][2]" -> element "unsigned long", count 8. A flexible array has count 0. */
export function splitArray(type: string): { element: string; count: number } {
  const dimensions = /((?:\[\d*\])+)$/.exec(type)?.[1] ?? '';
  const counts = [...dimensions.matchAll(/\[(\d*)\]/g)].map(([, digits]) => Number(digits));
  const element = type.slice(0, type.length - dimensions.length).trim();
  return { element, count: counts.reduce((product, count) => product * count, 1) };
}

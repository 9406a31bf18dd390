// SPDX-License-Identifier: GPL-2.0-or-later
// Errors of memory in words. In: what simulations/machine/check.c and slab.c say of an access or a release. Out: the
// kind of bug and a line for the reader, without addresses of objects.
import type { MemoryError } from './values.ts';

/** Bit of an access that tells a store (check.c). */
const WRITE = 0x80000000;
const ADDRESS_BITS = 64;
/** Bytes that fill memory, and what an address made of them was read from (slab.c, pages.c, limits.ts). */
const FILLS: readonly [byte: number, origin: string][] = [
  [0x5a, 'memory that was never written'],
  [0xa5, 'memory that was never written'],
  [0x6b, 'freed memory'],
  [0xfe, 'the page at NULL'],
];
/** Addresses around these are what list_del() leaves behind (include/linux/poison.h). */
const DELETED_ENTRY = 0xdead000000000000n;
const POISON_RANGE = 0x1000n;

export interface Access {
  kind: string;
  address: bigint;
  access: number;
  start: bigint;
  bytes: bigint;
  cache: string;
}

/** A load or store that no correct code makes. */
export function badAccess({ kind, address, access, start, bytes, cache }: Access): MemoryError {
  const at = BigInt.asUintN(ADDRESS_BITS, address);
  const write = (access & WRITE) !== 0;
  const what = `${access & ~WRITE}-byte ${write ? 'write' : 'read'}`;
  const offset = Number(at - start);
  const object = { start: Number(start), bytes: Number(bytes), cache };
  switch (kind) {
    case 'freed object':
      return { bug: 'use after free', detail: `${what} at offset ${offset} of a freed ${named(object)}`, object };
    case 'freed page':
      return { bug: 'use after free', detail: `${what} at offset ${offset} of a page that was freed`, object };
    case 'beyond object':
    case 'between objects': {
      const behind = offset >= object.bytes ? `${offset - object.bytes} bytes behind` : 'across the end of';
      return { bug: 'out of bounds', detail: `${what} ${behind} ${article(named(object))}`, object };
    }
    case 'NULL page':
      return { bug: 'NULL pointer', detail: `${what} at address ${hex(at)}` };
    default:
      return wild(what, at);
  }
}

function wild(what: string, at: bigint): MemoryError {
  const fill = FILLS.find(([byte]) => near(at, BigInt(`0x${byte.toString(16).repeat(8)}`)));
  if (fill?.[1] === 'memory that was never written')
    return { bug: 'uninitialised pointer', detail: `${what} through a pointer that was read from ${fill[1]}` };
  if (fill) return { bug: 'wild pointer', detail: `${what} through a pointer that was read from ${fill[1]}` };
  if (near(at, DELETED_ENTRY))
    return { bug: 'wild pointer', detail: `${what} through the links of an entry that was deleted from its list` };
  return { bug: 'wild pointer', detail: `${what} at an address where there is no memory` };
}

const near = (at: bigint, wanted: bigint): boolean => at > wanted - POISON_RANGE && at < wanted + POISON_RANGE;

/** A release of what is not to be released. */
export function badFree(kind: string, start: bigint, bytes: bigint, cache: string): MemoryError {
  const object = { start: Number(start), bytes: Number(bytes), cache };
  if (kind.startsWith('twice'))
    return { bug: 'double free', detail: `${article(named(object))} is freed ${kind}`, object };
  if (kind === 'wrong cache')
    return { bug: 'invalid free', detail: `${article(named(object))} is freed to another cache`, object };
  return { bug: 'invalid free', detail: 'an address is freed that is no object' };
}

const named = ({ cache, bytes }: { cache: string; bytes: number }): string => `${cache} of ${bytes} bytes`;
const article = (text: string): string => `${/^[aeiou]/.test(text) ? 'an' : 'a'} ${text}`;
const hex = (value: bigint): string => `0x${value.toString(16)}`;

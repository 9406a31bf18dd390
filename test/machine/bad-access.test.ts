// SPDX-License-Identifier: GPL-2.0-or-later
import { describe, expect, test } from 'vitest';
import { badAccess, badFree } from '../../src/machine/bad-access.ts';

const WRITE = -(2 ** 31);
const at = (kind: string, address: bigint, access: number) =>
  badAccess({ kind, address, access, start: 0x5000n, bytes: 64n, cache: 'anon_vma_chain' });

describe('errors of memory in words', () => {
  test.each<[string, ReturnType<typeof at>, string, string]>([
    [
      'a read of a freed object',
      at('freed object', 0x5010n, 8),
      'use after free',
      '8-byte read at offset 16 of a freed anon_vma_chain of 64 bytes',
    ],
    [
      'a write behind an object',
      at('beyond object', 0x5040n, WRITE + 4),
      'out of bounds',
      '4-byte write 0 bytes behind an anon_vma_chain of 64 bytes',
    ],
    [
      'a read across the end',
      at('beyond object', 0x503cn, 8),
      'out of bounds',
      '8-byte read across the end of an anon_vma_chain of 64 bytes',
    ],
    ['a member of NULL', at('NULL page', 0x18n, 8), 'NULL pointer', '8-byte read at address 0x18'],
    [
      'a pointer out of fresh memory',
      at('no memory', 0x5a5a5a5a5a5a5a6an, 8),
      'uninitialised pointer',
      '8-byte read through a pointer that was read from memory that was never written',
    ],
    [
      'a pointer out of freed memory',
      at('no memory', 0x6b6b6b6b6b6b6b63n, WRITE + 1),
      'wild pointer',
      '1-byte write through a pointer that was read from freed memory',
    ],
    [
      'an entry off its list',
      at('no memory', -0x2152ffffffffff00n, 8),
      'wild pointer',
      '8-byte read through the links of an entry that was deleted from its list',
    ],
    [
      'anything else',
      at('no memory', 0x123456789000n, 2),
      'wild pointer',
      '2-byte read at an address where there is no memory',
    ],
  ])('%s', (_name, error, bug, detail) => {
    expect(error).toMatchObject({ bug, detail });
  });

  test('releases', () => {
    expect(badFree('twice', 0x5000n, 64n, 'anon_vma')).toMatchObject({
      bug: 'double free',
      detail: 'an anon_vma of 64 bytes is freed twice',
      object: { start: 0x5000 },
    });
    expect(badFree('wrong cache', 0x5000n, 64n, 'mm_struct').detail).toBe(
      'a mm_struct of 64 bytes is freed to another cache',
    );
    expect(badFree('no object', 0n, 0n, '')).toMatchObject({ bug: 'invalid free' });
  });
});

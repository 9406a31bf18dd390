// SPDX-License-Identifier: GPL-2.0-or-later
// The object cache's promise: the object that comes back is the one that compiling would give.
import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { compileUnit } from '../../src/kernel/compile.ts';
import { Store } from '../../src/kernel/store.ts';
import type { Overlay } from '../../src/tree/values.ts';
import { OPTIONS, World } from './world.ts';

const UNIT = 'mm/unit.c';
let world: World;

beforeEach(() => {
  world = new World({
    [UNIT]: '#include <linux/size.h>\n#include "internal.h"\nint size(void) { return SIZE; }\n',
    'mm/internal.h': '#if __has_include(<linux/extra.h>)\n#include <linux/extra.h>\n#endif\n',
    'include/linux/size.h': '#define SIZE 1\n',
  });
});
afterEach(() => world.remove());

async function build(overlay: Overlay = new Map()): Promise<string> {
  const { cache, run } = world.cached(UNIT, overlay);
  const session = world.pool().session(world.open(overlay));
  const result = await compileUnit({ path: UNIT, options: OPTIONS }, run, false, session, cache);
  if ('errors' in result) throw new Error(JSON.stringify(result.errors));
  return result.key;
}

const overlay = (file: string, text: string | null): Overlay =>
  new Map([[file, text === null ? null : Buffer.from(text)]]);

test('what did not change is found again', async () => {
  const key = await build();
  expect(world.cached(UNIT).key).toBe(key);
  expect(world.cached(UNIT, overlay('mm/other.c', 'int other;')).key).toBe(key);
});

test('a changed header, in the overlay or on disk, is a miss', async () => {
  await build();
  expect(world.cached(UNIT, overlay('include/linux/size.h', '#define SIZE 2\n')).key).toBeUndefined();
  world.write('tree/include/linux/size.h', '#define SIZE 3\n');
  expect(world.cached(UNIT).key).toBeUndefined();
});

test('a header that was probed in vain and now exists is a miss', async () => {
  await build();
  expect(world.cached(UNIT, overlay('include/linux/extra.h', '#define EXTRA 1\n')).key).toBeUndefined();
});

test('a header that now hides another in the search order is a miss', async () => {
  await build();
  world.write('machine/arch/linux/size.h', '#define SIZE 4\n');
  expect(world.cached(UNIT).key).toBeUndefined();
});

test('a deleted header is a miss', async () => {
  await build();
  expect(world.cached(UNIT, overlay('mm/internal.h', null)).key).toBeUndefined();
});

test('base and patched are both remembered', async () => {
  const base = await build();
  const change = overlay('include/linux/size.h', '#define SIZE 2\n');
  const patched = await build(change);
  expect(patched).not.toBe(base);
  expect(world.cached(UNIT).key).toBe(base);
  expect(world.cached(UNIT, change).key).toBe(patched);
});

test('other arguments are another run', async () => {
  await build();
  const { cache } = world.cached(UNIT);
  expect(cache.find('0'.repeat(40))).toBeUndefined();
});

test('a damaged entry is a miss, and goes', async () => {
  const key = await build();
  const { cache } = world.cached(UNIT);
  const file = world.store.file('objects-2', key);
  const bytes = readFileSync(file);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  writeFileSync(file, bytes);
  expect(cache.load(key)).toBeUndefined();
  expect(readdirSync(path.dirname(file))).toEqual([]);
});

test('the least recently used entries are swept', () => {
  const store = new Store(path.join(world.folder, 'small'), 10_000);
  for (let index = 0; index < 20; index++) {
    store.put('objects', `aa${index}`, new Uint8Array(1000));
    utimesSync(store.file('objects', `aa${index}`), index + 1, index + 1);
  }
  store.get('objects', 'aa0');
  store.sweep();
  expect(store.get('objects', 'aa0')).toBeDefined();
  expect(store.get('objects', 'aa1')).toBeUndefined();
  expect(store.list('objects', 'aa').length).toBeLessThan(10);
});

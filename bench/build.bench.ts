// SPDX-License-Identifier: GPL-2.0-or-later
// How long images take: node bench/build.bench.ts TREE. Everything starts from an empty cache in a temporary folder.
// Prints wall time of each build, and of its phases where the cache holds nothing.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { buildImage, compilerPool } from '../src/kernel/build.ts';
import { Store } from '../src/kernel/store.ts';
import type { ConfigName } from '../src/kernel/values.ts';
import type { Overlay } from '../src/tree/values.ts';

const [root = '.'] = process.argv.slice(2);
const tree = { label: path.basename(root), root, version: '' };
const folder = mkdtempSync(path.join(tmpdir(), 'rmapbot-bench-'));
const store = new Store(folder);

function touched(file: string): Overlay {
  return new Map([
    [file, Buffer.concat([readFileSync(path.join(root, file)), Buffer.from('\nstruct rmapbot_bench;\n')])],
  ]);
}

async function time(what: string, config: ConfigName, overlay: Overlay = new Map()): Promise<void> {
  const started = performance.now();
  let compiled = 0;
  const onProgress = (_done: number, _total: number, name: string) => {
    if (name !== 'link') compiled++;
  };
  const pool = compilerPool(tree, { store });
  const result = await buildImage({ tree, overlay, config, variant: '', store, pool, onProgress });
  pool.close();
  const seconds = ((performance.now() - started) / 1000).toFixed(2).padStart(7);
  const outcome = 'failure' in result ? `FAILED: ${result.failure.unit}` : '';
  console.log(`${seconds} s  ${String(compiled).padStart(3)} units  ${config.padEnd(5)} ${what} ${outcome}`);
}

try {
  console.log(`${tree.label}, load average ${loadavg()[0]?.toFixed(1)}`);
  await time('cold: nothing cached', 'prod');
  await time('nothing changed', 'prod');
  await time('mm/rmap.c changed', 'prod', touched('mm/rmap.c'));
  await time('include/linux/mm_types.h changed', 'prod', touched('include/linux/mm_types.h'));
  await time('other configuration, compiler warm', 'check');
} finally {
  rmSync(folder, { recursive: true, force: true });
}

// SPDX-License-Identifier: GPL-2.0-or-later
// A disk that is really full: a file system of one megabyte in a mount namespace of the test's own.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SMALL_KERNEL, temporary, writeTree } from './kernels.ts';

const mayMount =
  spawnSync('unshare', ['--user', '--map-root-user', '--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;

// Containers may forbid namespaces; store.test.ts checks the wording everywhere.
it.runIf(mayMount)('a full disk ends in one clear line and leaves nothing', () => {
  const folder = temporary();
  const random = Array.from({ length: 40_000 }, (_, i) => (i * 2654435761) % 4294967291).join('\n');
  const root = writeTree(join(folder, 'small'), { ...SMALL_KERNEL, 'mm/large.c': `one\n${random.repeat(8)}` });
  const room = new URL('../../src/tree/index.ts', import.meta.url).href;
  const script = `
    import { readdirSync } from 'node:fs';
    import { applySeries, DiskFullError, openTree } from '${room}';
    const diff = 'diff --git a/mm/large.c b/mm/large.c\\n--- a/mm/large.c\\n+++ b/mm/large.c\\n@@ -1 +1,2 @@\\n one\\n+two\\n';
    const patch = { number: 1, title: 't', message: '', author: { name: 'a', address: 'a@example.org' }, diff, paths: ['mm/large.c'], trailers: [] };
    const tree = await openTree(${JSON.stringify(root)});
    try {
      await applySeries(tree, { patches: [patch] }, { cacheRoot: '/mnt/cache' });
      console.log('applied');
    } catch (error) {
      console.log(error instanceof DiskFullError, error.message, readdirSync('/mnt/cache/tmp').length);
    }`;
  const inside = 'mount -t tmpfs -o size=1m none /mnt && exec "$0" --input-type=module -e "$1"';
  const args = ['--user', '--map-root-user', '--mount', 'sh', '-c', inside, process.execPath, script];
  const { stdout, stderr } = spawnSync('unshare', args, { encoding: 'utf8' });
  expect(stdout + stderr).toBe('true no space left on the disk that holds the cache 0\n');
});

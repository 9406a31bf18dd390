#!/usr/bin/env node
// SPDX-License-Identifier: GPL-2.0-or-later
// The command `rmapbot`. In: arguments. Out: results on stdout, one line on stderr where something fails, an exit code.
// Nothing is imported before the version of Node is known to be able to load it.

const NODE_MAJOR_MIN = 24;

if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR_MIN) {
  process.stderr.write(`rmapbot: needs Node ${NODE_MAJOR_MIN} or newer, this is ${process.versions.node}\n`);
  process.exitCode = 4;
} else {
  const { enableCompileCache } = await import('node:module');
  const { cacheRoot } = await import('../cache-dir.ts');
  // What V8 made of our own code: a third of a second of every start. Node itself sees to its being fresh.
  enableCompileCache(`${cacheRoot()}/node`);
  const { run } = await import('./run.ts');
  await run(process.argv.slice(2));
}

export {};

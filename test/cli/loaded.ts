// SPDX-License-Identifier: GPL-2.0-or-later
// Runs the command in this process and writes the URL of every module that it loaded to stderr.
import { registerHooks } from 'node:module';

const loaded = new Set<string>();
registerHooks({
  load(url, context, next) {
    loaded.add(url);
    return next(url, context);
  },
});
const { run } = await import('../../src/cli/run.ts');
await run(process.argv.slice(2));
process.stderr.write([...loaded].join('\n'));

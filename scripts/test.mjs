// SPDX-License-Identifier: GPL-2.0-or-later
// npm test: form, types, then all tests. Each is run though the one before failed, and each failure counts.
//   node scripts/test.mjs [VITEST ARGUMENT...]
import { spawnSync } from 'node:child_process';

const filters = process.argv.slice(2);
const steps = [
  ['biome', 'ci', '--error-on-warnings', '--max-diagnostics=20', '.'],
  ['tsc', '-p', '.'],
  ['vitest', 'run', ...filters],
];
let failed = 0;
for (const [command, ...args] of filters.length > 0 ? steps.slice(2) : steps) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (error) console.error(`${command}: ${error.message}`);
  if (status !== 0) {
    failed++;
    console.error(`npm test: ${command} failed`);
  }
}
process.exit(failed === 0 ? 0 : 1);

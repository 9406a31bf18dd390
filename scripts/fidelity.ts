// SPDX-License-Identifier: GPL-2.0-or-later
// Every measured history on every tree: the table "Measured equal" of docs/fidelity.md. Exit code 1 where anything
// differs without an explanation or could not be run.
//   node scripts/fidelity.ts [--tree debian:7.3] [--record] [--dry]
// Differences must be those of simulations/ground-truth/expected-differences.json. --record makes that file anew, and
// what histories require: each entry is then proved by runs of the tree with the changes undone.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  exitCodeOf,
  type Fidelity,
  fidelityRooms,
  figuresOf,
  GROUND_TRUTH,
  loadChanges,
  loadRecorded,
  measureTree,
  type Recorded,
} from '../src/fidelity/index.ts';
import { loadGroundTruth } from '../src/simulator/ground-truth/load.ts';
import { openTree } from '../src/tree/index.ts';
import { fidelityTable } from './fidelity-page.ts';
import { writeExpected, writeRequires } from './fidelity-record.ts';

const { values } = parseArgs({
  options: {
    tree: { type: 'string', multiple: true, default: ['debian:6.12', 'debian:7.2', 'debian:7.3'] },
    record: { type: 'boolean', default: false },
    dry: { type: 'boolean', default: false },
    jobs: { type: 'string', default: '2' },
  },
});
const root = fileURLToPath(new URL('..', import.meta.url));
const truths = loadGroundTruth(GROUND_TRUTH);
const unrecorded = truths.map(({ requires: _, ...truth }) => truth);
const rooms = fidelityRooms({ jobs: Number(values.jobs) });
const results: Fidelity[] = [];
try {
  for (const name of values.tree) {
    const tree = await openTree(name, { cwd: root });
    const result = values.record
      ? await measureTree(tree, unrecorded, rooms)
      : await measureTree(tree, truths, rooms, { recorded: loadRecorded() });
    results.push(result);
    for (const { name: history, status, notRun, entry, differences } of result.histories)
      if (status === 'differs' || (status === 'not run' && !notRun?.startsWith('requires')))
        console.log(`${tree.label}: ${history}: ${entry ?? notRun ?? differences[0]?.got}`);
  }
} finally {
  rooms.close();
}
if (values.record) {
  const recorded: Recorded = loadRecorded();
  for (const { version, histories } of results)
    recorded[version] = Object.fromEntries(
      histories
        .filter(({ changes }) => changes.length > 0)
        .map(({ name, changes, differences }) => [name, { changes, figures: figuresOf(differences) }]),
    );
  writeExpected(recorded);
  writeRequires(results);
}
if (!values.dry) {
  const file = path.join(root, 'docs/fidelity.md');
  writeFileSync(file, fidelityTable(readFileSync(file, 'utf8'), results, loadChanges()));
}
const worst = Math.max(0, ...results.map(({ histories }) => exitCodeOf(histories)));
console.log(worst === 0 ? 'all as measured, or explained' : 'not all as measured');
process.exit(worst === 0 ? 0 : 1);

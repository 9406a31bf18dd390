// SPDX-License-Identifier: GPL-2.0-or-later
// `rmapbot simulate --ground-truth [DIR] --tree T`: measured histories on a tree, and whether all is as measured.
import { InputError } from '../errors.ts';
import { exitCodeOf, fidelityRooms, GROUND_TRUTH, loadChanges, loadRecorded, measureTree } from '../fidelity/index.ts';
import { cleanLine } from '../report/sanitise.ts';
import { type GroundTruth, loadGroundTruth } from '../simulator/ground-truth/load.ts';
import { openTree } from '../tree/index.ts';
import { fidelityText } from './ground-truth-text.ts';
import { print } from './output.ts';
import { progressLine } from './progress.ts';

export interface GroundTruthOptions {
  /** Folder, or true for our own copy. */
  groundTruth: string | true;
  tree?: string;
  jobs: number;
  json: boolean;
}

/** Exit code 0 where all is equal or explained, 1 where not, 3 where a history could not be run. */
export async function groundTruth(names: string[], options: GroundTruthOptions): Promise<void> {
  const own = options.groundTruth === true;
  const truths = chosen(loadGroundTruth(own ? GROUND_TRUTH : (options.groundTruth as string)), names);
  const line = progressLine();
  const rooms = fidelityRooms({
    jobs: options.jobs,
    onProgress: (phase, done, total) => line.show({ phase, done, total }),
  });
  try {
    const tree = await openTree(options.tree, { cwd: process.cwd(), onProgress: (text) => line.show(text) });
    const fidelity = await measureTree(tree, truths, rooms, own ? { recorded: loadRecorded() } : {});
    line.clear();
    process.exitCode = exitCodeOf(fidelity.histories);
    await print(
      options.json
        ? `${JSON.stringify({ schema: 'rmapbot.fidelity/1', ...fidelity }, null, 2)}\n`
        : fidelityText(fidelity, loadChanges()),
    );
  } finally {
    rooms.close();
    line.clear();
  }
}

/** All, or those of the given names and families. */
function chosen(truths: GroundTruth[], words: string[]): GroundTruth[] {
  if (words.length === 0) return truths;
  return words.flatMap((word) => {
    const found = truths.filter(({ name, family }) => name === word || family === word);
    if (found.length === 0) throw new InputError(`no measured history or family is named ${cleanLine(word, 120)}`);
    return found;
  });
}

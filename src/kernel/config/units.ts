// SPDX-License-Identifier: GPL-2.0-or-later
// Units that patches add. In: tree, overlay, symbols. Out: .c files that mm/Makefile and lib/Makefile build in with the
// overlay and not without it.
import type { Overlay, SourceTree } from '../../tree/values.ts';
import { kbuildObjects } from './kbuild.ts';
import { MAKEFILE_FOLDERS_MAX } from './limits.ts';
import { type TreeReader, treeReader } from './read.ts';

/** Folders whose new units join an image by themselves. */
const FOLDERS = ['mm', 'lib'];

/** Paths such as "mm/new.c", sorted; only files that exist. */
export async function newUnits(
  tree: SourceTree,
  overlay: Overlay,
  symbols: ReadonlyMap<string, string>,
): Promise<string[]> {
  const reader = treeReader(tree, overlay);
  const before = await unitsOf(treeReader(tree, new Map()), symbols);
  const after = await unitsOf(reader, symbols);
  const added: string[] = [];
  for (const unit of after) if (!before.has(unit) && (await reader.text(unit)) !== undefined) added.push(unit);
  return added.sort();
}

/** Every unit that the Makefiles of FOLDERS, and of the folders below that they name, build in. */
export async function unitsOf(reader: TreeReader, symbols: ReadonlyMap<string, string>): Promise<Set<string>> {
  const units = new Set<string>();
  const waiting = [...FOLDERS];
  const seen = new Set<string>();
  for (let folder = waiting.shift(); folder !== undefined; folder = waiting.shift()) {
    if (seen.has(folder) || seen.size >= MAKEFILE_FOLDERS_MAX) continue;
    seen.add(folder);
    const makefile = (await reader.text(`${folder}/Kbuild`)) ?? (await reader.text(`${folder}/Makefile`));
    if (makefile === undefined) continue;
    const { objects, folders } = kbuildObjects(makefile, symbols);
    for (const object of objects) units.add(`${folder}/${object}.c`);
    for (const below of folders) waiting.push(`${folder}/${below}`);
  }
  return units;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// A reverse-map walk from a folio: file folios by their file's i_mmap, in every design; anonymous ones by the design.
import type { Folio, Visitor } from './values.ts';
import type { LabWorld } from './world.ts';

const I_MMAP_LOCK = 'inode.i_data.i_mmap_rwsem';

/**
 * Shows all VMAs that may map the folio, each with the page of the folio's first page in it. The walk has read where
 * the folio says to look before the step that was done last, and got its lock after it: a schedule that every kernel
 * allows, and the one in which a mapping that was rewritten meanwhile matters.
 */
export function walk(world: LabWorld, folio: Folio, visit: Visitor): void {
  const { folios, files, vmas, design, ledger } = world;
  if (folios.isAnon(folio)) {
    const { lock, mode } = design.walkLock(folio);
    ledger.during('walk', () => ledger.under(lock, mode, () => design.walk(folio, folios.anchorBefore(folio), visit)));
    return;
  }
  const file = folios.file.get(folio);
  if (file === 0) return;
  ledger.during('walk', () =>
    ledger.under(I_MMAP_LOCK, 'read', () => {
      const index = folios.index.get(folio);
      const found: number[] = [];
      files.tree.overlapping(files.root(file), index, index, found);
      ledger.visit(found.length);
      for (const vma of found) visit(vma, vmas.start.get(vma) + index - vmas.pgoff.get(vma));
    }),
  );
}

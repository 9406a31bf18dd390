// SPDX-License-Identifier: GPL-2.0-or-later
// fork(): a child's address space, VMA by VMA as dup_mmap() makes it, and its page-table entries.
import { ALONE, entryOf, frameOf, kindOf, PRESENT, SWAP, WRITE } from './page-table.ts';
import type { Vma } from './values.ts';
import { VM } from './vmas.ts';
import type { AddressSpace, LabWorld } from './world.ts';

export function fork(world: LabWorld, parent: AddressSpace): AddressSpace {
  return world.ledger.during('fork', () => {
    const { vmas, design } = world;
    const child = world.begin(parent.id);
    for (const vma of vmas.inOrder(parent.root)) {
      const flags = vmas.flags.get(vma);
      if ((flags & VM.dontCopy) !== 0) continue;
      const like = vmas.like(vma);
      like.flags = (flags & ~VM.locked) >>> 0;
      const copy = vmas.take(child.id, vmas.start.get(vma), vmas.end.get(vma), like);
      const inherits = vmas.faulted.get(vma) !== 0 && (flags & VM.wipeOnFork) === 0;
      if (inherits) {
        vmas.faulted.set(copy, 1);
        design.fork(copy, vma);
      }
      world.link(child, copy);
      // What has no anonymous folios is found again in its file, or is zero.
      if (inherits) copyEntries(world, parent, child, vma, copy);
    }
    return child;
  });
}

function copyEntries(world: LabWorld, parent: AddressSpace, child: AddressSpace, vma: Vma, copy: Vma): void {
  const { vmas, folios, design } = world;
  parent.table.each(vmas.start.get(vma), vmas.end.get(vma), (page, entry, huge) => {
    const kind = kindOf(entry);
    if (kind === SWAP) {
      parent.table.set(page, entry & ~ALONE);
      world.mapSwap(child, page, frameOf(entry), false);
      return;
    }
    if (kind !== PRESENT) {
      child.table.set(page, entry);
      return;
    }
    const frame = frameOf(entry);
    const folio = folios.of(frame);
    const bits = entry & 63 & ~WRITE;
    if (huge) {
      for (let i = 0; i < 512; i++) folios.exclusive.set(frame + i, 0);
      parent.table.setHuge(page, entryOf(frame, bits));
      world.mapHuge(child, page, folio, bits);
    } else {
      if (folios.isAnon(folio)) folios.exclusive.set(frame, 0);
      parent.table.set(page, entryOf(frame, bits));
      world.mapPage(child, page, frame, bits & ~PRESENT);
    }
    if (folios.isAnon(folio)) design.share(folio, copy, vma);
  });
}

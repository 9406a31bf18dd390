// SPDX-License-Identifier: GPL-2.0-or-later
// The part of recount that speaks of address spaces.

import { pageOf } from '../memory-model.ts';
import { pagesOf, type SpaceView, VM, vmaPages, type World } from '../world.ts';
import type { Broken } from './values.ts';

/** map_count, total_vm, locked_vm and the rss counters of every address space. */
export function* recountSpaces(world: World): Iterable<Broken> {
  for (const mm of world.mms) {
    // Who pins an exited mm (ksmd until its next pass) keeps counters that exit_mmap() leaves as they were.
    if (mm.processes.length === 0 && mm.vmas.length === 0) continue;
    let pages = 0;
    let locked = 0;
    for (const vma of mm.vmas) {
      const size = vmaPages(vma);
      pages += size;
      if ((Number(vma.flags & 0xffffffffn) & VM.locked) !== 0) locked += size;
    }
    yield* compare(world, mm, 'map_count', mm.mapCount, mm.vmas.length);
    yield* compare(world, mm, 'total_vm', mm.totalVm, pages);
    yield* compare(world, mm, 'locked_vm', mm.lockedVm, locked);
    const rss = { file: 0, anon: 0, swap: 0, shmem: 0 };
    for (const mapping of mm.mappings) {
      if (mapping.kind === 'swap') rss.swap += pagesOf(mapping);
      if (mapping.kind !== 'present' && mapping.kind !== 'migration') continue;
      const folio = world.folio(mapping.pfn);
      if (folio === undefined) continue;
      if (folio.anon) rss.anon += pagesOf(mapping);
      else if (isShmem(mm, mapping.vaddr)) rss.shmem += pagesOf(mapping);
      else rss.file += pagesOf(mapping);
    }
    const kinds = world.memoryKnown ? (['anon', 'file', 'shmem', 'swap'] as const) : (['anon', 'swap'] as const);
    if (!world.memoryKnown)
      yield* compare(world, mm, 'rss of file and shmem pages', mm.rss.file + mm.rss.shmem, rss.file + rss.shmem);
    for (const kind of kinds) {
      yield* compare(world, mm, `rss of ${kind} pages`, mm.rss[kind], rss[kind]);
    }
  }
}

/** What lies behind an address is known from the scenario's own mmap, not from the folio under test. */
function isShmem(mm: SpaceView, vaddr: number): boolean {
  const backing = mm.processes[0]?.space.slots.get(pageOf(vaddr))?.backing;
  return backing !== undefined && backing.kind !== 'ext4';
}

function* compare(world: World, mm: SpaceView, what: string, found: number, expected: number): Iterable<Broken> {
  if (found !== expected) {
    yield {
      shape: `${what} wrong`,
      evidence: `${what} of ${world.names.space(mm)} is ${found}, a recount gives ${expected}`,
    };
  }
}

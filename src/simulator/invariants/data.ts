// SPDX-License-Identifier: GPL-2.0-or-later
// data: each process finds in its memory what it must.
import { PAGE_SIZE } from '../limits.ts';
import { pageOf } from '../memory-model.ts';
import { type Process, pagesOf, type World } from '../world.ts';
import type { Broken, Invariant } from './values.ts';

export const data: Invariant = {
  id: 'data',
  statement:
    'Each process reads what it last wrote, or what it shares; a file page reads the file until it is copied on write.',
  exceptions: ['What MADV_WIPEONFORK, MADV_DONTNEED, MADV_FREE and truncation document.'],
  *check(world) {
    if (!world.memoryKnown) return;
    /** What a page frame holds, read once through whichever process comes first. */
    const held = new Map<number, number>();
    for (const mm of world.mms) {
      const process = mm.processes[0];
      if (process === undefined) continue;
      // Only entries that are present: reading them faults nothing in, so looking does not change the world.
      for (const mapping of mm.mappings) {
        if (mapping.kind !== 'present' && mapping.kind !== 'special') continue;
        for (let i = 0; i < pagesOf(mapping); i++) {
          const vaddr = mapping.vaddr + i * PAGE_SIZE;
          if (process.space.slots.get(pageOf(vaddr))?.poisoned) {
            yield {
              shape: 'failed memory mapped',
              evidence: `${process.name} still maps memory that failed at ${world.names.describe(vaddr)}`,
            };
            continue;
          }
          const expected = readable(process, vaddr);
          if (expected === undefined) continue;
          let found = held.get(mapping.pfn + i);
          if (found === undefined) {
            found = world.machine.read(process.task, vaddr);
            held.set(mapping.pfn + i, found);
          }
          if (!expected.includes(found)) yield wrong(world, process, vaddr, found);
        }
      }
    }
  },
};

/** Reads one page as the process would and compares. */
export function* checkPage(world: World, process: Process, vaddr: number): Iterable<Broken> {
  const expected = readable(process, vaddr);
  if (expected === undefined) return;
  const found = world.machine.read(process.task, vaddr);
  if (!expected.includes(found)) yield wrong(world, process, vaddr, found);
}

/** What the process may find there; undefined where it may not read. */
function readable(process: Process, vaddr: number): number[] | undefined {
  const expected = process.space.expected(pageOf(vaddr));
  return 'values' in expected ? expected.values : undefined;
}

function wrong(world: World, process: Process, vaddr: number, found: number): Broken {
  const slot = process.space.slots.get(pageOf(vaddr));
  const at = world.names.describe(vaddr);
  const reads =
    found < 0 ? `cannot read ${at} (errno ${-found})` : `reads ${origin(world, process, vaddr, found)} at ${at}`;
  const backed = slot?.backing?.kind === 'shared-anon' ? 'the shared memory' : 'the file';
  const what =
    slot?.own !== undefined && !slot.shared
      ? 'what it (or its parent before the fork) wrote'
      : slot?.backing === undefined
        ? 'zeroes'
        : `the contents of ${backed}`;
  return {
    shape: found < 0 ? 'page unreadable' : 'wrong contents',
    evidence: `${process.name} ${reads}, instead of ${what}`,
  };
}

/** Says where else a wrong content is the right one. */
function origin(world: World, process: Process, vaddr: number, found: number): string {
  if (found === 0) return 'zeroes';
  for (const other of world.processes) {
    for (const page of other.space.slots.keys()) {
      if (other === process && page === pageOf(vaddr)) continue;
      const right = other.space.contents(page);
      if (right !== undefined && 'values' in right && right.values[0] === found) {
        return `what belongs to ${other.name}:${world.names.describe(page * PAGE_SIZE)}`;
      }
    }
  }
  return 'contents that belong nowhere now';
}

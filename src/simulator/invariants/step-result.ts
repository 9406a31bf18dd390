// SPDX-License-Identifier: GPL-2.0-or-later
// step-result: system calls do what they document. Ours, beside the invariants of the reverse map proper.

import type { VmaView } from '../../machine/values.ts';
import { PAGE_SIZE } from '../limits.ts';
import type { Slot } from '../memory-model.ts';
import { type SpaceView, VM, type World } from '../world.ts';
import type { Broken, Invariant } from './values.ts';

export const stepResult: Invariant = {
  id: 'step-result',
  statement:
    'Every step of a scenario succeeds as documented, and the VMAs cover exactly the pages that the process mapped, with their rights, sharing and file offsets.',
  exceptions: ['A step marked "fails ERRNO" must fail with that error and change nothing.'],
  *check(world) {
    if (!world.memoryKnown) return;
    for (const mm of world.mms) if (mm.processes.length > 0) yield* covers(world, mm);
  },
};

function* covers(world: World, mm: SpaceView): Iterable<Broken> {
  const slots = mm.processes[0]?.space.slots;
  if (slots === undefined) return;
  const { names } = world;
  let covered = 0;
  for (const vma of mm.vmas) {
    const flags = Number(vma.flags & 0xffffffffn);
    const first = vma.start / PAGE_SIZE;
    const last = vma.end / PAGE_SIZE;
    for (let page = first; page < last; page++) {
      const slot = slots.get(page);
      const at = (): string => names.at(mm, page * PAGE_SIZE);
      if (slot === undefined) {
        yield {
          shape: 'VMA over pages that are not mapped',
          evidence: `${names.vma(vma, mm)} covers ${at()}, which is not mapped`,
        };
        break;
      }
      covered++;
      const wrong = differs(slot, vma, flags, page - first);
      if (wrong !== undefined) {
        yield {
          shape: `VMA with wrong ${wrong}`,
          evidence: `${names.vma(vma, mm)} has the wrong ${wrong} for ${at()}`,
        };
        break;
      }
    }
  }
  if (covered < slots.size && covered === pagesCovered(mm)) {
    const lost = [...slots.keys()]
      .sort((a, b) => a - b)
      .find((page) => !mm.vmas.some((vma) => vma.start <= page * PAGE_SIZE && page * PAGE_SIZE < vma.end));
    const at = lost === undefined ? 'a page' : names.at(mm, lost * PAGE_SIZE);
    yield { shape: 'mapped page without a VMA', evidence: `${at} is mapped, yet no VMA covers it` };
  }
}

function pagesCovered(mm: SpaceView): number {
  return mm.vmas.reduce((sum, vma) => sum + (vma.end - vma.start) / PAGE_SIZE, 0);
}

function differs(slot: Slot, vma: VmaView, flags: number, page: number): string | undefined {
  const prot =
    ((flags & VM.read) !== 0 ? 1 : 0) | ((flags & VM.write) !== 0 ? 2 : 0) | ((flags & VM.exec) !== 0 ? 4 : 0);
  if (prot !== slot.prot) return 'rights';
  if (((flags & VM.shared) !== 0) !== slot.shared) return 'sharing';
  if (slot.backing !== undefined && vma.pgoff + page !== slot.backingPage) return 'file offset';
  return undefined;
}

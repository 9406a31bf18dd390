// SPDX-License-Identifier: GPL-2.0-or-later
// What a step that failed has changed all the same, in words that say the direction and not the amount, so that they
// compare between two trees. In: the world before and after. Out: such words, sorted.
import type { SpaceView, World } from '../world.ts';

/** Objects of the reverse map and of address spaces; others (nodes of trees, radix nodes) come and go with layout. */
const OBJECTS = ['vm_area_struct', 'anon_vma', 'anon_vma_chain'];

/** Figures of one world: what is counted -> how many. Taken at once, as a world looks at the machine when asked. */
export function figures(world: World): Map<string, number> {
  const found = new Map<string, number>();
  for (const { object, live } of world.machine.objects())
    if (OBJECTS.includes(object)) found.set(`${object} objects`, live);
  for (const mm of world.mms) {
    const [process] = mm.processes;
    if (process === undefined) continue;
    for (const [what, count] of spaceFigures(mm)) found.set(`${what} of ${process.name}`, count);
  }
  return found;
}

function spaceFigures(mm: SpaceView): [string, number][] {
  const present = mm.mappings.filter(({ kind }) => kind === 'present');
  return [
    ['VMAs', mm.vmas.length],
    ['VMAs with an anon_vma', mm.vmas.filter(({ anonVma }) => anonVma !== 0).length],
    ['chain entries', mm.vmas.reduce((sum, { chain }) => sum + chain.length, 0)],
    ['present pages', present.length],
    ['writable pages', present.filter(({ write }) => write).length],
    ['swap entries', mm.mappings.filter(({ kind }) => kind === 'swap').length],
    ['migration entries', mm.mappings.filter(({ kind }) => kind === 'migration').length],
  ];
}

/** "more VMAs of P", "fewer writable pages of P". */
export function changes(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string[] {
  const found: string[] = [];
  for (const what of new Set([...before.keys(), ...after.keys()])) {
    const difference = (after.get(what) ?? 0) - (before.get(what) ?? 0);
    if (difference !== 0) found.push(`${difference > 0 ? 'more' : 'fewer'} ${what}`);
  }
  return found.sort();
}

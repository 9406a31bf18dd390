// SPDX-License-Identifier: GPL-2.0-or-later
// The part of recount that speaks of anon_vmas, in trees that have the counters.
import type { World } from '../world.ts';
import type { Broken } from './values.ts';

/** num_children, num_active_vmas and refcount of every live anon_vma. */
export function* recountAnonVmas(world: World): Iterable<Broken> {
  if (world.anonVmas.size === 0) return;
  const children = new Map<number, number>();
  const members = new Map<number, number>();
  const active = new Map<number, number>();
  const add = (to: Map<number, number>, key: number): void => void to.set(key, (to.get(key) ?? 0) + 1);
  for (const [ptr, anonVma] of world.anonVmas) {
    if (anonVma.tree.length > 0) add(children, anonVma.parent);
    if (anonVma.root !== ptr) add(members, anonVma.root);
  }
  for (const { vma } of world.vmas.values()) if (vma.anonVma !== 0) add(active, vma.anonVma);
  const merged = world.machine.ksmReferences();
  const moving = Map.groupBy(world.inFlight, (flight) => flight.anonVma);
  for (const [ptr, anonVma] of world.anonVmas) {
    const name = (): string => world.names.anonVma(ptr);
    const count = (what: string, found: number | undefined, expected: number): Broken[] =>
      found === undefined || found === expected
        ? []
        : [{ shape: `${what} wrong`, evidence: `${what} of ${name()} is ${found}, a recount gives ${expected}` }];
    // Only a root is its own parent; that link counts as a child of the root.
    if (anonVma.root !== ptr && anonVma.parent === ptr && anonVma.tree.length > 0) {
      yield { shape: 'own parent', evidence: `${name()} is its own parent, though its root is another anon_vma` };
    }
    yield* count('num_children', anonVma.numChildren, children.get(ptr) ?? 0);
    yield* count('num_active_vmas', anonVma.numActiveVmas, active.get(ptr) ?? 0);
    // One for its own life while its tree has nodes or a VMA leads to it, one from each anon_vma under it (anon_vma_fork takes the root),
    // one from each item of a merged page (break_cow and rmap_walk_ksm go by it), one from each migration in flight.
    const own = anonVma.tree.length > 0 || active.has(ptr) ? 1 : 0;
    yield* count(
      'reference count',
      anonVma.refcount,
      own + (members.get(ptr) ?? 0) + (merged.get(ptr) ?? 0) + (moving.get(ptr)?.length ?? 0),
    );
  }
}

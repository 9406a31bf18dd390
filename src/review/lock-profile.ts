// SPDX-License-Identifier: GPL-2.0-or-later
// What each step did with locks on base and patched (prod) -> the profile over all scenarios and in each, and what it
// costs many processors that do the same.
import type { Comparison } from '../simulator/compare.ts';
import { type Operation, PROCESSORS, waiting } from '../simulator/locks/contention.ts';
import { type Cache, noCache } from './cache.ts';
import { judgedWork, operationOf } from './effects.ts';
import { compareText } from './groups.ts';
import { CURVE_STEPS, CURVES_MAX, LOCK_PROFILE_MAX } from './limits.ts';
import type { Contention, LockProfileRow, LockRow } from './values.ts';

type Work = Readonly<Record<string, number>>;
type Use = LockProfileRow['before'];

const KEY = /^(lock|held|nodes) (.+) \((\w+)\)$/;
const PART = { lock: 'taken', held: 'blocks', nodes: 'nodes' } as const;

/** What one step did, by "LOCK MODE". */
function uses(work: Work): Map<string, Use> {
  const found = new Map<string, Use>();
  for (const [key, count] of Object.entries(work)) {
    const [, what, lock, mode] = KEY.exec(key) ?? [];
    if (what === undefined) continue;
    const name = `${lock} ${mode}`;
    const use = found.get(name) ?? { taken: 0, blocks: 0, nodes: 0 };
    found.set(name, use);
    use[PART[what as keyof typeof PART]] += count;
  }
  return found;
}

function add(sum: Use, use: Use | undefined): void {
  sum.taken += use?.taken ?? 0;
  sum.blocks += use?.blocks ?? 0;
  sum.nodes += use?.nodes ?? 0;
}

function gather(steps: Comparison['work'][number]['steps'], into: Map<string, { before: Use; after: Use }>): void {
  for (const step of steps) {
    const [before, after] = [uses(step.before), uses(step.after)];
    for (const name of new Set([...before.keys(), ...after.keys()])) {
      const none = () => ({ taken: 0, blocks: 0, nodes: 0 });
      const row = into.get(name) ?? { before: none(), after: none() };
      into.set(name, row);
      add(row.before, before.get(name));
      add(row.after, after.get(name));
    }
  }
}

const split = (name: string) => ({
  lock: name.slice(0, name.lastIndexOf(' ')),
  mode: name.slice(name.lastIndexOf(' ') + 1),
});

/** Every class of locks that was taken, the longest held first. */
export function lockRows(comparison: Comparison): LockRow[] {
  const sums = new Map<string, { before: Use; after: Use }>();
  for (const { steps } of judgedWork(comparison)) gather(steps, sums);
  const rows = [...sums].map(([name, { before, after }]) => ({
    ...split(name),
    ...{ before: before.taken, after: after.taken, heldBefore: before.blocks, heldAfter: after.blocks },
    ...{ nodesBefore: before.nodes, nodesAfter: after.nodes },
  }));
  return rows.sort(
    (a, b) => b.heldAfter - a.heldAfter || b.after - a.after || compareText(a.lock + a.mode, b.lock + b.mode),
  );
}

/** The classes of each scenario that were taken more or less often, or with more or fewer nodes touched under them. */
export function lockProfile(comparison: Comparison): LockProfileRow[] {
  const rows: LockProfileRow[] = [];
  for (const { scenario, steps } of judgedWork(comparison)) {
    const sums = new Map<string, { before: Use; after: Use }>();
    gather(steps, sums);
    for (const [name, { before, after }] of [...sums].sort(([a], [b]) => compareText(a, b)))
      if (before.taken !== after.taken || before.nodes !== after.nodes)
        rows.push({ scenario, ...split(name), before, after });
  }
  return rows.slice(0, LOCK_PROFILE_MAX);
}

/** Objects of one process: processors that each run a process of their own never meet there. */
const OWN = new Set(['mm_struct', 'vm_area_struct', 'vma_lock', 'page table', 'static', 'task_struct']);

const isShared = (name: string): boolean =>
  !OWN.has(name.split('.')[0] ?? '') && !/^(page\+|page table |static )/.test(name);

function operation(work: Work): Operation {
  const sections = [...uses(work)]
    .filter(([name, { taken }]) => taken > 0 && isShared(name))
    .sort(([a], [b]) => compareText(a, b))
    .map(([name, { taken, blocks }]) => {
      const { lock, mode } = split(name);
      return { lock, shared: mode === 'read', times: taken, blocks };
    });
  return { blocks: work.blocks ?? 0, sections };
}

/** Curves of the kinds of step that wait longest; undefined where nothing waits. Replays are looked up in the cache. */
export async function contentionOf(comparison: Comparison, cache: Cache = noCache): Promise<Contention | undefined> {
  const kinds = new Map<string, { before: Operation[]; after: Operation[] }>();
  for (const { steps } of judgedWork(comparison)) {
    for (const { text, before, after } of steps) {
      const one = { before: operation(before), after: operation(after) };
      if (one.before.sections.length === 0 && one.after.sections.length === 0) continue;
      const name = operationOf(text);
      const kind = kinds.get(name) ?? { before: [], after: [] };
      kinds.set(name, kind);
      kind.before.push(one.before);
      kind.after.push(one.after);
    }
  }
  const curves: Contention['curves'] = [];
  for (const [name, { before, after }] of kinds) {
    const [some, others] = [spread(before), spread(after)];
    const waits = await replayed(some, cache);
    const same = JSON.stringify(some) === JSON.stringify(others);
    curves.push({
      operation: name,
      steps: some.length,
      before: waits,
      after: same ? waits : await replayed(others, cache),
    });
  }
  const most = (curve: (typeof curves)[number]) => Math.max(curve.before.at(-1) ?? 0, curve.after.at(-1) ?? 0);
  const moved = (curve: (typeof curves)[number]) => Math.abs((curve.before.at(-1) ?? 0) - (curve.after.at(-1) ?? 0));
  const told = curves
    .filter((curve) => most(curve) > 0)
    .sort((a, b) => moved(b) - moved(a) || most(b) - most(a) || compareText(a.operation, b.operation))
    .slice(0, CURVES_MAX);
  return told.length === 0 ? undefined : { processors: [...PROCESSORS], curves: told };
}

async function replayed(operations: Operation[], cache: Cache): Promise<number[]> {
  const key = ['waiting', operations];
  const known = await cache.get(key);
  if (Array.isArray(known) && known.length === PROCESSORS.length) return known;
  const waits = waiting(operations);
  await cache.put(key, waits);
  return waits;
}

/** At most CURVE_STEPS of them, evenly picked: the same places on both sides. */
function spread(operations: Operation[]): Operation[] {
  const step = Math.max(1, operations.length / CURVE_STEPS);
  return Array.from(
    { length: Math.min(CURVE_STEPS, operations.length) },
    (_, i) => operations[Math.floor(i * step)],
  ).filter((one) => one !== undefined);
}

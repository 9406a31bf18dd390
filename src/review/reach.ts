// SPDX-License-Identifier: GPL-2.0-or-later
// The call graphs of base and patched -> which entry points of the reverse map changed functions reach, and from which
// they are reached.
import type { Image } from '../kernel/values.ts';
import type { Images } from './images.ts';
import type { Runner } from './run.ts';
import type { Side } from './sides.ts';
import type { Review } from './values.ts';

type FunctionRow = Review['semantics']['functions'][number];
type Graph = Record<string, string[]>;

/** Entry points by function, in both directions; a function that the image does not have is absent. */
export interface Reach {
  reaches: Map<string, string[]>;
  reachedFrom: Map<string, string[]>;
}

/** Fills `reaches` and `reachedFrom` of the facts of the whole series. In: names of the entry points. */
export async function fillReach(
  functions: FunctionRow[],
  entryPoints: readonly string[],
  { base, patched }: Side,
  images: Images,
  runner: Runner,
): Promise<void> {
  const wanted = functions.filter(({ before, after }) => before !== undefined || after !== undefined);
  if (wanted.length === 0 || entryPoints.length === 0) return;
  const old = reachOf(await graphOf(base.image, 0, images, runner), entryPoints);
  const now = reachOf(await graphOf(patched.image, images.last, images, runner), entryPoints);
  for (const { name, from, before, after } of wanted) {
    if (before) put(before, old, from?.name ?? name);
    if (after) put(after, now, name);
  }
}

function put(facts: NonNullable<FunctionRow['before']>, { reaches, reachedFrom }: Reach, name: string): void {
  const [to, by] = [reaches.get(name), reachedFrom.get(name)];
  if (to) facts.reaches = to;
  if (by) facts.reachedFrom = by;
}

/** The graph of an image does not change: it is kept with the runs. */
async function graphOf(image: Image, patch: number, images: Images, { rooms, cache }: Runner): Promise<Graph> {
  const key = ['calls', image.key];
  const known = await cache.get(key);
  if (typeof known === 'object' && known !== null) return known as Graph;
  const graph = await rooms.callGraph(image, images.tree, images.overlayOf(patch));
  await cache.put(key, graph);
  return graph;
}

/** In: callees by caller, and names of entry points, of which only those in the graph count. */
export function reachOf(graph: Graph, entryPoints: readonly string[]): Reach {
  const callees = new Map(Object.entries(graph));
  const callers = new Map<string, string[]>();
  for (const [caller, all] of callees) {
    for (const callee of all) {
      const known = callers.get(callee);
      if (known) known.push(caller);
      else callers.set(callee, [caller]);
    }
  }
  const names = new Set([...callees.keys(), ...callers.keys()]);
  const reach: Reach = { reaches: new Map(), reachedFrom: new Map() };
  for (const name of names) {
    reach.reaches.set(name, []);
    reach.reachedFrom.set(name, []);
  }
  for (const entry of [...entryPoints].sort()) {
    if (!names.has(entry)) continue;
    for (const name of walk(callers, entry)) reach.reaches.get(name)?.push(entry);
    for (const name of walk(callees, entry)) reach.reachedFrom.get(name)?.push(entry);
  }
  return reach;
}

/** Everything that can be come to; the start itself only where it comes back to itself. */
function walk(edges: ReadonlyMap<string, readonly string[]>, start: string): Set<string> {
  const seen = new Set<string>();
  const open = [start];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    for (const next of edges.get(name) ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      open.push(next);
    }
  }
  return seen;
}

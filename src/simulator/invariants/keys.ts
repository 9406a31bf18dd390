// SPDX-License-Identifier: GPL-2.0-or-later
// keys: what the kernel searches by equals what it searches for.
import { vmaPages, type World } from '../world.ts';
import type { Broken, Invariant } from './values.ts';

export const keys: Invariant = {
  id: 'keys',
  statement:
    "Every interval-tree node's range equals its VMA's present range in that tree's offsets, with order and augmented values right; VMAs are sorted and disjoint; every file VMA stands once in its file's i_mmap; maple trees are valid.",
  exceptions: ['Between removal and insertion under the lock; no step ends there.'],
  *check(world) {
    yield* spaces(world);
    yield* fileTrees(world);
    yield* anonTrees(world);
  },
};

function* spaces(world: World): Iterable<Broken> {
  for (const mm of world.mms) {
    let end = 0;
    for (const vma of mm.vmas) {
      if (vma.start >= vma.end || vma.start < end) {
        yield {
          shape: 'VMAs overlap',
          evidence: `${world.names.vma(vma, mm)} is empty, out of order or overlaps the one before it`,
        };
      }
      end = Math.max(end, vma.end);
    }
    const wrong = world.machine.checkMapleTree(mm.ptr);
    if (wrong !== undefined) {
      yield {
        shape: 'maple tree invalid',
        evidence: `the maple tree of ${world.names.space(mm)} is not valid: ${wrong.replace(/0x[0-9a-f]{6,}/gi, '...')}`,
      };
    }
  }
}

const AUGMENTED = 'interval tree augmented value wrong';

function augmented(tree: string): string {
  return `${tree} has a node whose subtree end is not the largest end in its subtree`;
}

interface Node {
  start: number;
  last: number;
  subtreeLast: number;
  /** False where the stored subtree end is not the one recomputed. */
  depthOk?: boolean;
}

function* fileTrees(world: World): Iterable<Broken> {
  const { names } = world;
  const standing = new Map<number, number>();
  for (const mapping of world.fileMappings) {
    const { entries } = world.fileTree(mapping);
    const what = (): string => "a file's i_mmap";
    yield* order(entries, what);
    for (const entry of entries) {
      const known = world.vmas.get(entry.vma);
      if (known === undefined || known.vma.mapping !== mapping) {
        yield {
          shape: 'i_mmap holds a VMA that does not map the file',
          evidence:
            known === undefined
              ? "a file's i_mmap holds a VMA of no address space"
              : `a file's i_mmap holds ${names.vma(known.vma, known.mm)}, which does not map that file`,
        };
        continue;
      }
      standing.set(entry.vma, (standing.get(entry.vma) ?? 0) + 1);
      const { vma, mm } = known;
      yield* range(
        entry,
        vma.pgoff,
        vmaPages(vma),
        () => `a file's i_mmap, the node of ${names.vma(vma, mm)}`,
        'i_mmap',
      );
    }
  }
  for (const { vma, mm } of world.vmas.values()) {
    if (vma.mapping === 0) continue;
    const times = standing.get(vma.ptr) ?? 0;
    if (times !== 1) {
      yield {
        shape: 'file VMA not once in i_mmap',
        evidence: `${names.vma(vma, mm)} maps a file and stands ${times} times in its i_mmap`,
      };
    }
  }
}

function* anonTrees(world: World): Iterable<Broken> {
  const { names, machine } = world;
  for (const [ptr, anonVma] of world.anonVmas) {
    const what = (): string => `the tree of ${names.anonVma(ptr)}`;
    yield* order(anonVma.tree, what);
    for (const node of anonVma.tree) {
      if (!world.live('anon_vma_chain').has(node.chain)) continue;
      const known = world.vmas.get(machine.chain(node.chain).vma);
      if (known === undefined) continue;
      const { vma, mm } = known;
      yield* range(
        node,
        vma.anonPgoff,
        vmaPages(vma),
        () => `${what()}, the node of ${names.vma(vma, mm)}`,
        'anon_vma tree',
      );
    }
  }
}

function* range(node: Node, start: number, pages: number, what: () => string, tree: string): Iterable<Broken> {
  if (node.start === start && node.last === start + pages - 1) return;
  yield {
    shape: `${tree} key wrong`,
    evidence: `in ${what()} starts ${distance(node.start - start)} and ends ${distance(node.last - start - pages + 1)} the VMA's range`,
  };
}

function distance(pages: number): string {
  return pages === 0 ? 'with' : `${Math.abs(pages)} pages ${pages < 0 ? 'before' : 'behind'}`;
}

/** In-order traversal ascends by start; a node's subtree ends no earlier than the node, and some node's subtree is the whole tree. */
function* order(nodes: readonly Node[], what: () => string): Iterable<Broken> {
  let before = Number.NEGATIVE_INFINITY;
  let end = Number.NEGATIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  let low = false;
  for (const node of nodes) {
    if (node.start < before)
      yield { shape: 'interval tree out of order', evidence: `${what()} is not sorted by start` };
    if (node.subtreeLast < node.last || node.depthOk === false) low = true;
    before = node.start;
    end = Math.max(end, node.last);
    highest = Math.max(highest, node.subtreeLast);
  }
  if (low || (nodes.length > 0 && highest !== end)) {
    yield { shape: AUGMENTED, evidence: augmented(what()) };
  }
}

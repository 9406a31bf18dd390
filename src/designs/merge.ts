// SPDX-License-Identifier: GPL-2.0-or-later
// VMAs become one, or two. When they may is the kernel's rule (mm/vma.c of 6.12 to 7.3): neighbours in address and
// offset, of one file and equal flags; what the reverse map says to it is the design's.
import type { Space, Vma } from './values.ts';
import { VM, type VmaLike } from './vmas.ts';
import type { AddressSpace, LabWorld } from './world.ts';

/** A range that wants to be part of a neighbour. */
export interface Proposal extends VmaLike {
  start: number;
  end: number;
  prev: Vma;
  next: Vma;
  /** The VMA whose anonymous folios it has or will have; 0: none. */
  source: Vma;
  /** Its source is a VMA that is copied to the range (mremap). */
  copied?: boolean;
  /** Its source is the VMA before it, which grows. */
  extending?: boolean;
}

function alike(world: LabWorld, vma: Vma, proposal: Proposal): boolean {
  const { vmas } = world;
  return vmas.file.get(vma) === proposal.file && vmas.flags.get(vma) >>> 0 === proposal.flags;
}

function mergeable(world: LabWorld, target: Vma, { source, copied, extending }: Proposal): boolean {
  const asked = extending ? 0 : source;
  return world.design.mergeable(target, source, copied ? source : asked);
}

/** Private file mappings whose folios are indexed by virtual offsets must go on in these too. */
function virtually(world: LabWorld, { file, flags }: Proposal): boolean {
  return world.design.rules.virtualOffsets && file !== 0 && (flags & VM.shared) === 0;
}

function mergesLeft(world: LabWorld, proposal: Proposal): boolean {
  const { vmas } = world;
  const { prev, start } = proposal;
  if (prev === 0 || vmas.end.get(prev) !== start || !alike(world, prev, proposal)) return false;
  const pages = vmas.pages(prev);
  if (vmas.pgoff.get(prev) + pages !== proposal.pgoff) return false;
  if (virtually(world, proposal) && vmas.anonPgoff.get(prev) + pages !== proposal.anonPgoff) return false;
  return mergeable(world, prev, proposal);
}

function mergesRight(world: LabWorld, proposal: Proposal, left: boolean): boolean {
  const { vmas } = world;
  const { prev, next, start, end } = proposal;
  if (next === 0 || vmas.start.get(next) !== end || !alike(world, next, proposal)) return false;
  const pages = end - start;
  if (vmas.pgoff.get(next) !== proposal.pgoff + pages) return false;
  if (virtually(world, proposal) && vmas.anonPgoff.get(next) !== proposal.anonPgoff + pages) return false;
  if (!mergeable(world, next, proposal)) return false;
  return !left || world.design.compatible(prev, next);
}

/** Pages of `from` come under `into`. */
function join(world: LabWorld, into: Vma, from: Vma): void {
  const { faulted } = world.vmas;
  if (faulted.get(from) === 0) return;
  world.design.merge(into, from);
  faulted.set(into, 1);
}

/** Gives VMAs new ranges and drops those that are not there any more. */
function commit(world: LabWorld, space: AddressSpace, ranges: [Vma, number, number][], gone: readonly Vma[]): void {
  const { vmas, files, design } = world;
  for (const [vma] of ranges) {
    if (vmas.faulted.get(vma) !== 0) design.lift(vma);
    files.lift(vmas, vma);
  }
  for (const vma of gone) space.root = vmas.unlink(space.root, vma);
  for (const [vma, start, end] of ranges) vmas.resize(vma, start, end);
  for (const [vma] of ranges) {
    files.settle(vmas, vma);
    if (vmas.faulted.get(vma) !== 0) design.settle(vma);
  }
  for (const vma of gone) {
    if (vmas.faulted.get(vma) !== 0) design.unmap(vma);
    files.unmap(vmas, vma, world.folios);
    vmas.drop(vma);
  }
}

/** A part of a VMA that has other flags from now on: joined to its neighbours if it can be. Out: the VMA, or 0. */
function mergeExisting(
  world: LabWorld,
  space: AddressSpace,
  middle: Vma,
  start: number,
  end: number,
  flags: number,
): Vma {
  const { vmas } = world;
  const first = vmas.start.get(middle);
  const leftSide = start === first;
  const rightSide = end === vmas.end.get(middle);
  if (!leftSide && !rightSide) return 0;
  const { file, pgoff, anonPgoff } = vmas.like(middle);
  const proposal: Proposal = {
    ...{ start, end, flags, file, source: middle },
    pgoff: pgoff + start - first,
    anonPgoff: anonPgoff + start - first,
    prev: leftSide ? vmas.before(space.root, start) : 0,
    next: rightSide ? vmas.next(space.root, middle) : 0,
  };
  const { prev, next } = proposal;
  const left = leftSide && mergesLeft(world, proposal);
  const right = rightSide && mergesRight(world, proposal, left);
  if (!left && !right) return 0;
  return world.ledger.during('merge', () => {
    const whole = leftSide && rightSide;
    if (left && right) {
      join(world, prev, next);
      join(world, prev, middle);
      commit(world, space, [[prev, vmas.start.get(prev), vmas.end.get(next)]], [middle, next]);
      return prev;
    }
    const target = left ? prev : next;
    join(world, target, middle);
    if (left) {
      world.splitHugeAt(space, end);
      const grown: [Vma, number, number] = [prev, vmas.start.get(prev), end];
      if (whole) commit(world, space, [grown], [middle]);
      else commit(world, space, [[middle, end, vmas.end.get(middle)], grown], []);
    } else {
      world.splitHugeAt(space, start);
      const grown: [Vma, number, number] = [next, start, vmas.end.get(next)];
      if (whole) commit(world, space, [grown], [middle]);
      else commit(world, space, [[middle, first, start], grown], []);
    }
    return target;
  });
}

/** A range without a VMA, or what is copied to one: joined to its neighbours if it can be. Out: the VMA, or 0. */
export function mergeNew(world: LabWorld, space: AddressSpace, proposal: Proposal): Vma {
  const { vmas } = world;
  const { prev, next, start, end, source } = proposal;
  const left = mergesLeft(world, proposal);
  const right = mergesRight(world, proposal, left);
  if (!left && !right) return 0;
  return world.ledger.during('merge', () => {
    const target = left ? prev : next;
    if (left && right) join(world, prev, next);
    if (proposal.copied) join(world, target, source);
    const from = left ? vmas.start.get(prev) : start;
    const to = right ? vmas.end.get(next) : end;
    commit(world, space, [[target, from, to]], left && right ? [next] : []);
    return target;
  });
}

/** Cuts a VMA in two. Out: the new one, which is the lower part if `below`. */
export function split(world: LabWorld, space: AddressSpace, vma: Vma, at: number, below: boolean): Vma {
  return world.ledger.during('split', () => {
    const { vmas, files, design } = world;
    const start = vmas.start.get(vma);
    const end = vmas.end.get(vma);
    const like = vmas.like(vma);
    if (!below) {
      like.pgoff += at - start;
      like.anonPgoff += at - start;
    }
    const piece = vmas.take(space.id, below ? start : at, below ? at : end, like);
    const faulted = vmas.faulted.get(vma) !== 0;
    if (faulted) {
      vmas.faulted.set(piece, 1);
      design.split(piece, vma);
      design.lift(vma);
    }
    files.lift(vmas, vma);
    world.splitHugeAt(space, at);
    if (below) vmas.resize(vma, at, end);
    else vmas.resize(vma, start, at);
    files.settle(vmas, vma);
    if (faulted) design.settle(vma);
    world.link(space, piece);
    return piece;
  });
}

/** Gives a part of a VMA other flags, by merging or splitting. Out: the VMA that the part belongs to now. */
export function modify(world: LabWorld, id: Space, vma: Vma, start: number, end: number, flags: number): Vma {
  const { vmas } = world;
  const space = world.space(id);
  const merged = mergeExisting(world, space, vma, start, end, flags);
  if (merged !== 0) return merged;
  if (vmas.start.get(vma) < start) split(world, space, vma, start, true);
  if (vmas.end.get(vma) > end) split(world, space, vma, end, false);
  vmas.flags.set(vma, flags);
  return vma;
}

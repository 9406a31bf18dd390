// SPDX-License-Identifier: GPL-2.0-or-later
// What a design of the reverse map is to the laboratory: one narrow interface, and what it says about itself. VMAs,
// folios and address spaces are plain numbers, rows of the shared world's stores (world.ts).
import type { AnonVmaView, ChainView } from '../machine/values.ts';
import type { Pool } from './pool.ts';
import type { LabWorld } from './world.ts';

/** A VMA of the shared world; 0 is none. */
export type Vma = number;
/** A folio, by the number of its first page frame; 0 is none. */
export type Folio = number;
/** An address space; 0 is none. */
export type Space = number;
/** Where a folio says to look, as its design encodes it; 0 is nowhere. */
export type Anchor = number;

/** A choice that a model leaves open: where its sources are silent, or where an objection can be tried. */
export interface DesignOption {
  name: string;
  about: string;
  values: readonly string[];
  /** The value that is taken where none is given. */
  value: string;
}

/** What a model says about itself: printed by `rmapbot lab --list` and in docs/designs.md. */
export interface DesignInfo {
  /** Kebab-case, never renamed. */
  name: string;
  about: string;
  /** What the model was made from. */
  sources: readonly string[];
  /** What the sources do not say, and what the model does there. */
  assumptions: readonly string[];
  options: readonly DesignOption[];
}

/** Values of a design's options by name; complete. */
export type OptionValues = Readonly<Record<string, string>>;

/** Rules of the shared world that differ between kernels; a design names those that it was made for. */
export interface WorldRules {
  /** Folios of private file mappings have the virtual page offset as index, and merges look at it (7.3). */
  virtualOffsets: boolean;
  /** A faulted VMA merges into a neighbour that is not (6.16). */
  mergeUnfaulted: boolean;
  /** The VMA that MREMAP_DONTUNMAP empties gets the page offset of its address (7.2, 6.12.112). */
  dontunmapOffset: boolean;
  /** A write that swaps the last entry in owns the page at once, without a look at who else had it (before 7.0). */
  lastEntryExclusive: boolean;
  /** A VMA moved with MREMAP_DONTUNMAP may merge with itself (before 7.2 and 6.12.114). */
  dontunmapSelfMerge: boolean;
}

/** Told for each VMA that a walk shows to its callback: the VMA and the page number of the address. */
export type Visitor = (vma: Vma, page: number) => void;

export interface Design {
  readonly rules: WorldRules;
  /** Kinds of objects that the design is made of, beside VMAs. */
  readonly pools: readonly Pool[];
  /** Forgets everything: no processes, no folios. */
  reset(): void;

  /** A step of the scenario begins: what walks saw before it is past. */
  step?(): void;
  /** A new address space; a parent where it is forked. */
  begin(space: Space, parent: Space): void;
  /** The address space is gone; its VMAs were unmapped before. */
  end(space: Space): void;

  /** First anonymous fault of a VMA: folios can be placed in it afterwards. */
  prepare(vma: Vma): void;
  /** A new folio is mapped by a VMA. Not exclusive: other processes may map it too (swap-in). */
  place(folio: Folio, vma: Vma, exclusive: boolean): void;
  /** True where a folio of the swap cache that is mapped again says what it said before; else it is placed anew. */
  readonly keepsUnmapped?: boolean;
  /** A folio turned out to be mapped by one VMA only, and becomes its own. */
  adopt(folio: Folio, vma: Vma): void;

  /** The child's copy of a faulted VMA; page-table entries are copied next. */
  fork(child: Vma, parent: Vma): void;
  /** An entry of a folio was copied from parent to child. */
  share(folio: Folio, child: Vma, parent: Vma): void;
  /** A piece cut from a VMA, already with its range; the VMA has its own still. */
  split(piece: Vma, vma: Vma): void;
  /**
   * Whether a VMA may take in pages whose folios are those of `source` (0: none yet), as far as the reverse map is
   * concerned. `own`: the source where its own history counts too, 0 where it only grows.
   */
  mergeable(target: Vma, source: Vma, own: Vma): boolean;
  /** Whether both neighbours of a range that merges with either may merge with each other. */
  compatible(prev: Vma, next: Vma): boolean;
  /** Pages of `from` come under `into`; both have their ranges still. */
  merge(into: Vma, from: Vma): void;
  /** Before and after a VMA's range changes. */
  lift(vma: Vma): void;
  settle(vma: Vma): void;
  /** Before a VMA's pages go to another address. */
  upgrade(vma: Vma): void;
  /** A VMA at the new address, unless it was merged there. */
  move(to: Vma, from: Vma): void;
  /** A VMA leaves its address space, or loses all its folios to another. */
  unmap(vma: Vma): void;

  /** Shows the VMAs that may map an anonymous folio. `anchor` is where the folio said to look when the walk began. */
  walk(folio: Folio, anchor: Anchor, visit: Visitor): void;
  /** The lock that a walk holds; whether its callbacks may sleep under it. */
  walkLock(folio: Folio): { lock: string; mode: 'read' | 'write' | 'spin'; sleeps: boolean };

  /** folio->mapping as a world shows it. */
  mapping(anchor: Anchor): number;
  /** vma->anon_vma as a world shows it, and the anon_vma_chains in list order. */
  word(vma: Vma): number;
  chain(vma: Vma): number[];
  /** Where the design has anon_vmas. */
  anonVmas?: { pool: Pool; anonVma(ptr: number): AnonVmaView; chain(ptr: number): ChainView };
  /** What a folio names where that is no anon_vma, in a word for pictures. */
  readonly anchorWord: string;
}

/** A design's file in this folder. */
export interface DesignModule {
  info: DesignInfo;
  create(world: LabWorld, options: OptionValues): Design;
}

export type OperationKind = 'fault' | 'fork' | 'split' | 'merge' | 'move' | 'unmap' | 'walk';

/** What all operations of a kind cost together. */
export interface OperationCost {
  count: number;
  allocations: number;
  locks: number;
  /** Objects of the reverse map looked at. */
  visits: number;
}

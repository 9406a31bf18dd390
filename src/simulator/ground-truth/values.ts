// SPDX-License-Identifier: GPL-2.0-or-later
// What a measurement and a replay have in common: counts, and the shape of all address spaces and anon_vmas.

/** The objects that measurements count, by the names of their slab caches. */
export const COUNTED = ['vm_area_struct', 'anon_vma', 'anon_vma_chain'] as const;
/** Topologies list the pages of a VMA up to this one, as the measurements do. */
export const MEASURED_PAGES = 64;
/** Live objects since the start, in the order of COUNTED. */
export type Counts = readonly number[];

/** A page that holds an anonymous folio's page. Folio and anon_vma have names of the topology's own. */
export interface TopologyPage {
  /** From the VMA's start. */
  page: number;
  anonVma: string;
  /** Of the page, where the folio has several. */
  folio: string;
  /** Of the folio: "A+3" for an address's page number, "5" for a page of a file. */
  index: string;
  /** Page-table entries that map just this page, not its large folio as a whole. */
  mapcount: number;
}

export interface TopologyVma {
  /** "A+3": region and page. */
  start: string;
  pages: number;
  /** "rwx-", the last letter "s" where shared. */
  perm: string;
  pgoff?: string;
  anonVma?: string;
  /** anon_vmas of the chain, in list order. */
  chain: string[];
  /** Undefined where the measurement does not tell. */
  present?: TopologyPage[];
}

export interface TopologyAnonVma {
  name: string;
  root: string;
  parent: string;
  refcount: number;
  numChildren?: number;
  numActiveVmas?: number;
  /** "P:A+3": process and start of the VMAs, in tree order. */
  tree: string[];
}

/** Everything that the reverse map of anonymous memory is made of, at one moment. */
export interface Topology {
  spaces: { process: string; mapCount?: number; vmas: TopologyVma[] }[];
  /** Undefined where the measurement does not tell. */
  anonVmas?: TopologyAnonVma[];
}

/** What to look at in a replay: steps of the expanded scenario, from 0, after which to count and to describe. */
export interface Wanted {
  /** Given: the machine is to be like the measured one, without swap, and with huge pages where they were turned on. */
  measured?: { hugePages: boolean };
  /** Regions in the order of their addresses. */
  regions: string[];
  counts: number[];
  topologies: number[];
}

export interface Observation {
  step: number;
  counts: Counts;
  topology?: Topology;
  /** As `topology`, with the index of folios of private file mappings as page of the file, where it is not one. */
  fileIndexed?: Topology;
}

/** Why a replay ended before its last step. */
export type Stopped = { step: number; text: string } & (
  | { kind: 'requires'; feature: string }
  /** The system call failed, or the kernel warned or crashed. */
  | { kind: 'failed'; reason: string }
  /** Something of ours is missing. */
  | { kind: 'cannot'; reason: string }
);

export interface Replay {
  observations: Observation[];
  /** Texts of the steps as executed. */
  steps: string[];
  stopped?: Stopped;
}

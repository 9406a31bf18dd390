// SPDX-License-Identifier: GPL-2.0-or-later
// The world at one moment as a reviewer looks at it: bounded, plain, in the names that the evidence uses.

export interface PictureVma {
  /** Equal for the same VMA in the pictures before and after a step. */
  id: number;
  /** The process: "C2", "P and V". */
  space: string;
  /** First page: "A+3". */
  from: string;
  pages: number;
  /** As /proc/PID/maps writes it: "rw-p". */
  access: string;
  /** What vma->anon_vma leads to: "AV2". */
  anonVma?: string;
  /** The file that it maps: "file 1". */
  file?: string;
}

export interface PictureAnonVma {
  name: string;
  root: string;
  parent: string;
  refcount: number;
}

/** One anon_vma_chain: it leads from a VMA's list to an anon_vma. */
export interface PictureChain {
  vma: number;
  anonVma: string;
  /** Whether the anon_vma's interval tree holds it, so that a walk comes by. */
  inTree: boolean;
}

/** A page-table entry that maps a folio. */
export interface PictureEntry {
  /** The VMA it lies in; absent where no VMA is. */
  vma?: number;
  /** "C2:A+3" */
  at: string;
  kind: 'present' | 'migration';
  /** Whether a walk from the folio came here; absent where none was made. */
  visited?: boolean;
}

/** Folios that are mapped by the same VMAs and found by the same walk. */
export interface PictureFolios {
  /** "folio 1", the first ones of many. */
  names: string[];
  /** How many they are. */
  count: number;
  order: number;
  kind: 'anon' | 'ksm' | 'file';
  /** Where a walk starts: "AV1" or "file 1". */
  anchor: string;
  /** Entries of the first of them. */
  entries: PictureEntry[];
  /** VMAs that the walk visited though nothing of the folio is mapped there. */
  idle: number[];
}

export interface Picture {
  vmas: PictureVma[];
  anonVmas: PictureAnonVma[];
  chains: PictureChain[];
  folios: PictureFolios[];
  /** What was left out, beyond the bounds of a picture. */
  omitted: { vmas: number; anonVmas: number; folios: number };
}

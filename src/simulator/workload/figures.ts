// SPDX-License-Identifier: GPL-2.0-or-later
// Figures that follow from what a mark measured. In: a LoadMark. Out: plain numbers, for text and JSON alike.
import type { LoadMark, LoadWalks } from './values.ts';

/** What a reverse map is made of in the trees known today; every other object is counted beside them. */
export const REVERSE_MAP_OBJECTS = ['vm_area_struct', 'anon_vma', 'anon_vma_chain'] as const;

export interface MarkFigures {
  vmas: number;
  /** Bytes of all slab objects, and of page tables, for each VMA; undefined where there is no VMA. */
  slabBytesPerVma: number | undefined;
  pageTableBytesPerVma: number | undefined;
  anonWalks: WalkFigures | undefined;
  fileWalks: WalkFigures | undefined;
  /** For each fork since the mark before; undefined where there was none. */
  perFork: { objects: Record<string, number>; pageTableBytes: number; blocks: number } | undefined;
}

export interface WalkFigures {
  meanVisits: number;
  worst: number;
  meanBlocks: number;
}

export function figuresOf(mark: LoadMark): MarkFigures {
  const vmas = mark.objects.find(({ object }) => object === 'vm_area_struct')?.live ?? 0;
  const each = (bytes: number) => (vmas > 0 ? bytes / vmas : undefined);
  const { forks } = mark;
  return {
    vmas,
    slabBytesPerVma: each(mark.slabBytes),
    pageTableBytesPerVma: each(mark.pageTableBytes),
    anonWalks: walkFigures(mark.anonWalks),
    fileWalks: walkFigures(mark.fileWalks),
    perFork:
      forks.count === 0
        ? undefined
        : {
            objects: Object.fromEntries(Object.entries(forks.objects).map(([name, n]) => [name, n / forks.count])),
            pageTableBytes: forks.pageTableBytes / forks.count,
            blocks: forks.blocks / forks.count,
          },
  };
}

function walkFigures({ walked, visits, worst, blocks }: LoadWalks): WalkFigures | undefined {
  return walked === 0 ? undefined : { meanVisits: visits / walked, worst, meanBlocks: blocks / walked };
}

// SPDX-License-Identifier: GPL-2.0-or-later
// The machine's world -> its Topology, in the terms that measurements use.
import type { FolioView, VmaView } from '../../machine/values.ts';
import { PAGE_SIZE } from '../limits.ts';
import { pagesOf, type SpaceView, VM, type World } from '../world.ts';
import { MEASURED_PAGES, type Topology, type TopologyAnonVma, type TopologyPage, type TopologyVma } from './values.ts';

/** Page numbers below this are pages of a file: the first region's lie far above. */
const FILE_PAGES = 2 ** 24;
/** Lowest bit of folio->mapping for an anonymous folio: the rest is its anon_vma. */
const MAPPING_FLAGS = 3;

/**
 * All spaces that have VMAs or processes. `place` names an address ("A+3"). With `fileIndexed`, folios of private file
 * mappings have the index that they would have if it counted pages of the file.
 */
export function describeWorld(world: World, place: (address: number) => string, fileIndexed = false): Topology {
  const describer = new Describer(world, place, fileIndexed);
  return {
    spaces: world.mms.filter((mm) => mm.processes.length > 0).map((mm) => describer.space(mm)),
    anonVmas: describer.anonVmas(),
  };
}

class Describer {
  readonly #world: World;
  readonly #place: (address: number) => string;
  readonly #fileIndexed: boolean;

  constructor(world: World, place: (address: number) => string, fileIndexed: boolean) {
    this.#world = world;
    this.#place = place;
    this.#fileIndexed = fileIndexed;
  }

  space(mm: SpaceView): Topology['spaces'][number] {
    return { process: nameOf(mm), mapCount: mm.mapCount, vmas: mm.vmas.map((vma) => this.#vma(mm, vma)) };
  }

  anonVmas(): TopologyAnonVma[] {
    return [...this.#world.anonVmas.values()].map((view) => ({
      name: `${view.ptr}`,
      root: `${view.root}`,
      parent: `${view.parent}`,
      refcount: view.refcount,
      ...(view.numChildren !== undefined && { numChildren: view.numChildren }),
      ...(view.numActiveVmas !== undefined && { numActiveVmas: view.numActiveVmas }),
      tree: view.tree.map(({ chain }) => {
        const found = this.#world.vmas.get(this.#world.machine.chain(chain).vma);
        return found === undefined ? '?' : `${nameOf(found.mm)}:${this.#place(found.vma.start)}`;
      }),
    }));
  }

  #number(page: number): string {
    return page < FILE_PAGES ? `${page}` : this.#place(page * PAGE_SIZE);
  }

  #vma(mm: SpaceView, vma: VmaView): TopologyVma {
    const flags = Number(vma.flags & 0xffffffffn);
    const perm = [
      flags & VM.read ? 'r' : '-',
      flags & VM.write ? 'w' : '-',
      flags & VM.exec ? 'x' : '-',
      flags & VM.shared ? 's' : '-',
    ];
    return {
      start: this.#place(vma.start),
      pages: (vma.end - vma.start) / PAGE_SIZE,
      perm: perm.join(''),
      pgoff: this.#number(vma.pgoff),
      ...(vma.anonVma !== 0 && { anonVma: `${vma.anonVma}` }),
      chain: vma.chain.map((chain) => `${this.#world.machine.chain(chain).anonVma}`),
      present: this.#present(mm, vma),
    };
  }

  #present(mm: SpaceView, vma: VmaView): TopologyPage[] {
    const pages: TopologyPage[] = [];
    const toFile = this.#fileIndexed && vma.anonPgoff !== vma.pgoff ? vma.pgoff - vma.anonPgoff : 0;
    for (const mapping of mm.mappings) {
      if (mapping.kind !== 'present' || mapping.vaddr >= vma.end) continue;
      for (let i = 0; i < pagesOf(mapping); i++) {
        const vaddr = mapping.vaddr + i * PAGE_SIZE;
        if (vaddr < vma.start || vaddr >= Math.min(vma.end, vma.start + MEASURED_PAGES * PAGE_SIZE)) continue;
        const pfn = mapping.pfn + i;
        const folio = this.#world.folio(pfn);
        if (folio === undefined || !folio.anon || folio.ksm) continue;
        pages.push({
          page: (vaddr - vma.start) / PAGE_SIZE,
          anonVma: `${folio.mapping - (folio.mapping % (MAPPING_FLAGS + 1))}`,
          folio: `${pfn}`,
          index: this.#number(folio.index + toFile),
          mapcount: pageMapcount(folio, pfn),
        });
      }
    }
    return pages;
  }
}

/** The process that the space is called after: of those that share it the first. */
function nameOf(mm: SpaceView): string {
  return mm.processes[0]?.name ?? '?';
}

/** The page's own counter, as measured: a large folio's page does not count entries that map the folio as a whole. */
function pageMapcount({ order, mapcount, pageMapcounts, pfn: head }: FolioView, pfn: number): number {
  return order === 0 || pageMapcounts === undefined ? mapcount : (pageMapcounts[pfn - head] ?? 0);
}

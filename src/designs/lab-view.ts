// SPDX-License-Identifier: GPL-2.0-or-later
// What the invariants look at: the shared world in the values that a simulated kernel's view has. It only looks.
import type {
  AnonVmaView,
  ChainView,
  FileTreeView,
  FolioView,
  Mapping,
  MmView,
  ObjectCount,
  VmaView,
} from '../machine/values.ts';
import { PAGE_SIZE } from '../simulator/limits.ts';
import type { Picture } from '../simulator/picture-values.ts';
import { ALONE, DIRTY, frameOf, kindOf, PRESENT, SWAP, WRITE } from './page-table.ts';
import type { Space, Vma } from './values.ts';
import { VM } from './vmas.ts';
import type { AddressSpace, LabWorld } from './world.ts';

/** VMAs of no address space that a design keeps. */
export const PINNED = 'dead VMAs pinned';
/** Pointers of mm_structs lie apart from those of all pools. */
const SPACE_BASE = 2 ** 49;

export abstract class LabView {
  readonly world: LabWorld;

  constructor(world: LabWorld) {
    this.world = world;
  }

  pointerOf(space: Space): number {
    return SPACE_BASE + space;
  }

  mms(): MmView[] {
    return [...this.world.spaces.values()].map((space) => this.#mm(space));
  }

  #mm(space: AddressSpace): MmView {
    const { vmas } = this.world;
    const views: VmaView[] = [];
    let total = 0;
    let locked = 0;
    for (const vma of vmas.inOrder(space.root)) {
      views.push(this.#vma(vma));
      total += vmas.pages(vma);
      if ((vmas.flags.get(vma) & VM.locked) !== 0) locked += vmas.pages(vma);
    }
    return {
      ptr: this.pointerOf(space.id),
      mapCount: views.length,
      totalVm: total,
      lockedVm: locked,
      rss: { file: space.filePages, anon: space.anonPages, swap: space.swapEntries, shmem: space.shmemPages },
      pgtablesBytes: space.table.bytes,
      vmas: views,
      mappings: this.#mappings(space),
    };
  }

  #vma(vma: Vma): VmaView {
    const { vmas, files, design } = this.world;
    const start = vmas.start.get(vma);
    return {
      ptr: vmas.pool.pointer(vma),
      start: start * PAGE_SIZE,
      end: vmas.end.get(vma) * PAGE_SIZE,
      flags: BigInt(vmas.flags.get(vma) >>> 0),
      pgoff: vmas.pgoff.get(vma),
      anonPgoff: this.world.offset(vma, start),
      anonVma: vmas.faulted.get(vma) === 0 ? 0 : design.word(vma),
      mapping: files.mapping(vmas.file.get(vma)),
      chain: vmas.faulted.get(vma) === 0 ? [] : design.chain(vma),
    };
  }

  #mappings(space: AddressSpace): Mapping[] {
    const { folios } = this.world;
    const found: Mapping[] = [];
    space.table.all((page, entry, huge) => {
      const kind = kindOf(entry);
      const frame = frameOf(entry);
      found.push({
        vaddr: page * PAGE_SIZE,
        level: huge ? 'pmd' : 'pte',
        kind: kind === PRESENT ? 'present' : kind === SWAP ? 'swap' : 'special',
        pfn: frame,
        write: (entry & WRITE) !== 0,
        dirty: (entry & DIRTY) !== 0,
        young: true,
        exclusive: kind === PRESENT ? folios.exclusive.get(frame) !== 0 : (entry & ALONE) !== 0,
      });
    });
    return found;
  }

  folio(pfn: number): FolioView | undefined {
    const { folios, files, design } = this.world;
    if (pfn === 0) return undefined;
    const head = folios.of(pfn);
    if (!folios.isLive(head)) return undefined;
    const order = folios.order(head);
    const anon = folios.isAnon(head);
    return {
      pfn: head,
      order,
      mapping: anon ? design.mapping(folios.anchor(head)) : files.mapping(folios.file.get(head)),
      index: folios.index.get(head),
      anon,
      ksm: false,
      swapCache: folios.slot.get(head) !== 0,
      locked: false,
      lru: true,
      refcount: folios.references.get(head),
      mapcount: folios.maps.get(head),
      pageMapcounts: Array.from({ length: 2 ** order }, (_, i) => folios.pageMaps.get(head + i)),
    };
  }

  folios(): FolioView[] {
    return [...this.world.folios.all()].flatMap((folio) => this.folio(folio) ?? []);
  }

  /** A picture of the world in the words of the design: what folios name need not be an anon_vma. */
  named(picture: Picture): Picture {
    const word = this.world.design.anchorWord;
    const known = new Set(picture.anonVmas.map(({ name }) => name));
    const rename = (name: string): string =>
      /^AV\d+$/.test(name) && !known.has(name) ? name.replace('AV', word) : name;
    return {
      ...picture,
      vmas: picture.vmas.map(({ anonVma, ...vma }) =>
        anonVma === undefined ? vma : { ...vma, anonVma: rename(anonVma) },
      ),
      folios: picture.folios.map((folio) => ({ ...folio, anchor: rename(folio.anchor) })),
    };
  }

  objectState(cache: string, ptr: number): 'live' | 'pending' | 'free' {
    const pool = this.#pool(cache);
    return pool?.isLive(pool.id(ptr)) ? 'live' : 'free';
  }

  objectsOf(cache: string): number[] {
    const pool = this.#pool(cache);
    return pool === undefined ? [] : [...pool.all()].map((id) => pool.pointer(id));
  }

  #pool(name: string) {
    return [this.world.vmas.pool, ...this.world.design.pools].find((pool) => pool.name === name);
  }

  anonVma(ptr: number): AnonVmaView {
    const { anonVmas } = this.world.design;
    if (anonVmas === undefined) throw new Error('this design has no anon_vmas');
    return anonVmas.anonVma(ptr);
  }

  chain(ptr: number): ChainView {
    const { anonVmas } = this.world.design;
    if (anonVmas === undefined) throw new Error('this design has no anon_vma_chains');
    return anonVmas.chain(ptr);
  }

  fileTree(mapping: number): FileTreeView {
    const { files, vmas } = this.world;
    const { tree } = files;
    const entries = [...tree.inOrder(files.root(files.byMapping(mapping)))].map((vma) => ({
      vma: vmas.pool.pointer(vma),
      start: tree.start(vma),
      last: tree.last(vma),
      subtreeLast: tree.high(vma),
      depthOk: true,
    }));
    return { mapping, entries };
  }

  fileMappings(): number[] {
    return this.world.files.all().map((file) => this.world.files.mapping(file));
  }

  objects(): ObjectCount[] {
    const { vmas, design } = this.world;
    const counted = [vmas.pool, ...design.pools].map(({ name, live, size }) => ({ object: name, live, size }));
    // Their bytes are counted above.
    const pinned = vmas.pool.live - vmas.linked;
    if (pinned > 0) counted.push({ object: PINNED, live: pinned, size: 0 });
    return counted.map((count) => ({ ...count, rcuPending: 0 }));
  }

  batchReferences(): Map<number, number> {
    return new Map();
  }
  ksmReferences(): Map<number, number> {
    return new Map();
  }
  heldLocks(): string[] {
    return this.world.ledger.held();
  }
  blocks(): [number, number][] {
    return [];
  }
  /** VMAs stand in a tree of the laboratory's own, which no design touches. */
  checkMapleTree(): undefined {
    return undefined;
  }
}

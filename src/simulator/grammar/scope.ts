// SPDX-License-Identifier: GPL-2.0-or-later
// Which processes, regions and files a scenario knows at a step, and where regions lie.
// The parser asks it for valid names; the runner for addresses. Both feed it the steps in order.
import { FIRST_REGION, LIMITS, PAGE_SIZE, REGION_STRIDE } from '../limits.ts';
import type { Action, FileDeclaration, PageRange, Place } from './values.ts';

interface Region {
  base: number;
  /** Pages from the start that were ever mapped: what a step without a range means. */
  pages: number;
  /** The most that it ever had, in whatever process. */
  most: number;
}

/** The first process of every scenario. */
export const FIRST_PROCESS = 'P';

export class Scope {
  readonly #regions = new Map<string, Region>();
  readonly #processes = new Set<string>([FIRST_PROCESS]);
  readonly #files = new Map<string, FileDeclaration>();
  /** vfork child -> the parent that waits for it. */
  readonly #waiting = new Map<string, string>();
  #places = 0;

  constructor(files: readonly FileDeclaration[]) {
    for (const file of files) this.#files.set(file.name, file);
  }

  /** A scope that goes its own way from here. */
  clone(): Scope {
    const copy = new Scope([...this.#files.values()]);
    copy.#processes.clear();
    for (const process of this.#processes) copy.#processes.add(process);
    for (const [name, region] of this.#regions) copy.#regions.set(name, { ...region });
    for (const [child, parent] of this.#waiting) copy.#waiting.set(child, parent);
    copy.#places = this.#places;
    return copy;
  }

  processes(): string[] {
    return [...this.#processes];
  }

  regions(): string[] {
    return [...this.#regions.keys()];
  }

  files(kind: 'file' | 'tmpfs'): string[] {
    const declared = kind === 'file' ? 'ext4' : 'tmpfs';
    return [...this.#files.values()].filter((file) => file.kind === declared).map((file) => file.name);
  }

  /** Pages of a region that are meant when a step gives no range. */
  pagesOf(region: string): number {
    return this.#regions.get(region)?.pages ?? 0;
  }

  /** Pages of a region that were ever mapped. */
  mostOf(region: string): number {
    return this.#regions.get(region)?.most ?? 0;
  }

  /** The vfork child that this process waits for, if any. */
  waitsFor(process: string): string | undefined {
    for (const [child, parent] of this.#waiting) if (parent === process) return child;
    return undefined;
  }

  rangeOf(region: string, range: PageRange | undefined): PageRange {
    return range ?? { first: 0, count: this.pagesOf(region) };
  }

  /** Byte address of a page of a known region. */
  address(region: string, page: number): number {
    const known = this.#regions.get(region);
    if (known === undefined) throw new Error(`region ${region} has no place yet`);
    return known.base + page * PAGE_SIZE;
  }

  /** Byte address -> "A+3", by the region that starts nearest below it, else above it ("A-1"); far from all, the address. */
  describe(address: number): string {
    let below: [string, Region] | undefined;
    let above: [string, Region] | undefined;
    for (const entry of this.#regions) {
      const base = entry[1].base;
      if (base <= address) {
        if (below === undefined || base > below[1].base) below = entry;
      } else if (above === undefined || base < above[1].base) above = entry;
    }
    const near = (entry: [string, Region] | undefined): boolean =>
      entry !== undefined && Math.abs(address - entry[1].base) < REGION_STRIDE;
    const pick = near(below) ? below : near(above) ? above : undefined;
    if (pick === undefined) return `0x${address.toString(16)}`;
    const page = Math.floor((address - pick[1].base) / PAGE_SIZE);
    return `${pick[0]}${page < 0 ? '-' : '+'}${Math.abs(page)}`;
  }

  /** Takes note of what an action of a process brings into being or ends. */
  apply(process: string, action: Action): void {
    switch (action.op) {
      case 'mmap':
        this.#place(action.place, action.pages, action.beside);
        break;
      case 'mremap': {
        const moved = action.pages ?? this.rangeOf(action.region, action.range).count;
        if (action.to !== undefined) this.#place(action.to, moved);
        else {
          const first = action.range?.first ?? 0;
          const region = this.#regions.get(action.region);
          if (region !== undefined) {
            region.pages = action.range === undefined ? moved : Math.max(first + moved, region.pages);
            region.most = Math.max(region.most, region.pages);
          }
        }
        break;
      }
      case 'brk': {
        this.#place({ region: action.region, page: 0 }, Math.max(1, action.pages));
        const region = this.#regions.get(action.region);
        if (region !== undefined && action.pages > 0) region.pages = action.pages;
        break;
      }
      case 'fork':
      case 'clone':
        this.#processes.add(action.child);
        break;
      case 'vfork':
        this.#processes.add(action.child);
        this.#waiting.set(action.child, process);
        break;
      case 'exec':
        this.#waiting.delete(process);
        break;
      case 'exit':
        this.#waiting.delete(process);
        this.#processes.delete(process);
        break;
      default:
        break;
    }
  }

  exitAll(): void {
    this.#waiting.clear();
    this.#processes.clear();
  }

  #place(place: Place, pages: number, beside?: { side: 'after' | 'before'; region: string }): void {
    const known = this.#regions.get(place.region);
    const size = place.page + pages;
    if (known !== undefined) {
      known.pages = Math.max(known.pages, size);
      known.most = Math.max(known.most, size);
      return;
    }
    let base: number;
    const neighbour = beside && this.#regions.get(beside.region);
    if (beside !== undefined && neighbour !== undefined) {
      base = beside.side === 'after' ? neighbour.base + neighbour.pages * PAGE_SIZE : neighbour.base - size * PAGE_SIZE;
    } else {
      base = FIRST_REGION + this.#places * REGION_STRIDE;
      this.#places++;
      if (this.#places > LIMITS.regions) throw new Error(`more than ${LIMITS.regions} regions`);
    }
    this.#regions.set(place.region, { base, pages: size, most: size });
  }
}

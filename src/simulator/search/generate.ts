// SPDX-License-Identifier: GPL-2.0-or-later
// Random histories of which every step must succeed. Comes in: numbers that look random, and what the tree can do.
// Goes out: steps. What the model does not allow is drawn again.
import type { Action, FileDeclaration, FlatStep, MapFlag, Place, Source } from '../grammar/values.ts';
import { CHECKED_PERCENT, DRAWS_MAX, HUGE_REGION_PAGES, REGION_PAGES, STEPS_LEAST, STEPS_MOST } from './limits.ts';
import { Model, type Space } from './model.ts';
import type { Random } from './random.ts';

/** Files that every generated history may map. */
export const FILES: readonly FileDeclaration[] = [
  { name: 'f', kind: 'ext4', pages: 32 },
  { name: 't', kind: 'tmpfs', pages: 32 },
];

const REGIONS = ['A', 'B', 'D'] as const;
/** Where folios of 512 pages fit. */
const HUGE_REGION = 'H';

/** How often each operation is drawn; splits, moves and forks are what the reverse map has to follow. */
const WEIGHTS = {
  mmap: 10,
  munmap: 7,
  mprotect: 9,
  mremap: 14,
  madvise: 8,
  mlock: 2,
  munlock: 2,
  write: 20,
  read: 5,
  migrate: 4,
  reclaim: 4,
  swapout: 2,
  referenced: 1,
  walk: 1,
  'uffd-move': 4,
  'uffd-copy': 3,
  fork: 9,
  vfork: 1,
  exec: 1,
  exit: 5,
  quiesce: 2,
  'ksm-scan': 2,
  shrink: 1,
} as const;

type Kind = keyof typeof WEIGHTS;

const ADVICE = {
  dontneed: 5,
  free: 2,
  dontfork: 2,
  dofork: 1,
  wipeonfork: 2,
  keeponfork: 1,
  mergeable: 3,
  unmergeable: 1,
  hugepage: 2,
  cold: 1,
  pageout: 3,
  'populate-read': 1,
  'populate-write': 2,
  dontdump: 2,
  dodump: 1,
  random: 1,
  normal: 1,
} as const;

const PROTECTIONS = { rw: 10, r: 5, none: 2, rwx: 1 } as const;

/** What the tree under test can do. */
export interface Abilities {
  uffdMove: boolean;
  mediumFolios: boolean;
}

export class Generator {
  readonly #random: Random;
  readonly #weights: Partial<Record<Kind, number>>;
  readonly #abilities: Abilities;

  constructor(random: Random, abilities: Abilities) {
    this.#random = random;
    this.#abilities = abilities;
    this.#weights = { ...WEIGHTS, ...(abilities.uffdMove ? {} : { 'uffd-move': 0 }) };
  }

  /** A history of its own. */
  fresh(): FlatStep[] {
    const random = this.#random;
    const steps: FlatStep[] = [];
    const model = new Model(FILES);
    const huge = random.percent(4);
    if (!huge && this.#abilities.mediumFolios && random.percent(6)) steps.push({ kind: 'hugepages-64k' });
    const length = STEPS_LEAST + random.below(STEPS_MOST - STEPS_LEAST + 1);
    if (huge) this.#opening(model, steps, HUGE_REGION, HUGE_REGION_PAGES);
    else this.#opening(model, steps, random.pick(REGIONS), 3 + random.below(7));
    return this.extend(model, steps, length);
  }

  /** Adds steps until there are so many. The model is that of the steps. */
  extend(model: Model, steps: FlatStep[], length: number): FlatStep[] {
    let vain = 0;
    while (steps.length < length && vain < DRAWS_MAX) {
      const step = this.#draw(model);
      if (step !== undefined && model.add(step)) {
        steps.push(step);
        vain = 0;
      } else vain++;
    }
    return steps;
  }

  /** Nearly every bug needs private memory that was written. */
  #opening(model: Model, steps: FlatStep[], region: string, pages: number): void {
    const place = { region, page: region === HUGE_REGION ? 0 : this.#random.below(4) };
    const source: Source =
      this.#random.percent(75) || region === HUGE_REGION ? { kind: 'anon' } : { kind: 'file', name: 'f' };
    const first = place.page;
    const map = (act: Action): FlatStep => ({ kind: 'action', process: 'P', action: act, check: 'none' });
    const all: FlatStep[] = [
      map({ op: 'mmap', place, pages, prot: 'rw', share: 'private', source, offset: 0, flags: [] }),
    ];
    if (region === HUGE_REGION)
      all.push(map({ op: 'madvise', region, range: { first, count: pages }, advice: 'hugepage' }));
    if (this.#random.percent(80)) {
      const count = region === HUGE_REGION ? 1 : pages;
      all.push(map({ op: 'write', region, pages: [{ first, count }] }));
    }
    for (const step of all) if (model.add(step)) steps.push(step);
  }

  #draw(model: Model): FlatStep | undefined {
    const kind = this.#random.weighted(this.#weights as Record<Kind, number>);
    switch (kind) {
      case 'quiesce':
      case 'ksm-scan':
      case 'shrink':
        return { kind };
      default: {
        const process = this.#random.pick(model.acting);
        const action = this.#action(model, process, kind);
        if (action === undefined) return undefined;
        const checked = this.#random.percent(CHECKED_PERCENT);
        return { kind: 'action', process, action, ...(checked ? {} : { check: 'none' as const }) };
      }
    }
  }

  #action(model: Model, process: string, op: Exclude<Kind, 'quiesce' | 'ksm-scan' | 'shrink'>): Action | undefined {
    const random = this.#random;
    if (op === 'fork' || op === 'vfork') return { op, child: newName(model) };
    if (op === 'exec' || op === 'exit') return { op };
    const space = model.space(process);
    if (op === 'mmap') return this.#mmap();
    const chosen = this.#range(model, space);
    if (chosen === undefined) return undefined;
    const { region, first, count } = chosen;
    const range = { first, count };
    switch (op) {
      case 'munmap':
      case 'mlock':
      case 'munlock':
        return { op, region, range };
      case 'mprotect':
        return { op, region, range, prot: random.weighted(PROTECTIONS) };
      case 'madvise':
        return { op, region, range, advice: random.weighted(ADVICE) };
      case 'walk':
        return { op, region, page: first };
      case 'mremap':
        return this.#mremap(region, first, count);
      case 'uffd-move':
      case 'uffd-copy':
        return { op, region, range, to: this.#target(region, first, count) };
      default:
        return { op, region, pages: [range] };
    }
  }

  #mmap(): Action {
    const random = this.#random;
    const page = random.below(REGION_PAGES);
    const pages = 1 + random.below(Math.min(7, REGION_PAGES - page));
    const kind = random.weighted({ anon: 14, file: 5, tmpfs: 2, devzero: 1 });
    const source: Source = kind === 'file' ? { kind, name: 'f' } : kind === 'tmpfs' ? { kind, name: 't' } : { kind };
    // At the same page of the file, neighbours continue each other and may merge.
    const offset = 'name' in source ? (random.percent(60) ? page : random.below(20)) : 0;
    const flags: MapFlag[] = random.percent(25) ? ['fixed'] : [];
    if (random.percent(8)) flags.push('populate');
    const share = random.percent(kind === 'anon' ? 92 : 75) ? 'private' : 'shared';
    const prot = random.weighted(PROTECTIONS);
    return { op: 'mmap', place: { region: random.pick(REGIONS), page }, pages, prot, share, source, offset, flags };
  }

  #mremap(region: string, first: number, count: number): Action {
    const random = this.#random;
    const range = { first, count };
    if (random.percent(20)) {
      const pages = random.percent(60) ? count + 1 + random.below(4) : Math.max(1, count - 1 - random.below(4));
      return { op: 'mremap', region, range, pages, dontunmap: false };
    }
    const to = this.#target(region, first, count);
    const dontunmap = random.percent(20);
    const resized = !dontunmap && random.percent(12) ? { pages: 1 + random.below(count + 3) } : {};
    return { op: 'mremap', region, range, to, ...resized, dontunmap };
  }

  /** Often the same page elsewhere: what moves there and back, or lands beside its continuation, may merge. */
  #target(region: string, first: number, count: number): Place {
    const random = this.#random;
    const to = region === HUGE_REGION ? HUGE_REGION : random.pick(REGIONS);
    const most = Math.max(1, (region === HUGE_REGION ? HUGE_REGION_PAGES : REGION_PAGES) - count + 1);
    if (to !== region && random.percent(60)) return { region: to, page: first };
    return { region: to, page: random.below(most) };
  }

  /** Mapped pages of one process: a whole piece, a part of one, or pages across a border. */
  #range(model: Model, space: Space): { region: string; first: number; count: number } | undefined {
    const random = this.#random;
    if (space.size === 0) return undefined;
    const keys = [...space.keys()];
    const at = random.pick(keys);
    let [start, end] = [at, at + 1];
    const piece = space.get(at)?.piece;
    while (space.get(start - 1)?.piece === piece) start--;
    while (space.get(end)?.piece === piece) end++;
    const shape = random.below(10);
    if (shape >= 3 && shape < 8) {
      const from = random.percent(30) ? start : start + random.below(end - start);
      end = random.percent(30) ? end : from + 1 + random.below(end - from);
      start = from;
    } else if (shape >= 8) {
      start = at;
      end = at + 1 + random.below(6);
      while (end > at + 1 && !space.has(end - 1)) end--;
    }
    const { region, page } = model.place(start);
    return { region, first: page, count: end - start };
  }
}

function newName(model: Model): string {
  return `C${++model.born}`;
}

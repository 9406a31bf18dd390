// SPDX-License-Identifier: GPL-2.0-or-later
// Random valid histories for tests, of the kinds that were measured: three areas of 20 pages, a few processes.

const AREA_PAGES = 20;
const AREAS = ['A', 'B', 'F'] as const;
const PROCESSES = 7;

type Step = Record<string, unknown> & { op: string };
/** Page ("A3") -> its protection. */
type Pages = Map<string, string>;

/** The same seed gives the same history, in the measured form. Area F is a private file. */
export function randomHistory(seed: number, length: number): unknown {
  const maker = new Maker(seed);
  while (maker.steps.length < length) maker.try();
  const layout = Object.fromEntries(
    AREAS.map((area, i) => [area, { base: `0x${(0x100000000000 + i * 0x40000000).toString(16)}`, pages: AREA_PAGES }]),
  );
  return { name: `random_${seed}`, layout, steps: maker.steps };
}

class Maker {
  readonly steps: Step[] = [];
  readonly #processes = new Map<string, Pages>([['P', new Map()]]);
  #state: number;
  #children = 0;

  constructor(seed: number) {
    this.#state = (seed * 2654435761 + 1) >>> 0;
  }

  /** xorshift32: a whole number below `count`. */
  #below(count: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state % count;
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#below(from.length)] as T;
  }

  /** Adds a step if the one that was drawn is valid now. */
  try(): void {
    const proc = this.#pick([...this.#processes.keys()]);
    const mapped = this.#processes.get(proc) ?? new Map<string, string>();
    const region = this.#pick(AREAS);
    const pages = 1 + this.#below(6);
    const page = this.#below(AREA_PAGES - pages + 1);
    const at = { proc, region, page, pages };
    const keys = keysOf(region, page, pages);
    const there = keys.filter((key) => mapped.has(key)).length;
    const full = there === pages;
    const set = (prot: string): void => {
      for (const key of keys) mapped.set(key, prot);
    };
    switch (
      this.#pick([
        'map',
        'map',
        'map',
        'unmap',
        'protect',
        'move',
        'move',
        'advise',
        'lock',
        'touch',
        'touch',
        'fork',
        'exit',
      ])
    ) {
      case 'map': {
        const prot = this.#pick(['rw', 'rw', 'rwx', 'r']);
        const flags = ['private', region === 'F' ? 'file:ext4' : 'anon'];
        if (there > 0) return;
        this.steps.push({ op: 'mmap', ...at, prot, flags, ...(region === 'F' && { file_page: page }) });
        set(prot);
        return;
      }
      case 'unmap':
        if (there === 0) return;
        this.steps.push({ op: 'munmap', ...at });
        for (const key of keys) mapped.delete(key);
        return;
      case 'protect': {
        const prot = this.#pick(['rw', 'rwx', 'r']);
        if (!full) return;
        this.steps.push({ op: 'mprotect', ...at, prot });
        set(prot);
        return;
      }
      case 'advise':
        if (full)
          this.steps.push({ op: 'madvise', ...at, advice: this.#pick(['dontdump', 'dodump', 'dofork', 'keeponfork']) });
        return;
      case 'lock':
        if (full) this.steps.push({ op: this.#pick(['mlock', 'munlock']), ...at });
        return;
      case 'touch':
        if (!full) return;
        this.steps.push({ op: keys.every((key) => mapped.get(key)?.includes('w')) ? 'write' : 'read', ...at });
        return;
      case 'move':
        this.#move(at, mapped, full);
        return;
      case 'fork': {
        if (this.#processes.size >= PROCESSES) return;
        const child = `C${++this.#children}`;
        this.steps.push({ op: 'fork', parent: proc, child });
        this.#processes.set(child, new Map(mapped));
        return;
      }
      case 'exit':
        if (this.#processes.size < 3) return;
        this.steps.push({ op: 'exit', proc });
        this.#processes.delete(proc);
    }
  }

  #move(at: { proc: string; region: string; page: number; pages: number }, mapped: Pages, full: boolean): void {
    const to = this.#pick(AREAS);
    const toPage = this.#below(AREA_PAGES - at.pages + 1);
    const keep = this.#below(3) === 0;
    const overlaps = to === at.region && toPage < at.page + at.pages && at.page < toPage + at.pages;
    if (!full || overlaps) return;
    const flags = ['maymove', 'fixed', ...(keep ? ['dontunmap'] : [])];
    this.steps.push({ op: 'mremap', ...at, to, to_page: toPage, new_pages: at.pages, flags });
    const source = keysOf(at.region, at.page, at.pages);
    for (const [i, key] of keysOf(to, toPage, at.pages).entries()) {
      mapped.set(key, mapped.get(source[i] ?? '') ?? 'r');
      if (!keep) mapped.delete(source[i] ?? '');
    }
  }
}

function keysOf(region: string, page: number, pages: number): string[] {
  return Array.from({ length: pages }, (_, i) => `${region}${page + i}`);
}

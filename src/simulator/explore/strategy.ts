// SPDX-License-Identifier: GPL-2.0-or-later
// Which schedules are tried. In: a budget, the number of threads, what each schedule came to. Out: the next schedule, the
// same ones in every run. First all without a change of the running thread that is not forced; then those with one,
// spread evenly if there are more than three fifths of the budget; the rest by PCT (Burckhardt and others, ASPLOS 2010)
// and at random, at points and in turns of so many basic blocks. What systematic search leaves over goes to schedules with two changes and more.
import type { PassedTurn, Schedule, ThreadsOutcome, Turn } from '../../machine/values.ts';
import { planOf } from './schedule.ts';

export type Kind = 'unchanged' | 'oneChange' | 'more' | 'random';

export interface Trial {
  schedule: Schedule;
  kind: Kind;
  /** Changes that are not forced, and the point behind which the next one may come. */
  changes: number;
  from: number;
}

/** A schedule that was run, as a stem for others. */
interface Stem {
  turns: readonly PassedTurn[];
  changes: number;
  from: number;
  /** Who could run at each point: bits of threads, the running one in bits 4-5. */
  ready: Uint8Array;
}

/** Of the schedules by chance one in four each at points and by PCT, the others by blocks: there is most to miss. */
const WAYS = 4;
const SYSTEMATIC_SHARE = 0.6;
/** Share of even steps between neighbours that fills a range most evenly: the golden section. */
const GOLDEN = 0.6180339887498949;
/** How rarely chance changes the thread: near each other, as in one call, and far apart. */
const ODDS = [4, 16, 64];
/** Points at which PCT lowers the running thread. */
const PCT_CHANGES = 2;
/** Turns by blocks: so many of them in a schedule. */
const BLOCK_TURNS = [3, 8, 24];
/** Stems kept for systematic search: 20,000 of 200 points are 4 MB. */
const STEMS = 20_000;

export class Strategy {
  readonly #budget: number;
  readonly #threads: number;
  readonly #seed: number;
  #given = 0;
  /** Schedules still to try, by number of changes. */
  #next: Trial[] = [];
  #stems: Stem[] = [];
  #changes = 0;
  #points = 1;
  #blocks = 1;
  /** Schedules with one change that there are. */
  oneChangeOf = 0;

  constructor(budget: number, threads: number, seed: number) {
    this.#budget = budget;
    this.#threads = threads;
    this.#seed = seed;
    for (let thread = 0; thread < threads; thread++)
      this.#next.push({ schedule: plan([{ thread, points: 0 }]), kind: 'unchanged', changes: 0, from: 0 });
  }

  /** The next one to run; undefined where the budget is used up. */
  next(): Trial | undefined {
    if (this.#given >= this.#budget) return undefined;
    const trial = this.#systematic() ?? this.#random();
    this.#given++;
    return trial;
  }

  /** What came of a trial; `ready` as ConcurrentMachine.readyAt() gives it. */
  note(trial: Trial, outcome: ThreadsOutcome, ready: Uint8Array): void {
    this.#points = Math.max(this.#points, outcome.points);
    this.#blocks = Math.max(this.#blocks, outcome.blocks);
    if (trial.kind === 'random' || outcome.fault !== undefined || this.#stems.length >= STEMS) return;
    this.#stems.push({ turns: outcome.turns, changes: trial.changes, from: trial.from, ready });
  }

  #systematic(): Trial | undefined {
    if (this.#changes > 0 && this.#given >= SYSTEMATIC_SHARE * this.#budget) return undefined;
    if (this.#next.length === 0) this.#grow();
    return this.#next.shift();
  }

  /** One change more: everywhere where another thread could have taken over. */
  #grow(): void {
    const stems = this.#stems;
    if (stems.length === 0) return;
    this.#stems = [];
    this.#changes++;
    const places = stems.flatMap((stem) => branches(stem, this.#threads));
    if (this.#changes === 1) this.oneChangeOf = places.length;
    const room = Math.max(0, Math.ceil(SYSTEMATIC_SHARE * this.#budget) - this.#given);
    const kind = this.#changes === 1 ? 'oneChange' : 'more';
    for (const { stem, point, thread } of spread(places, room))
      this.#next.push({
        schedule: plan([...cut(stem.turns, point), { thread, points: 0 }]),
        kind,
        changes: this.#changes,
        from: point,
      });
  }

  #random(): Trial {
    // A Weyl sequence: neighbouring numbers give seeds that have nothing in common.
    const seed = (this.#seed + this.#given * 0x9e3779b1) >>> 0;
    const common = { kind: 'random', changes: 0, from: 0 } as const;
    const round = Math.floor(this.#given / WAYS);
    const way = this.#given % WAYS;
    if (way === 0) return { schedule: { policy: 'random', seed, odds: ODDS[round % ODDS.length] ?? 16 }, ...common };
    if (way > 1) {
      const turns = BLOCK_TURNS[(round + way) % BLOCK_TURNS.length] ?? 8;
      return { schedule: { policy: 'blocks', seed, odds: Math.ceil(this.#blocks / turns) }, ...common };
    }
    const changes = Array.from({ length: PCT_CHANGES }, (_, i) => 1 + (mix(seed + i) % this.#points));
    return { schedule: { policy: 'pct', seed, changes: changes.sort((a, b) => a - b) }, ...common };
  }
}

const plan = (turns: Turn[]): Schedule => ({ policy: 'plan', turns });

interface Branch {
  stem: Stem;
  point: number;
  thread: number;
}

function branches(stem: Stem, threads: number): Branch[] {
  const found: Branch[] = [];
  for (let point = stem.from + 1; point <= stem.ready.length; point++) {
    const bits = stem.ready[point - 1] ?? 0;
    for (let thread = 0; thread < threads; thread++)
      if (bits & (1 << thread) && thread !== bits >> 4) found.push({ stem, point, thread });
  }
  return found;
}

/** The turns up to a point, the last one ending there. */
function cut(turns: readonly PassedTurn[], point: number): Turn[] {
  const before: PassedTurn[] = [];
  let left = point;
  for (const turn of turns) {
    if (turn.points >= left) return [...planOf(before), { thread: turn.thread, points: left }];
    before.push(turn);
    left -= turn.points;
  }
  return planOf(before);
}

/** All, or so many of them, spread evenly, each next one far from those before. */
function spread<T>(all: readonly T[], most: number): T[] {
  if (all.length <= most) return [...all];
  const chosen = new Set<number>();
  for (let i = 0; chosen.size < most; i++) {
    let at = Math.floor(((i * GOLDEN) % 1) * all.length);
    while (chosen.has(at)) at = (at + 1) % all.length;
    chosen.add(at);
  }
  return [...chosen].map((at) => all[at] as T);
}

/** Mixes a word well (Murmur3's finaliser). */
function mix(word: number): number {
  let h = word >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

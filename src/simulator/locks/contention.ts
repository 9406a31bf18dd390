// SPDX-License-Identifier: GPL-2.0-or-later
// A recorded profile of locks, replayed as N processors that contend: a discrete-event simulation of our own. In: what
// operations did and for how long they held which locks, in basic blocks. Out: how long an operation waits, in the same
// unit. No clock and no chance: equal profiles give equal figures. docs/locks.md names what it assumes.

/** One lock's sections in one operation, spread evenly over it. */
export interface Section {
  lock: string;
  shared: boolean;
  times: number;
  /** Basic blocks under the lock, over all times. */
  blocks: number;
}

export interface Operation {
  /** Basic blocks of the whole operation. */
  blocks: number;
  sections: Section[];
}

/** Processors of the points of a curve. */
export const PROCESSORS = [1, 2, 4, 8, 16, 32, 64] as const;

/** Operations that each processor does: enough for queues to become as long as they will be. */
const ROUNDS = 40;

interface Stretch {
  /** Blocks before the lock is asked for, and under it. */
  before: number;
  lock: number;
  shared: boolean;
  under: number;
}

/** Mean blocks that one operation waits for locks, for each number of processors. */
export function waiting(operations: readonly Operation[], processors: readonly number[] = PROCESSORS): number[] {
  const locks = [...new Set(operations.flatMap(({ sections }) => sections.map(({ lock }) => lock)))].sort();
  const stretches = operations.map((operation) => stretch(operation, locks));
  return processors.map((count) => replay(operations, stretches, locks.length, count));
}

/** Sections of one lock and mode are equally long; what is not under a lock is spread evenly between them. */
function stretch({ blocks, sections }: Operation, locks: readonly string[]): Stretch[] {
  const parts = sections.flatMap(({ lock, shared, times, blocks: held }) =>
    Array.from({ length: times }, (_, i) => ({
      lock: locks.indexOf(lock),
      shared,
      under: portion(held, times, i),
      at: (i + 0.5) / times,
    })),
  );
  parts.sort((a, b) => a.at - b.at || a.lock - b.lock || Number(a.shared) - Number(b.shared));
  const free = Math.max(0, blocks - parts.reduce((sum, { under }) => sum + under, 0));
  return parts.map(({ lock, shared, under }, i) => ({
    before: portion(free, parts.length + 1, i),
    lock,
    shared,
    under,
  }));
}

/** The i-th of n whole parts that sum to the whole. */
function portion(whole: number, n: number, i: number): number {
  return Math.floor((whole * (i + 1)) / n) - Math.floor((whole * i) / n);
}

interface Processor {
  operation: number;
  stretch: number;
  done: number;
  asked: number;
}

/** First come, first served; readers share; a reader comes after a writer that waits. Handing over costs nothing. */
class Lock {
  readers = 0;
  writing = false;
  readonly queue: { who: number; shared: boolean }[] = [];

  /** Those that get the lock now, in their order. */
  *admitted(): Iterable<number> {
    for (;;) {
      const [next] = this.queue;
      if (next === undefined || this.writing || (!next.shared && this.readers > 0)) return;
      this.queue.shift();
      if (next.shared) this.readers++;
      else this.writing = true;
      yield next.who;
    }
  }

  release(shared: boolean): void {
    if (shared) this.readers--;
    else this.writing = false;
  }
}

/** What happens next, in the order of time, then of being planned. */
class Agenda {
  readonly #heap: { time: number; order: number; who: number; ends: boolean }[] = [];
  #planned = 0;

  add(time: number, who: number, ends: boolean): void {
    const heap = this.#heap;
    let at = heap.push({ time, order: this.#planned++, who, ends }) - 1;
    for (let up = (at - 1) >> 1; at > 0 && this.#before(at, up); at = up, up = (at - 1) >> 1) this.#swap(at, up);
  }

  next() {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      let least = at;
      if (left < heap.length && this.#before(left, least)) least = left;
      if (left + 1 < heap.length && this.#before(left + 1, least)) least = left + 1;
      if (least === at) return first;
      this.#swap(at, least);
      at = least;
    }
  }

  #before(a: number, b: number): boolean {
    const [x, y] = [this.#heap[a], this.#heap[b]];
    if (x === undefined || y === undefined) return false;
    return x.time < y.time || (x.time === y.time && x.order < y.order);
  }

  #swap(a: number, b: number): void {
    const [x, y] = [this.#heap[a], this.#heap[b]];
    if (x === undefined || y === undefined) return;
    this.#heap[a] = y;
    this.#heap[b] = x;
  }
}

/** Every processor does all operations in turn, each beginning with another one and somewhat later than the one before. */
function replay(operations: readonly Operation[], stretches: Stretch[][], lockCount: number, count: number): number {
  if (operations.length === 0 || stretches.every((parts) => parts.length === 0)) return 0;
  const rounds = Math.max(ROUNDS, operations.length);
  const mean = operations.reduce((sum, { blocks }) => sum + blocks, 0) / operations.length;
  const locks = Array.from({ length: lockCount }, () => new Lock());
  const agenda = new Agenda();
  const processors: Processor[] = [];
  let waited = 0;
  const partOf = ({ operation, stretch: at }: Processor): Stretch | undefined => stretches[operation]?.[at];
  /** Goes on at a time with what comes before the next section, through operations that have none. */
  const goOn = (time: number, who: number, processor: Processor): void => {
    let at = time;
    while (processor.done < rounds) {
      const part = partOf(processor);
      if (part !== undefined) {
        agenda.add(at + part.before, who, false);
        return;
      }
      const parts = stretches[processor.operation] ?? [];
      const used = parts.reduce((sum, { before, under }) => sum + before + under, 0);
      at += Math.max(0, (operations[processor.operation]?.blocks ?? 0) - used);
      processor.done++;
      processor.operation = (processor.operation + 1) % operations.length;
      processor.stretch = 0;
    }
  };
  for (let who = 0; who < count; who++) {
    const processor = { operation: who % operations.length, stretch: 0, done: 0, asked: 0 };
    processors.push(processor);
    goOn(Math.floor((who * mean) / count), who, processor);
  }
  for (let event = agenda.next(); event !== undefined; event = agenda.next()) {
    const processor = processors[event.who];
    const part = processor && partOf(processor);
    const lock = part && locks[part.lock];
    if (processor === undefined || part === undefined || lock === undefined) continue;
    if (event.ends) {
      lock.release(part.shared);
      processor.stretch++;
      goOn(event.time, event.who, processor);
    } else {
      processor.asked = event.time;
      lock.queue.push({ who: event.who, shared: part.shared });
    }
    for (const who of lock.admitted()) {
      const admitted = processors[who];
      const under = admitted && partOf(admitted)?.under;
      if (admitted === undefined || under === undefined) continue;
      waited += event.time - admitted.asked;
      agenda.add(event.time + under, who, true);
    }
  }
  return Math.round(waited / (count * rounds));
}

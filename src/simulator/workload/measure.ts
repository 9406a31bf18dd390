// SPDX-License-Identifier: GPL-2.0-or-later
// What a machine holds and what it did, at one mark of a workload. Exact and the same in every run.
import type { MeteredMachine, ObjectCount, Task } from '../../machine/values.ts';
import { LIMITS } from '../limits.ts';
import type { LoadForks, LoadMark, LoadObject, LoadWalks } from './values.ts';

export class Measurer {
  readonly #machine: MeteredMachine;
  /** Objects of a machine without processes. */
  readonly #idle: ReadonlyMap<string, number>;
  #forks = noForks();
  #before = new Map<string, number>();
  #operations: Record<string, number> = {};

  /** idle: live objects by cache of a quiet machine without any process. */
  constructor(machine: MeteredMachine, idle: ReadonlyMap<string, number>) {
    this.#machine = machine;
    this.#idle = idle;
    machine.meter.watchLocks(true);
  }

  beforeFork(): void {
    this.#before = this.#machine.meter.allocated();
  }

  afterFork(child: Task): void {
    const forks = this.#forks;
    forks.count++;
    forks.blocks += this.#machine.meter.lastBlocks();
    for (const [object, count] of this.#machine.meter.allocated()) {
      const by = count - (this.#before.get(object) ?? 0);
      if (by > 0) forks.objects[object] = (forks.objects[object] ?? 0) + by;
    }
    forks.pageTableBytes += this.#machine.meter.pageTableBytes(child);
  }

  /** In: the counts that the machine gave for the mark, the processes alive, and steps done so far. */
  mark(
    name: string,
    counts: readonly ObjectCount[],
    tasks: Iterable<Task>,
    operations: Readonly<Record<string, number>>,
  ): LoadMark {
    const { meter } = this.#machine;
    const locks = meter.locks();
    const alive = [...tasks];
    const objects = this.#objects(counts);
    const walks = this.#walks();
    const mark: LoadMark = {
      name,
      processes: alive.length,
      objects,
      slabBytes: objects.reduce((sum, { live, size }) => sum + live * size, 0),
      pageTableBytes: alive.reduce((sum, task) => sum + meter.pageTableBytes(task), 0),
      ...walks,
      forks: this.#forks,
      locks,
      operations: this.#since(operations),
    };
    return mark;
  }

  /** After all that looks at a mark has run: what it cost is not the workload's. */
  next(): void {
    this.#forks = noForks();
    this.#machine.meter.watchLocks(true);
  }

  #objects(counts: readonly ObjectCount[]): LoadObject[] {
    return counts
      .map(({ object, live, rcuPending, size }) => {
        return { object, live: live - (this.#idle.get(object) ?? 0), rcuPending, size };
      })
      .filter(({ live, rcuPending }) => live !== 0 || rcuPending !== 0);
  }

  #since(operations: Readonly<Record<string, number>>): Record<string, number> {
    const since: Record<string, number> = {};
    for (const [op, count] of Object.entries(operations)) {
      const by = count - (this.#operations[op] ?? 0);
      if (by > 0) since[op] = by;
    }
    this.#operations = { ...operations };
    return since;
  }

  #walks(): Pick<LoadMark, 'folios' | 'walkedEvery' | 'anonWalks' | 'fileWalks'> {
    const { meter } = this.#machine;
    const frames = meter.userFrames();
    const walkedEvery = Math.max(1, Math.ceil(frames.length / LIMITS.walksPerMark));
    const anonWalks = noWalks();
    const fileWalks = noWalks();
    for (let i = 0; i < frames.length; i += walkedEvery) {
      const folio = this.#machine.folio(frames[i] ?? 0);
      if (folio === undefined || folio.mapcount === 0) continue;
      const { visits, blocks } = meter.walk(folio.pfn);
      const walks = folio.anon ? anonWalks : fileWalks;
      walks.walked++;
      walks.visits += visits;
      walks.worst = Math.max(walks.worst, visits);
      walks.blocks += blocks;
    }
    return { folios: frames.length, walkedEvery, anonWalks, fileWalks };
  }
}

const noWalks = (): LoadWalks => ({ walked: 0, visits: 0, worst: 0, blocks: 0 });
const noForks = (): LoadForks => ({ count: 0, objects: {}, pageTableBytes: 0, blocks: 0 });

// SPDX-License-Identifier: GPL-2.0-or-later
// A small world for the compiler: a tree and a machine of a few files each, in a temporary folder.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ObjectCache } from '../../src/kernel/cache.ts';
import { type ObjectMeta, unitRun } from '../../src/kernel/compile.ts';
import type { UnitOptions } from '../../src/kernel/flags.ts';
import { HostRoot } from '../../src/kernel/host-root.ts';
import { CompilerPool, type PoolOptions } from '../../src/kernel/pool.ts';
import { Store } from '../../src/kernel/store.ts';
import { Sources } from '../../src/kernel/vfs.ts';
import type { OpenSources } from '../../src/kernel/worker-protocol.ts';
import type { Overlay } from '../../src/tree/values.ts';

/** What every unit is made to include; empty ones do for us. */
const FORCED = ['compiler-version.h', 'kconfig.h', 'compiler_types.h'];

export const OPTIONS: UnitOptions = { instrument: false, optimise: 0, pch: false, defines: [], machine: false };

export class World {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'rmapbot-kernel-'));
  readonly tree = path.join(this.folder, 'tree');
  readonly machine = path.join(this.folder, 'machine');
  readonly store = new Store(path.join(this.folder, 'cache'));
  readonly #pools: CompilerPool[] = [];

  constructor(files: Record<string, string> = {}) {
    for (const name of FORCED) this.write(`tree/include/linux/${name}`, '');
    this.write('machine/include/force.h', '');
    for (const [name, text] of Object.entries(files)) this.write(`tree/${name}`, text);
  }

  write(file: string, text: string): void {
    const full = path.join(this.folder, file);
    mkdirSync(path.dirname(full), { recursive: true });
    writeFileSync(full, text);
  }

  /** The sources as the object cache looks at them now. */
  sources(overlay: Overlay = new Map()): Sources {
    return new Sources(new HostRoot(this.tree, overlay), new HostRoot(this.machine), []);
  }

  open(overlay: Overlay = new Map()): OpenSources {
    const sources = this.sources(overlay);
    return { treeRoot: sources.tree.root, machineRoot: sources.machine.root, overlay, memory: sources.memory };
  }

  pool(options: PoolOptions = {}): CompilerPool {
    const pool = new CompilerPool(this.open(), { jobs: 1, ...options });
    this.#pools.push(pool);
    return pool;
  }

  /** Cache and name of a unit's run over the sources as they are now. */
  cached(unit: string, overlay: Overlay = new Map()) {
    const cache = new ObjectCache<ObjectMeta>(this.store, 'objects', this.sources(overlay));
    const run = unitRun('test', { path: unit, options: OPTIONS }, undefined);
    return { cache, run, key: cache.find(run)?.key };
  }

  remove(): void {
    for (const pool of this.#pools) pool.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

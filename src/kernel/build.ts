// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel room. In: a tree, an overlay of changed files, a configuration. Out: an Image (module, struct layouts,
// source lines), or the compiler's and linker's own words. Everything is cached by what it reads.
import path from 'node:path';
import { cacheRoot } from '../cache-dir.ts';
import type { Overlay, SourceTree } from '../tree/values.ts';
import { ObjectCache } from './cache.ts';
import { type Compiled, compilePch, compileUnit, type ObjectMeta, PCH_FILE, pchRun, unitRun } from './compile.ts';
import { HostRoot } from './host-root.ts';
import { link } from './link.ts';
import { compilerVersion } from './llvm.ts';
import { pchHeader, pchVariant } from './pch.ts';
import { CompilerPool } from './pool.ts';
import { Store } from './store.ts';
import { listUnits, type Unit } from './units.ts';
import type { BuildFailure, ConfigName, Diagnostic } from './values.ts';
import { GENERATED, Sources } from './vfs.ts';

/** Called when a unit begins or is done; name is the unit's path, or "link". */
export type Progress = (done: number, total: number, name: string) => void;

export interface BuildRequest {
  tree: SourceTree;
  overlay: Overlay;
  config: ConfigName;
  /** "" or "all-new". */
  variant: string;
  /** Compiler processes at most. */
  jobs?: number;
  onProgress?: Progress;
  /** Further units of the tree: files that a series adds to mm/Makefile. */
  extraUnits?: string[];
  signal?: AbortSignal;
}

export interface Prepared extends BuildRequest {
  /** Generated headers by path below the generated include folder. */
  generated: Map<string, string>;
  enabled: (symbol: string) => boolean;
  machineFolder: string;
}

export interface Objects {
  /** Unit path -> key of its object. */
  keys: Map<string, string>;
  warnings: Diagnostic[];
  failures: BuildFailure[];
}

/** Where the room keeps objects and images. */
export function kernelStore(): Store {
  return new Store(path.join(cacheRoot(), 'kernel'));
}

export class Build {
  readonly request: Prepared;
  readonly store: Store;
  readonly sources: Sources;
  readonly objects: ObjectCache<ObjectMeta>;
  readonly #version = compilerVersion();
  #pool: CompilerPool | undefined;

  constructor(request: Prepared, store: Store = kernelStore()) {
    this.request = request;
    this.store = store;
    const memory = new Map<string, Uint8Array>();
    for (const [name, text] of request.generated) memory.set(`${GENERATED}/include/${name}`, Buffer.from(text));
    const tree = new HostRoot(request.tree.root, request.overlay);
    this.sources = new Sources(tree, new HostRoot(request.machineFolder), memory);
    this.sources.add(`${GENERATED}/pch.h`, Buffer.from(pchHeader(this.sources)));
    this.objects = new ObjectCache(store, 'objects', this.sources);
  }

  /** The compiler processes, started at the first need. */
  pool(): CompilerPool {
    this.#pool ??= new CompilerPool(
      {
        type: 'open',
        treeRoot: this.sources.tree.root,
        machineRoot: this.sources.machine.root,
        overlay: this.request.overlay,
        memory: this.sources.memory,
      },
      { jobs: this.request.jobs, signal: this.request.signal },
    );
    return this.#pool;
  }

  close(): void {
    this.#pool?.close();
  }

  /** Compiles all units. */
  async compile(): Promise<Objects> {
    const { machineFolder, enabled, extraUnits, config } = this.request;
    const { units, lacking } = listUnits(machineFolder, this.sources, enabled, extraUnits);
    const failures = lacking.map(
      (unit): BuildFailure => ({
        unit,
        config,
        diagnostics: [{ severity: 'error', file: unit, line: 0, column: 0, message: 'the tree has no such file' }],
      }),
    );
    const result: Objects = { keys: new Map(), warnings: [], failures };
    const pchKeys = await this.#pchKeys(units);
    const missing: { unit: Unit; run: string; pch: boolean }[] = [];
    for (const unit of units) {
      const pchKey = pchKeys.get(pchVariant(unit.options));
      const run = unitRun(this.#version, unit, pchKey);
      const key = this.objects.find(run);
      const known = key === undefined ? undefined : this.objects.load(key);
      if (known) this.#note(result, unit, { key: known.key, warnings: known.meta.warnings });
      else missing.push({ unit, run, pch: pchKey !== undefined });
    }
    await this.#compileMissing(missing, pchKeys, units.length, result);
    return result;
  }

  async #compileMissing(
    missing: { unit: Unit; run: string; pch: boolean }[],
    pchKeys: Map<string, string>,
    total: number,
    result: Objects,
  ): Promise<void> {
    const size = ({ unit }: { unit: Unit }) => {
      const node = this.sources.lookup(unit.path);
      return node?.kind === 'file' ? node.size : 0;
    };
    let done = total - missing.length;
    const ordered = missing.toSorted((a, b) => size(b) - size(a));
    for (const variant of new Set(ordered.filter(({ pch }) => pch).map(({ unit }) => pchVariant(unit.options)))) {
      const pch = this.objects.load(pchKeys.get(variant) ?? '');
      if (pch) this.pool().add(`${PCH_FILE}${variant}`, pch.content);
    }
    await Promise.all(
      ordered.map(async ({ unit, run, pch }) => {
        const compiled = await compileUnit(unit, run, pch, this.pool(), this.objects);
        this.#note(result, unit, compiled);
        this.request.onProgress?.(++done, total, unit.path);
      }),
    );
  }

  /** Keys of the precompiled headers by variant; without one where the header does not compile. */
  async #pchKeys(units: Unit[]): Promise<Map<string, string>> {
    const keys = new Map<string, string>();
    const wanted = new Map(units.filter((unit) => unit.options.pch).map((unit) => [pchVariant(unit.options), unit]));
    await Promise.all(
      [...wanted].map(async ([variant, unit]) => {
        const run = pchRun(this.#version, unit.options);
        const known = this.objects.find(run);
        if (known !== undefined && this.objects.load(known)) keys.set(variant, known);
        else {
          const made = await compilePch(run, unit.options, this.pool(), this.objects);
          if ('key' in made) keys.set(variant, made.key);
        }
      }),
    );
    return keys;
  }

  #note(result: Objects, unit: Unit, compiled: Compiled): void {
    if ('key' in compiled) {
      result.keys.set(unit.path, compiled.key);
      result.warnings.push(...compiled.warnings);
    } else {
      result.failures.push({ unit: unit.path, config: this.request.config, diagnostics: compiled.errors });
    }
  }

  /** Links compiled objects, in a fixed order. */
  async link(keys: Map<string, string>): Promise<{ module: Uint8Array; warnings: string[] } | { failure: string }> {
    const objects = [...keys]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([unit, key]): [string, Uint8Array] => {
        const object = this.objects.load(key);
        if (!object) throw new Error(`the object of ${unit} vanished from the cache`);
        return [unit, object.content];
      });
    return link(objects, this.pool());
  }
}

// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel room. In: a tree, an overlay of changed files, a configuration. Out: an Image (module, struct layouts,
// source lines), or the compiler's and linker's own words. Everything is cached by what it reads.

import { materialise } from '../tree/materialise.ts';
import { WRAPPED } from '../tree/selection.ts';
import type { Overlay, SourceTree } from '../tree/values.ts';
import { CodeCache } from './code-cache.ts';
import { assemblyCompiler } from './config/assembly.ts';
import { generateConfig } from './config/generate.ts';
import { MACHINE_FOLDER } from './config/machine-files.ts';
import { OffsetUnitError } from './config/offsets.ts';
import { newUnits } from './config/units.ts';
import type { GeneratedFiles } from './config/values.ts';
import { HostRoot } from './host-root.ts';
import { ImageBuild } from './image-build.ts';
import { CompilerPool } from './pool.ts';
import { kernelStore, type Store } from './store.ts';
import type { BuildFailure, ConfigName, Diagnostic, Image } from './values.ts';

export { kernelStore } from './store.ts';

/** Called when a unit is done; name is the unit's path, or "link". */
export type Progress = (done: number, total: number, name: string) => void;

export interface BuildRequest {
  tree: SourceTree;
  overlay: Overlay;
  config: ConfigName;
  /** "" for the author's defaults of new symbols, "all-new" for everything new on. */
  variant: '' | 'all-new';
  /** What the series' prerequisites lay over the tree, part of `overlay`: their Kconfig symbols are not new. */
  base?: Overlay;
  /** Compiler processes at most; without it as many as the machine runs at once. */
  jobs?: number;
  /**
   * For measuring and for large worlds: the same units at -O2, without coverage. Such an image has no step fuel (endless
   * code ends by the time limit of its process) and executes no blocks.
   */
  measured?: boolean;
  /** A pool for this tree (compilerPool()), for several builds one after the other. */
  pool?: CompilerPool;
  /** Among the builds that share a pool, those of a lower rank go first; default 0. */
  rank?: number;
  onProgress?: Progress;
  /** Further units of the tree, beside those that the overlay adds to a Makefile. */
  extraUnits?: string[];
  /** Compile everything though a unit has failed: for work on the machine itself. */
  keepGoing?: boolean;
  signal?: AbortSignal;
  /** Default: the cache folder's. */
  store?: Store;
  /** Default: simulations/machine. */
  machineFolder?: string;
}

const NOTHING: Overlay = new Map();

export type BuildResult =
  | { image: Image; warnings: Diagnostic[]; generated: GeneratedFiles }
  | { failure: BuildFailure; all: BuildFailure[] };

/** Compiler processes for builds of one tree. To be closed by the caller. */
export function compilerPool(
  tree: SourceTree,
  options: { jobs?: number; store?: Store; machineFolder?: string; signal?: AbortSignal } = {},
): CompilerPool {
  const { store = kernelStore(), machineFolder = MACHINE_FOLDER } = options;
  const sources = {
    treeRoot: new HostRoot(tree.root).root,
    machineRoot: new HostRoot(machineFolder).root,
    overlay: new Map(),
    memory: new Map(),
  };
  return new CompilerPool(sources, { ...options, code: new CodeCache(store) });
}

/**
 * Builds one image. Throws InputError where the tree is not one that we can configure, Error where we are at fault;
 * what the compiler or linker refuses comes back as a failure: the first one in a fixed order, so that equal requests
 * fail equally.
 */
export async function buildImage(request: BuildRequest): Promise<BuildResult> {
  const { tree, overlay, config, variant, base = NOTHING, signal, store = kernelStore() } = request;
  const machineFolder = request.machineFolder ?? MACHINE_FOLDER;
  // A tree fetched by an older version of ours may lack them.
  await materialise(tree, WRAPPED);
  const pool = request.pool ?? compilerPool(tree, { ...request, store, machineFolder });
  try {
    const compile = assemblyCompiler(tree, overlay, {
      ...{ machineFolder, store, pool, rank: request.rank ?? 0 },
      ...(signal && { signal }),
    });
    const generated = await generateConfig(tree, overlay, config, variant, base, compile, 64, store);
    const added = await newUnits(tree, overlay, generated.symbols);
    const extraUnits = [...(request.extraUnits ?? []), ...added];
    const build = new ImageBuild({ ...request, extraUnits, generated, machineFolder }, pool, store);
    const result = await build.run();
    if (!('image' in result)) return result;
    return {
      ...result,
      image: { ...result.image, features: [...generated.features], ...(request.measured && { measured: true }) },
      generated,
    };
  } catch (error) {
    if (!(error instanceof OffsetUnitError)) throw error;
    const failure = { unit: error.unit, config, diagnostics: error.diagnostics };
    return { failure, all: [failure] };
  } finally {
    if (!request.pool) pool.close();
  }
}

// SPDX-License-Identifier: GPL-2.0-or-later
// Compiles the units whose assembly text gives constants (offsets.ts). In: tree, overlay, our machine's folder.
// Out: a CompileToAssembly for generateConfig. Answers are kept in the object cache; a unit that does not compile is an
// OffsetUnitError with the compiler's words.
import type { Overlay, SourceTree } from '../../tree/values.ts';
import { ObjectCache } from '../cache.ts';
import { parseDiagnostics, runFailure } from '../diagnostics.ts';
import { commonArguments, type UnitOptions } from '../flags.ts';
import { HostRoot } from '../host-root.ts';
import { compilerVersion } from '../llvm.ts';
import { CompilerPool } from '../pool.ts';
import { kernelStore, keyOf, type Store } from '../store.ts';
import { GENERATED, OUT, Sources } from '../vfs.ts';
import type { CompileToAssembly } from './generate.ts';
import { MACHINE_FOLDER } from './machine-files.ts';
import { OffsetUnitError } from './offsets.ts';

const OUTPUT = `${OUT}/unit.s`;

/** Neither instrumented nor precompiled; -O1 so that constants are folded. */
const OPTIONS: UnitOptions = { instrument: false, optimise: 1, pch: false, defines: [], machine: false };

export interface AssemblyOptions {
  /** simulations/machine, or a copy of it. */
  machineFolder?: string;
  store?: Store;
  signal?: AbortSignal;
  /** Word size; default: 64. */
  bits?: 32;
  /** Compiler processes for this tree, left open; default: one of its own. */
  pool?: CompilerPool;
  /** The rank of its jobs in that pool. */
  rank?: number;
}

/** Compiles one unit at a time, each in a process of its own. */
export function assemblyCompiler(
  tree: SourceTree,
  overlay: Overlay,
  { machineFolder = MACHINE_FOLDER, store = kernelStore(), signal, bits, pool: shared, rank = 0 }: AssemblyOptions = {},
): CompileToAssembly {
  return async (unit, files) => {
    const memory = new Map<string, Uint8Array>();
    for (const [name, text] of files) memory.set(`${GENERATED}/include/${name}`, Buffer.from(text));
    const sources = new Sources(new HostRoot(tree.root, overlay), new HostRoot(machineFolder), memory);
    const cache = new ObjectCache<null>(store, 'assembly', sources);
    const args = [
      'clang',
      '-cc1',
      '-S',
      ...commonArguments(bits === undefined ? OPTIONS : { ...OPTIONS, bits }),
      '-o',
      OUTPUT,
      '-x',
      'c',
      unit,
    ];
    const run = keyOf(compilerVersion(), args);
    const found = cache.find(run);
    const known = found && cache.load(found.key);
    if (known !== undefined) return Buffer.from(known).toString('utf8');

    const seen = { treeRoot: sources.tree.root, machineRoot: sources.machine.root, overlay, memory: sources.memory };
    const pool = shared ?? new CompilerPool(seen, signal === undefined ? { jobs: 1 } : { jobs: 1, signal });
    try {
      const result = await pool.session(seen, rank).run({ args, inputs: [], outputs: [OUTPUT] });
      const output = result.outputs.get(OUTPUT);
      if (result.code !== 0 || output === undefined) {
        const died = result.died === undefined ? [] : [runFailure(unit, result.died)];
        throw new OffsetUnitError(unit, [...parseDiagnostics(unit, result.stderr), ...died]);
      }
      cache.keep(run, result.dependencies, null, output);
      return Buffer.from(output).toString('utf8');
    } finally {
      if (shared === undefined) pool.close();
    }
  };
}

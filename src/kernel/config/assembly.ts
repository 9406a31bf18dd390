// SPDX-License-Identifier: GPL-2.0-or-later
// Compiles the units whose assembly text gives constants (offsets.ts). In: tree, overlay, our machine's folder.
// Out: a CompileToAssembly for generateConfig. One compiler process, closed after each unit.
import { InputError } from '../../errors.ts';
import type { Overlay, SourceTree } from '../../tree/values.ts';
import { commonArguments } from '../flags.ts';
import { HostRoot } from '../host-root.ts';
import { CompilerPool } from '../pool.ts';
import { GENERATED, OUT, Sources } from '../vfs.ts';
import type { CompileToAssembly } from './generate.ts';
import { MACHINE_FOLDER } from './machine-files.ts';

const OUTPUT = `${OUT}/unit.s`;

/** Compiles without instrumentation or precompiled header. InputError with the compiler's words if a unit does not compile. */
export function assemblyCompiler(
  tree: SourceTree,
  overlay: Overlay,
  machineFolder = MACHINE_FOLDER,
  signal?: AbortSignal,
): CompileToAssembly {
  return async (unit, files) => {
    const memory = new Map<string, Uint8Array>();
    for (const [name, text] of files) memory.set(`${GENERATED}/include/${name}`, Buffer.from(text));
    const sources = new Sources(new HostRoot(tree.root, overlay), new HostRoot(machineFolder), memory);
    const pool = new CompilerPool(
      {
        type: 'open',
        treeRoot: sources.tree.root,
        machineRoot: sources.machine.root,
        overlay,
        memory: sources.memory,
      },
      signal === undefined ? { jobs: 1 } : { jobs: 1, signal },
    );
    try {
      const options = { instrument: false, optimise: 1 as const, pch: false, defines: [], machine: false };
      const result = await pool.run({
        args: ['clang', '-cc1', '-S', ...commonArguments(options), '-o', OUTPUT, '-x', 'c', unit],
        inputs: [],
        outputs: [OUTPUT],
      });
      const output = result.outputs.get(OUTPUT);
      if (result.code !== 0 || output === undefined)
        throw new InputError(`${unit}: ${result.died ?? result.stderr.trim().slice(0, 2000)}`);
      return Buffer.from(output).toString('utf8');
    } finally {
      pool.close();
    }
  };
}

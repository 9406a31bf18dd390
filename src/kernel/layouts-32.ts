// SPDX-License-Identifier: GPL-2.0-or-later
// Struct layouts of a 32-bit kernel of the same choices. In: tree and overlay. Out: layouts by name, or why there are
// none. Nothing of it is linked or run: the headers alone are compiled, with simulations/machine/arch32 before arch.
import type { Overlay, SourceTree } from '../tree/values.ts';
import { ObjectCache } from './cache.ts';
import { assemblyCompiler } from './config/assembly.ts';
import { generateConfig } from './config/generate.ts';
import { MACHINE_FOLDER } from './config/machine-files.ts';
import { OffsetUnitError } from './config/offsets.ts';
import { HostRoot } from './host-root.ts';
import { PROBE_FILE, probeLayouts, probeText } from './layout-probe.ts';
import { compilerVersion } from './llvm.ts';
import type { CompilerPool } from './pool.ts';
import { kernelStore, type Store } from './store.ts';
import type { Diagnostic, StructLayout } from './values.ts';
import { GENERATED, Sources } from './vfs.ts';

export type NarrowLayouts = { layouts: Record<string, StructLayout> } | { notBuilt: string };

/** pool: compiler processes of this tree. base, rank: as for buildImage. Throws InputError where the tree cannot be configured. */
export async function layouts32(
  tree: SourceTree,
  overlay: Overlay,
  base: Overlay,
  pool: CompilerPool,
  { store = kernelStore(), rank = 0 }: { store?: Store; rank?: number } = {},
): Promise<NarrowLayouts> {
  try {
    const compile = assemblyCompiler(tree, overlay, { store, pool, rank, bits: 32 });
    const generated = await generateConfig(tree, overlay, 'prod', '', base, compile, 32, store);
    const memory = new Map<string, Uint8Array>();
    for (const [name, text] of generated.files) memory.set(`${GENERATED}/include/${name}`, Buffer.from(text));
    const sources = new Sources(new HostRoot(tree.root, overlay), new HostRoot(MACHINE_FOLDER), memory);
    sources.add(PROBE_FILE, Buffer.from(probeText(sources)));
    const session = pool.session(
      {
        treeRoot: sources.tree.root,
        machineRoot: sources.machine.root,
        overlay,
        memory: sources.memory,
      },
      rank,
    );
    const cache = new ObjectCache<null>(store, 'layouts', sources);
    const probed = await probeLayouts(compilerVersion(), () => session, cache, undefined, 32);
    if ('errors' in probed) return { notBuilt: words(probed.errors) };
    const json = probed.json();
    if (json === undefined) return { notBuilt: 'the cached layouts are damaged' };
    return { layouts: JSON.parse(Buffer.from(json).toString('utf8')) as Record<string, StructLayout> };
  } catch (error) {
    if (error instanceof OffsetUnitError) return { notBuilt: words(error.diagnostics) };
    throw error;
  }
}

/** The compiler's first error in one line. */
function words(diagnostics: readonly Diagnostic[]): string {
  const first = diagnostics.find(({ severity }) => severity === 'error');
  if (first === undefined) return 'the headers do not compile for 32 bits';
  return `the headers do not compile for 32 bits: ${first.file}:${first.line}: ${first.message}`;
}

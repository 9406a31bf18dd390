// SPDX-License-Identifier: GPL-2.0-or-later
// The configuration room. In: a tree with a series laid over it, the configuration's name, the variant of new symbols.
// Out: the generated include directory (autoconf.h, version.h, wrappers, feature probes, offsets), the symbols, the features.
// OUT goes into the include order after the tree's include/, OUT/generated/uapi after the tree's include/uapi.
import { InputError } from '../../errors.ts';
import type { Overlay, SourceTree } from '../../tree/values.ts';
import type { Store } from '../store.ts';
import type { ConfigName } from '../values.ts';
import { autoconfHeader } from './autoconf.ts';
import { featuresHeader, probeFeatures, readProbes } from './features.ts';
import { OFFSET_UNITS, offsetsHeader, zeroOffsets } from './offsets.ts';
import { treeReader } from './read.ts';
import { evaluateSymbols } from './symbols.ts';
import { timeconstHeader } from './timeconst.ts';
import type { GeneratedFiles } from './values.ts';
import { readVersion, utsreleaseHeader, versionHeader } from './version.ts';
import { genericWrappers } from './wrappers.ts';

/** Compiles one unit of the tree with the files generated so far, and gives its assembly text (clang -S). */
export type CompileToAssembly = (unit: string, files: ReadonlyMap<string, string>) => Promise<string>;

const NO_OVERLAY: Overlay = new Map();

/**
 * Generates everything that kbuild would. `base` are the files of the series' prerequisites, whose symbols are not new.
 * Without `compile` the headers of OFFSET_UNITS are missing from the result.
 */
export async function generateConfig(
  tree: SourceTree,
  overlay: Overlay,
  config: ConfigName,
  variant: '' | 'all-new',
  base: Overlay = NO_OVERLAY,
  compile?: CompileToAssembly,
  bits: 32 | 64 = 64,
  store?: Store,
): Promise<GeneratedFiles> {
  const reader = treeReader(tree, overlay);
  const makefile = await reader.text('Makefile');
  if (makefile === undefined) throw new InputError(`${tree.label}: no Makefile: not a kernel tree`);
  const version = readVersion(makefile);
  const pristine = treeReader(tree, NO_OVERLAY);
  const under = base.size === 0 ? pristine : treeReader(tree, base);
  const symbols = await evaluateSymbols(reader, pristine, overlay, config, variant, under, bits);
  const features = await probeFeatures(await readProbes(), reader, symbols.values, store);

  const files = new Map<string, string>([
    ['generated/autoconf.h', autoconfHeader(symbols.values, symbols.types)],
    ['generated/features.h', featuresHeader(features)],
    ['generated/utsrelease.h', utsreleaseHeader(version)],
    ['generated/uapi/linux/version.h', versionHeader(version)],
    ['generated/timeconst.h', timeconstHeader(Number(symbols.values.get('HZ')))],
    // Offsets for the architecture's assembly, of which we have none.
    ['generated/asm-offsets.h', ''],
    ...(await genericWrappers(reader)),
  ]);
  if (compile !== undefined)
    for (const offsets of OFFSET_UNITS) {
      const source = await reader.text(offsets.unit);
      if (source === undefined) continue;
      const header = offsets.codeOnly
        ? zeroOffsets(source, offsets.guard)
        : offsetsHeader(await compile(offsets.unit, files), offsets);
      files.set(offsets.header, header);
    }

  return {
    files,
    symbols: symbols.values,
    newSymbols: symbols.newSymbols,
    unanswered: symbols.unanswered.map(({ macro, file, line }) => ({ macro, file, line })),
    notSelected: symbols.notSelected,
    features,
    unclaimed: symbols.unclaimed,
  };
}

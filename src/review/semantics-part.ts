// SPDX-License-Identifier: GPL-2.0-or-later
// The semantic diff as the contract shows it.
import type {
  ChangedConfig,
  ChangedFunction,
  ChangedSwitch,
  FunctionFacts,
  PatchSemantics,
  SemanticDiff,
} from '../semantics/values.ts';
import type { Review } from './values.ts';

type Semantics = Review['semantics'];
type FunctionRow = Semantics['functions'][number];
type ConfigRow = NonNullable<Semantics['config']>[number];

/** Copies what the semantics room said; what functions reach is added where images are built. */
export function semanticsPart(diff: SemanticDiff): Semantics {
  return {
    functions: diff.functions.map(functionRow),
    structs: diff.structs.map(structRow),
    areas: diff.areas.map(({ id, name, why, invariants, about, questions }) => ({
      id,
      name,
      why: [...why],
      invariants: [...invariants],
      ...(about === undefined ? {} : { about }),
      ...(questions === undefined ? {} : { questions: [...questions] }),
    })),
    outOfScope: diff.outOfScope,
    why: diff.why,
    unreadable: diff.unreadable.map(
      (one) => `${one.path}${one.function === undefined ? '' : ` ${one.function}()`}: ${one.why}`,
    ),
    config: configRows(diff.config, diff.switches ?? []),
    exports: (diff.exports ?? []).map((one) => ({ ...one, patches: [...one.patches] })),
    ...(diff.companions === undefined ? {} : { companions: diff.companions }),
    patches: diff.patches.flatMap(patchRow),
  };
}

function patchRow({ number, areas, changes }: PatchSemantics): NonNullable<Semantics['patches']> {
  if (changes === undefined) return [];
  const { functions, structs, config, switches, exports, companions } = changes;
  return [
    {
      number,
      areas: [...areas],
      functions: functions.map(functionRow),
      structs: structs.map(structRow),
      config: configRows(config, switches),
      exports: exports.map((one) => ({ ...one, patches: [...one.patches] })),
      companions,
    },
  ];
}

function functionRow({ before, after, status, startLine, endLine, ...one }: ChangedFunction): FunctionRow {
  const { name, file, patches, from, closest, unreadable } = one;
  return {
    name,
    file,
    change: status,
    patches: [...patches],
    startLine,
    endLine,
    ...(from === undefined ? {} : { from }),
    ...(closest === undefined ? {} : { closest }),
    ...(unreadable ? { unreadable } : {}),
    ...(before === undefined ? {} : { before: facts(before) }),
    ...(after === undefined ? {} : { after: facts(after) }),
  };
}

function facts({ reads, writes, locks, allocates, frees }: FunctionFacts): NonNullable<FunctionRow['before']> {
  return {
    reads: [...reads],
    writes: [...writes],
    locks: locks.map(({ lock, does, with: by }) => ({ lock, does, with: by })),
    allocates: [...allocates],
    frees: [...frees],
  };
}

const structRow = (one: SemanticDiff['structs'][number]): Semantics['structs'][number] => ({
  name: one.name,
  file: one.file,
  change: one.status,
  patches: [...one.patches],
});

function configRows(config: readonly ChangedConfig[], switches: readonly ChangedSwitch[]): ConfigRow[] {
  return [
    ...config.map(({ symbol, kind, file, patches }) => ({
      symbol,
      kind: 'kconfig' as const,
      change: kind,
      file,
      patches: [...patches],
    })),
    ...switches.map(({ symbol, kind, change, file, patches }) => ({
      symbol,
      kind,
      change,
      file,
      patches: [...patches],
    })),
  ];
}

// SPDX-License-Identifier: GPL-2.0-or-later
// What differs in the named macros of all files -> static keys and parameters, and exported symbols. What only went
// from one file to another is no change of the kernel's outside.

import type { MacroChange } from './named-macros.ts';
import type { ChangedExport, ChangedSwitch } from './values.ts';

interface Whole {
  path: string;
  macros: MacroChange[];
}

interface Step {
  file: string;
  patch: number;
  macros: MacroChange[];
}

/** In: what differs over the whole series, by file, and step by step. */
export function switchesOf(files: readonly Whole[], steps: readonly Step[]): ChangedSwitch[] {
  return combined(files, ({ kind }) => kind !== 'export').map(({ file, one }) => ({
    symbol: one.symbol,
    kind: one.kind as ChangedSwitch['kind'],
    change: one.change,
    file,
    patches: patchesOf(one, steps),
  }));
}

export function exportsOf(files: readonly Whole[], steps: readonly Step[]): ChangedExport[] {
  return combined(files, ({ kind }) => kind === 'export').map(({ file, one }) => ({
    symbol: one.symbol,
    change: one.change,
    before: one.before?.macro ?? null,
    after: one.after?.macro ?? null,
    file,
    patches: patchesOf(one, steps),
  }));
}

function combined(
  files: readonly Whole[],
  wanted: (one: MacroChange) => boolean,
): { file: string; one: MacroChange }[] {
  const all = files.flatMap(({ path, macros }) => macros.filter(wanted).map((one) => ({ file: path, one })));
  const groups = [...Map.groupBy(all, ({ one }) => `${one.kind} ${one.symbol}`).values()];
  return groups.flatMap((group) => {
    const removed = group.find(({ one }) => one.change === 'removed');
    const added = group.find(({ one }) => one.change === 'added');
    if (!removed || !added) return group.slice(0, 1);
    const [before, after] = [removed.one.before, added.one.after];
    if (before?.text === after?.text) return [];
    return [{ file: added.file, one: { ...added.one, change: 'changed' as const, before, after } }];
  });
}

const patchesOf = ({ kind, symbol }: MacroChange, steps: readonly Step[]): number[] =>
  [
    ...new Set(
      steps
        .filter(({ macros }) => macros.some((one) => one.kind === kind && one.symbol === symbol))
        .map(({ patch }) => patch),
    ),
  ].sort((a, b) => a - b);

// SPDX-License-Identifier: GPL-2.0-or-later
// Layouts of base and patched (prod) -> structs whose layout differs, and those that the series touches.
import type { StructLayout } from '../kernel/values.ts';
import type { Flavour } from './images.ts';
import { layoutRows, type NarrowSides } from './pahole.ts';
import type { StructChange } from './values.ts';

type Layouts = Record<string, StructLayout>;
type Member = StructLayout['members'][number];

/** In: layouts by name, names of structs that the series touches. Out: by name; touched ones even if equal. */
export function structChanges(
  base: Layouts,
  patched: Layouts,
  touched: ReadonlySet<string>,
  flavour: Flavour,
): StructChange[] {
  const names = new Set([...Object.keys(base), ...Object.keys(patched)]);
  const changes: StructChange[] = [];
  for (const name of [...names].sort()) {
    const before = own(base, name);
    const after = own(patched, name);
    const fields = memberChanges(before?.members ?? [], after?.members ?? []);
    if (before?.size === after?.size && fields.length === 0 && !touched.has(name)) continue;
    changes.push({ name, ...flavour, before: before?.size ?? null, after: after?.size ?? null, fields });
  }
  return changes;
}

/** A sentence for each touched type that no header of ours shows: an enum, or a struct of a .c file. */
export function withoutLayout(
  touched: readonly { name: string; file: string }[],
  base: Layouts,
  patched: Layouts,
): string[] {
  return touched
    .filter(({ name }) => own(base, name) === undefined && own(patched, name) === undefined)
    .map(
      ({ name, file }) => `no layout of ${name} (${file}): only structs of the memory management's headers have one`,
    );
}

/** The rows with both layouts whole, for 64 bits and for 32. */
export function withLayouts(
  rows: readonly StructChange[],
  base: Layouts,
  patched: Layouts,
  narrow: NarrowSides,
): StructChange[] {
  return rows.map((row) => ({
    ...row,
    layouts: layoutRows(row.name, own(base, row.name), own(patched, row.name), narrow),
  }));
}

function own(layouts: Layouts, name: string): StructLayout | undefined {
  return Object.hasOwn(layouts, name) ? layouts[name] : undefined;
}

function memberChanges(before: Member[], after: Member[]): StructChange['fields'] {
  const old = new Map(before.map((member) => [member.name, member]));
  const now = new Map(after.map((member) => [member.name, member]));
  const fields: StructChange['fields'] = [];
  for (const name of [...now.keys(), ...[...old.keys()].filter((key) => !now.has(key))]) {
    const [from, to] = [old.get(name), now.get(name)];
    if (from && to && from.offset === to.offset && from.size === to.size && from.bitOffset === to.bitOffset) continue;
    fields.push({ name, before: place(from), after: place(to) });
  }
  return fields;
}

function place(member: Member | undefined): { offset: number; size: number } | null {
  return member ? { offset: member.offset, size: member.size } : null;
}

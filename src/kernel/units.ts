// SPDX-License-Identifier: GPL-2.0-or-later
// Which translation units make an image. In: simulations/machine/units.yaml, our machine's .c files, the tree and its
// configuration. Out: units with their options, and the listed ones that the tree lacks.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { UnitOptions } from './flags.ts';
import { pchVariant } from './pch.ts';
import { GENERATED, MACHINE, type Sources } from './vfs.ts';

export interface Unit {
  /** Path in the compiler's world: "mm/rmap.c" or ".machine/slab.c". */
  path: string;
  options: UnitOptions;
  /** How much there is to compile, where it is not the file's own size. */
  bytes?: number;
}

const Entry = z.strictObject({
  /** Leave the unit out, instead of failing, where the tree has no such file. */
  'requires-file': z.boolean().optional(),
  /** Path from the root of the tree, or "machine:name.c" to give a machine unit other options than the usual. */
  path: z.string().regex(/^(machine:)?[\w+/-]+\.c$/),
  /** Only where this configuration symbol is on (without CONFIG_). */
  if: z.string().optional(),
  pch: z.boolean().optional(),
  instrument: z.boolean().optional(),
  optimise: z.union([z.literal(0), z.literal(1), z.literal(2)]).optional(),
  /** A model that cannot share a translation unit with the others. */
  alone: z.boolean().optional(),
  defines: z.array(z.string()).optional(),
  /** Why this unit is here, or why it has these options. */
  why: z.string().optional(),
});

const WRAPPED_FILE = /^[ \t]*#[ \t]*include[ \t]*"([^"]+\.c)"/gm;
const DEFINE = /^[ \t]*#[ \t]*define[ \t]+(\w+)/gm;
/** Macros that files define before their headers and that every header reads late. */
const LATE_MACROS = ['pr_fmt', 'CREATE_TRACE_POINTS'];

/**
 * Models run at -O1, uninstrumented; a machine unit that includes a .c file of the tree counts as that file. The
 * precompiled header would hide macros that a file, or one that it wraps, defines to steer its headers.
 * wrapped: texts of the tree's files that a machine unit includes. measured: for speed, see BuildRequest.
 */
function usualOptions(file: string, text: string, wrapped: string[], measured: boolean): UnitOptions {
  const machine = file.startsWith(`${MACHINE}/`);
  const ofTree = !machine || wrapped.length > 0;
  const pch = ![text, ...wrapped].some(steersHeaders);
  if (measured) return { instrument: false, optimise: 2, pch, defines: [], machine };
  return { instrument: ofTree, optimise: ofTree ? 0 : 1, pch, defines: [], machine };
}

function steersHeaders(text: string): boolean {
  const beforeHeaders = text.slice(0, Math.max(0, text.search(/^[ \t]*#[ \t]*include/m)));
  return [...beforeHeaders.matchAll(DEFINE)].some(([, macro = '']) => !LATE_MACROS.includes(macro));
}

/** The files of the tree that a machine unit includes whole; of alternatives those that the tree has. */
function wrappedTexts(file: string, text: string, sources: Sources): string[] {
  if (!file.startsWith(`${MACHINE}/`)) return [];
  return [...text.matchAll(WRAPPED_FILE)].flatMap(([, name = '']) => {
    const node = sources.lookup(name);
    return node?.kind === 'file' ? [Buffer.from(sources.read(node.id)).toString('utf8')] : [];
  });
}

/** A precompiled header costs as much as it saves four units. */
const PCH_UNITS = 4;

function withoutRarePch(units: Unit[]): Unit[] {
  const counts = new Map<string, number>();
  for (const { options } of units) {
    if (options.pch) counts.set(pchVariant(options), (counts.get(pchVariant(options)) ?? 0) + 1);
  }
  return units.map((unit) => {
    const pch = unit.options.pch && (counts.get(pchVariant(unit.options)) ?? 0) >= PCH_UNITS;
    return { ...unit, options: { ...unit.options, pch } };
  });
}

function sizeOf(file: string, sources: Sources): number {
  const node = sources.lookup(file);
  return node?.kind === 'file' ? node.size : 0;
}

/** The unit that joins the models, among the generated files. */
const MODELS = `${GENERATED}/models.c`;

/** Models are compiled as one unit: most of the time that a small one takes is its headers'. */
function joinModels(units: Unit[], sources: Sources, joined: ReadonlySet<string>): Unit[] {
  const models = units.filter(({ path }) => joined.has(path));
  const [first] = models;
  if (!first) return units;
  sources.add(MODELS, Buffer.from(models.map(({ path }) => `#include "${path}"\n`).join('')));
  const { options } = first;
  const bytes = models.reduce((sum, { path }) => sum + sizeOf(path, sources), 0);
  return [{ path: MODELS, options, bytes }, ...units.filter(({ path }) => !joined.has(path))];
}

/**
 * machineFolder: simulations/machine. enabled: tells whether a configuration symbol is on.
 * extra: further units of the tree (files that a series adds to mm/Makefile). measured: for speed, see BuildRequest.
 */
export function listUnits(
  machineFolder: string,
  sources: Sources,
  enabled: (symbol: string) => boolean,
  { extra = [], measured = false }: { extra?: string[]; measured?: boolean } = {},
): { units: Unit[]; lacking: string[] } {
  const listed = readUnitsFile(path.join(machineFolder, 'units.yaml'));
  const units = new Map<string, Unit>();
  const models = new Set<string>();
  const lacking: string[] = [];
  for (const name of [...machineFiles(machineFolder), ...listed.map((entry) => entry.path), ...extra]) {
    const file = name.replace(/^machine:/, `${MACHINE}/`);
    const node = sources.lookup(file);
    const entry = listed.find((candidate) => candidate.path === name);
    if (entry?.if !== undefined && !enabled(entry.if)) continue;
    if (node?.kind !== 'file') {
      if (entry?.['requires-file'] !== true) lacking.push(name);
      continue;
    }
    const text = Buffer.from(sources.read(node.id)).toString('utf8');
    const { instrument, optimise, pch, defines } = entry ?? {};
    const given = Object.entries({ instrument, optimise, pch, defines }).filter(([, value]) => value !== undefined);
    const usual = usualOptions(file, text, wrappedTexts(file, text, sources), measured);
    const model = file.startsWith(`${MACHINE}/`) && wrappedTexts(file, text, sources).length === 0;
    if (model && given.length === 0 && entry?.alone !== true) models.add(file);
    units.set(file, { path: file, options: { ...usual, ...Object.fromEntries(given) } });
  }
  return { units: withoutRarePch(joinModels([...units.values()], sources, models)), lacking };
}

function readUnitsFile(file: string): z.infer<typeof Entry>[] {
  return z.strictObject({ units: z.array(Entry) }).parse(parse(readFileSync(file, 'utf8'))).units;
}

/** "machine:slab.c" for every .c file of the machine, sorted. */
function machineFiles(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[])
    .filter((name) => name.endsWith('.c'))
    .map((name) => `machine:${name.split(path.sep).join('/')}`)
    .sort();
}

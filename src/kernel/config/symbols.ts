// SPDX-License-Identifier: GPL-2.0-or-later
// From a tree's Kconfig and our claims to symbols. In: readers of the tree with the series and of the base, configuration,
// variant. Out: values and types of all symbols, and which of them the series adds.
import path from 'node:path';
import type { Overlay } from '../../tree/values.ts';
import type { ConfigName } from '../values.ts';
import { type Evaluation, evaluateKconfig } from './kconfig-eval.ts';
import { parseExpression } from './kconfig-expr.ts';
import { parseKconfig } from './kconfig-parse.ts';
import { readClaims } from './machine-files.ts';
import type { TreeReader } from './read.ts';
import type { Claim, Definition, Kconfig, MacroUse } from './values.ts';

/** What is really parsed; the rest of the kernel's Kconfig is claimed. Files a tree does not have are left out. */
const KCONFIG_ROOTS = ['mm/Kconfig', 'mm/Kconfig.debug'];

/** Entry that stands for everything outside the parsed files; its name cannot be a symbol of the kernel's. */
const OUTSIDE = '__RMAPBOT_OUTSIDE';

export interface Symbols extends Evaluation {
  newSymbols: string[];
  /** New symbols that the series has x86 select, but that stay off: see `archSelections`. */
  notSelected: string[];
  unanswered: MacroUse[];
}

/**
 * Evaluates one configuration. `base` is the tree without `overlay`; `variant` is about symbols that neither it nor
 * `under`, the tree with the series' prerequisites, defines.
 */
export async function evaluateSymbols(
  reader: TreeReader,
  base: TreeReader,
  overlay: Overlay,
  config: ConfigName,
  variant: '' | 'all-new',
  under: TreeReader = base,
  bits: 32 | 64 = 64,
): Promise<Symbols> {
  const changed = [...overlay].filter(([, content]) => content !== null).map(([file]) => file);
  const elsewhere = changed.filter((file) => isForeignKconfig(file)).sort();
  const kconfig = await parseKconfig(reader, await existing(reader, KCONFIG_ROOTS), elsewhere);
  const old = await parseKconfig(base, await existing(base, KCONFIG_ROOTS), await existing(base, elsewhere));
  const known = new Set(old.definitions.map(({ name }) => name));
  const selections = archSelections(kconfig, old);
  // Of files outside mm/ only what the series adds is evaluated; all else in them stays claimed.
  kconfig.definitions = kconfig.definitions.filter(({ file, name }) => !elsewhere.includes(file) || !known.has(name));
  const newSymbols = [...new Set(kconfig.definitions.map(({ name }) => name))]
    .filter((name) => !known.has(name))
    .sort();

  const { arch, choices } = await readClaims(config, bits);
  const answers = place(kconfig, arch, choices);
  const wanted = selections.filter(({ name }) => newSymbols.includes(name));
  const modelled = !changed.some((file) => /^arch\/x86\/(?!Kconfig)/.test(file));
  if (modelled) answers.from.selects.push(...wanted);
  if (variant === 'all-new') {
    const needed =
      under === base
        ? old
        : await parseKconfig(under, await existing(under, KCONFIG_ROOTS), await existing(under, elsewhere));
    const theirs = new Set(needed.definitions.map(({ name }) => name));
    const own = newSymbols.filter((name) => !theirs.has(name));
    for (const name of switchedOn(kconfig, own)) answers.user.set(name, 'y');
  }
  const evaluation = evaluateKconfig(answers.kconfig, { ...answers, selected: new Set() });
  evaluation.values.delete(OUTSIDE);
  const notSelected = modelled ? [] : wanted.map(({ name }) => name);
  return { ...evaluation, newSymbols, notSelected, unanswered: kconfig.unanswered };
}

/**
 * What the series newly has x86 select. Our architecture stands for x86-64 and follows, unless the series changes code of
 * arch/x86 as well: that code is not built here, and the symbol may rely on it.
 */
function archSelections(kconfig: Kconfig, old: Kconfig): Definition['selects'] {
  const of = ({ definitions }: Kconfig) =>
    definitions.filter(({ file, name }) => file === 'arch/x86/Kconfig' && (name === 'X86' || name === 'X86_64'));
  const before = new Set(of(old).flatMap(({ selects }) => selects.map(({ name }) => name)));
  return of(kconfig).flatMap(({ selects }) => selects.filter(({ name }) => !before.has(name)));
}

/** Kconfig files that the series touches outside mm/, other architectures' left out. */
function isForeignKconfig(file: string): boolean {
  if (!/^Kconfig(?:\.[\w.-]+)?$/.test(path.posix.basename(file)) || file.startsWith('mm/')) return false;
  return !file.startsWith('arch/') || file.startsWith('arch/x86/') || file === 'arch/Kconfig';
}

async function existing(reader: TreeReader, files: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const file of files) if ((await reader.text(file)) !== undefined) found.push(file);
  return found;
}

/** Sorts claims into answers to prompts, selections, and values of symbols defined elsewhere. */
function place(kconfig: Kconfig, arch: ReadonlyMap<string, Claim>, choices: ReadonlyMap<string, Claim>) {
  const user = new Map<string, string>();
  const outside = new Map<string, string>();
  const defined = new Map<string, Definition[]>();
  for (const definition of kconfig.definitions)
    defined.set(definition.name, [...(defined.get(definition.name) ?? []), definition]);
  const from: Definition = {
    name: OUTSIDE,
    file: 'simulations/machine/config',
    line: 1,
    type: 'bool',
    depends: [],
    visible: [],
    prompts: [],
    defaults: [{ value: { op: 'constant', value: 'y' } }],
    selects: [],
    implies: [],
    ranges: [],
    modules: false,
    transitional: false,
  };
  for (const [name, claim] of new Map([...arch, ...choices])) {
    const condition = claim.if === undefined ? undefined : parseExpression(claim.if, from);
    const select = () => {
      if (claim.is === 'y') from.selects.push(condition === undefined ? { name } : { name, condition });
    };
    const definitions = defined.get(name);
    if (definitions === undefined) {
      if (condition !== undefined) select();
      else outside.set(name, claim.is);
    } else if (definitions.some(({ prompts }) => prompts.length > 0)) {
      // What is selected from outside mm/ is on even where its prompt cannot be seen.
      if (claim.selected || (arch.has(name) && !choices.has(name))) select();
      user.set(name, claim.is);
    }
    // A symbol with a default of its own is Kconfig's to decide.
    else if (definitions.every(({ defaults }) => defaults.every(isNo))) select();
  }
  return { kconfig: { ...kconfig, definitions: [...kconfig.definitions, from] }, from, user, outside };
}

function isNo({ value }: Definition['defaults'][number]): boolean {
  return (value.op === 'symbol' && value.name === 'n') || (value.op === 'constant' && value.value === 'n');
}

/** New symbols to answer with y. Of a choice that is new altogether: the first member that is not its default. */
function switchedOn(kconfig: Kconfig, newSymbols: readonly string[]): string[] {
  const fresh = new Set(newSymbols);
  const skip = new Set<string>();
  for (const { members, defaults } of kconfig.choices) {
    if (!members.every((name) => fresh.has(name))) continue;
    const usual = defaults[0]?.value.op === 'symbol' ? defaults[0].value.name : members[0];
    const picked = members.find((name) => name !== usual) ?? usual;
    for (const name of members) if (name !== picked) skip.add(name);
  }
  const switches = kconfig.definitions.filter(
    ({ name, type, prompts }) =>
      fresh.has(name) && !skip.has(name) && prompts.length > 0 && (type === 'bool' || type === 'tristate'),
  );
  return switches.map(({ name }) => name);
}

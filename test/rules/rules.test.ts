// SPDX-License-Identifier: GPL-2.0-or-later
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { recipesOf } from '../../src/recipes/index.ts';
import { ownScenarios } from '../../src/review/real-rooms.ts';
import { matches } from '../../src/semantics/glob.ts';
import {
  areasOfSymbol,
  invariantIds,
  loadRules,
  namesIn,
  outline,
  ownRules,
  type Rules,
  readRules,
  ruleJsonSchema,
} from '../../src/semantics/index.ts';
import { INVARIANTS } from '../../src/simulator/invariants/index.ts';
import { expectGolden } from '../report/golden.ts';
import { sourceOf, treeIfOffered, treeNames } from '../support/trees.ts';

/** The areas of the project; an id, once given, is never renamed. */
const areaIds = [
  ...['anon-vma-life-cycle', 'anonymous-walk', 'config-surface', 'cow-and-exclusivity', 'file-walk'],
  ...['folio-mapping-and-index', 'fork-propagation', 'ksm', 'large-folios', 'lifetime-and-rcu', 'locking', 'migration'],
  ...['page-offset-arithmetic', 'per-vma-lock', 'slab-and-layout', 'swap-and-reclaim', 'userfaultfd'],
  ...['vma-merge', 'vma-move', 'vma-split'],
];
const whole = ['mm/rmap.c', 'mm/vma.c', 'mm/mremap.c', 'mm/interval_tree.c'];
const parts = ['kernel/fork.c', 'mm/memory.c', 'mm/mmap.c'];

let rules: Rules;
beforeAll(async () => {
  rules = await loadRules();
});

describe('the rules that come with the program', () => {
  it('are the areas of the project, each with what a report needs', () => {
    expect(rules.areas.map((area) => area.id)).toEqual(areaIds);
    for (const { id, about, match, questions, control } of rules.areas) {
      expect({ id, sentences: about.match(/\.( |$)/g)?.length }).toEqual({ id, sentences: 2 });
      expect(questions.every((question) => question.endsWith('?'))).toBe(true);
      expect(Object.keys(match).length).toBeGreaterThan(0);
      if (id !== 'config-surface') expect(control).toMatch(/^control-/);
    }
  });

  it('know every invariant that the simulator checks, and call for no other', () => {
    const checked = INVARIANTS.map((invariant) => invariant.id);
    expect(checked.filter((one) => !invariantIds.includes(one as never))).toEqual([]);
    const named = [...rules.areas, rules.other].flatMap((area) => area.invariants);
    expect(named.filter((one) => !checked.includes(one))).toEqual([]);
  });

  it.each(treeNames)('claim every function of the reverse map of %s, or say why not', async (name) => {
    const tree = await treeIfOffered(name);
    if (tree === undefined) return;
    for (const path of [...whole, ...parts]) {
      const source = sourceOf(tree, path);
      if (source === undefined) continue;
      const { functions } = await outline(source);
      const concerned = functions.filter(
        (one) => whole.includes(path) || /anon_vma|rmap_|_rmap|AnonExclusive/.test(source.slice(one.start, one.end)),
      );
      const unclaimed = concerned
        .map((one) => one.name)
        .filter((symbol) => areasOfSymbol(symbol, rules.areas).length === 0 && !rules.irrelevant.has(symbol));
      expect({ path, unclaimed }).toEqual({ path, unclaimed: [] });
    }
  });

  it('name nothing that no supported tree has, and no planted bug that there is not', async () => {
    const { named, problems } = await readRules([ownRules]);
    expect(problems).toEqual([]);
    const controls = new Set(recipesOf('controls').map(({ name }) => name));
    expect(named.filter(({ kind, name }) => kind === 'control' && !controls.has(name))).toEqual([]);
    const left = new Set(named.filter(({ kind }) => kind === 'symbol').map(({ name }) => name));
    for (const name of treeNames) {
      const tree = await treeIfOffered(name);
      // Only all eras together know every name.
      if (tree === undefined) return;
      for (const found of await namesIn(tree, rules.scope, left)) left.delete(found);
    }
    expect([...left]).toEqual([]);
  });

  it('define every area that a scenario declares', () => {
    const known = new Set([...rules.areas, rules.other].map(({ id }) => id));
    const unknown = ownScenarios().filter(({ areas }) => areas.some((area) => !known.has(area)));
    expect(unknown.map(({ name }) => name)).toEqual([]);
  });

  it('list as irrelevant only functions that some tree has and no area claims', async () => {
    const known = new Set<string>();
    let complete = true;
    for (const name of treeNames) {
      const tree = await treeIfOffered(name);
      complete &&= tree !== undefined;
      if (tree === undefined) continue;
      for (const path of [...whole, ...parts]) {
        for (const one of (await outline(sourceOf(tree, path) ?? '')).functions) known.add(one.name);
      }
    }
    const idle = [...rules.irrelevant.keys()].filter((symbol) => !known.has(symbol));
    const claimed = [...rules.irrelevant.keys()].filter((symbol) => areasOfSymbol(symbol, rules.areas).length > 0);
    expect(claimed).toEqual([]);
    // Only all eras together know every name.
    if (complete) expect(idle).toEqual([]);
  });
});

describe('rule files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rmapbot-rules-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const good =
    'id: mine\nname: Mine\nabout: One. Two.\nmatch:\n  functions: [a]\ninvariants: [keys]\nquestions: [Why?]\nsources: [mm]\n';
  const load = (text: string, name = 'mine.yaml') => {
    writeFileSync(join(folder, name), text);
    return loadRules([ownRules, folder]).finally(() => rmSync(join(folder, name)));
  };

  it('of a user add areas', async () => {
    expect((await load(good)).areas.map((area) => area.id)).toContain('mine');
  });

  it.each([
    ['an unknown key', good.replace('match:', 'colour: red\nmatch:'), 4, 'unknown key "colour"'],
    ['an unknown key within', good.replace('  functions', '  symbols: [b]\n  functions'), 5, 'unknown key "symbols"'],
    ['an unknown invariant', good.replace('[keys]', '\n  - keys\n  - kees'), 8, 'invariants.1'],
    ['a missing key', good.replace('name: Mine\n', ''), 1, 'name'],
    ['an id unlike the file', good.replace('id: mine', 'id: yours'), 1, 'differs from the file'],
    ['broken YAML', 'id: [', 1, ''],
    ['no identifier', good.replace('[a]', '["a b"]'), 5, 'not a C identifier'],
    ['too many wildcards', good.replace('functions: [a]', 'patterns: ["*a*a*a*a*a*a*a"]'), 5, 'six wildcards'],
  ])('with %s fail with file and line', async (_, text, line, why) => {
    const error = await load(text).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).message).toContain(`mine.yaml:${line}: `);
    expect((error as InputError).message).toContain(why);
    expect((error as InputError).message).not.toContain('\n');
  });

  it('extend an area that there is, and fail for one that there is not', async () => {
    const more =
      'extends: ksm\nmatch:\n  functions: [my_scan]\n  queries:\n    - locks: [my_lock]\nquestions: [Mine?]\n';
    const { areas } = await load(more);
    const ksm = areas.find((area) => area.id === 'ksm');
    expect(ksm?.match.functions).toEqual(expect.arrayContaining(['my_scan', 'ksm_might_need_to_copy']));
    expect(ksm?.questions.at(-1)).toBe('Mine?');
    expect(areasOfSymbol('my_scan', areas)).toEqual(['ksm']);
    await expect(load(more.replace('ksm', 'ksmd'))).rejects.toThrow(/mine\.yaml:1: there is no area "ksmd"/);
  });

  it('are told with everything that is wrong with them, and where their names stand', async () => {
    writeFileSync(
      join(folder, 'bad.yaml'),
      good.replace('id: mine', 'id: bad\ncolour: red').replace('[keys]', '[kees]'),
    );
    writeFileSync(join(folder, 'mine.yaml'), good.replace('[Why?]', '[Why?]\ncontrol: none'));
    const { problems, named } = await readRules([ownRules, folder]).finally(() => {
      for (const name of ['bad.yaml', 'mine.yaml']) rmSync(join(folder, name));
    });
    expect(problems.map(({ file, line, message }) => [basename(file), line, message.split(':')[0]])).toEqual([
      ['bad.yaml', 7, 'invariants.0'],
      ['bad.yaml', 2, 'unknown key "colour"'],
    ]);
    const own = named.filter(({ file }) => file.startsWith(folder));
    expect(own.map(({ kind, name, line }) => [kind, name, line])).toEqual([
      ['symbol', 'a', 5],
      ['control', 'none', 8],
    ]);
  });

  it('have a published schema (UPDATE_GOLDEN=1 writes it)', async () => {
    await expectGolden('../../../docs/rmapbot.rule-1.schema.json', `${JSON.stringify(ruleJsonSchema(), null, 2)}\n`);
  });

  it('that define an area again fail', async () => {
    await expect(load(good.replaceAll('mine', 'ksm'), 'ksm.yaml')).rejects.toThrow(/ksm\.yaml:1: .*twice/);
    await expect(loadRules([join(folder, 'none')])).rejects.toThrow(InputError);
  });
});

describe('globs', () => {
  it.each([
    ['mm/**', 'mm/a/b.c', true],
    ['mm/*', 'mm/a/b.c', false],
    ['mm/**/Kconfig', 'mm/Kconfig', true],
    ['include/linux/mm*.h', 'include/linux/mm_types.h', true],
    ['free_p?d_range', 'free_pmd_range', true],
    ['a.c', 'abc', false],
  ])('%s on %s is %s', (glob, text, wanted) => {
    expect(matches(text, glob)).toBe(wanted);
  });
});

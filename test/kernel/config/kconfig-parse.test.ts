// SPDX-License-Identifier: GPL-2.0-or-later

import { symlinkSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/errors.ts';
import { evaluateKconfig } from '../../../src/kernel/config/kconfig-eval.ts';
import { parseKconfig } from '../../../src/kernel/config/kconfig-parse.ts';
import { treeReader } from '../../../src/kernel/config/read.ts';
import { emptyTree, overlayOf, parse, readerOf, values } from './support.ts';

describe('what is read', () => {
  it('all parts of an entry', async () => {
    const { definitions } = await parse(`
mainmenu "Title"
comment "a comment"
	depends on Z
menuconfig A # with a comment
	bool 'the "a" of it' if B
	depends on C && \\
		(D || !E)
	select F if G = "x # y"
	imply H
	default y if I
	help
	  Text with config X and endmenu in it,

	  over several paragraphs.
	range 1 2
`);
    expect(definitions).toHaveLength(1);
    expect(definitions[0]).toMatchObject({
      name: 'A',
      line: 5,
      type: 'bool',
      prompts: [{ text: 'the "a" of it', condition: { op: 'symbol', name: 'B' } }],
      selects: [{ name: 'F', condition: { op: '=', right: { op: 'constant', value: 'x # y' } } }],
      implies: [{ name: 'H' }],
      defaults: [{ value: { name: 'y' }, condition: { name: 'I' } }],
      ranges: [{ low: { name: '1' }, high: { name: '2' } }],
    });
    expect(definitions[0]?.depends).toHaveLength(1);
  });

  it('help ends where the indentation does, tabs being eight', async () => {
    const { definitions } = await parse(
      'config A\n\tbool\n\thelp\n          one\n\t  two\n\t select X\nconfig B\n\tbool\n',
    );
    expect(definitions.map(({ name }) => name)).toEqual(['A', 'B']);
    expect(definitions[0]?.selects).toEqual([{ name: 'X' }]);
  });

  it('source, its patterns and its relative form', async () => {
    const files = {
      'mm/Kconfig': 'config M\n bool\nrsource "sub/Kconfig"\nosource "mm/none"\nsource "mm/x*.k"\n',
      'mm/sub/Kconfig': 'config SUB\n bool\n',
      'mm/x1.k': 'config X1\n bool\n',
      'mm/x2.k': 'config X2\n bool\n',
      'mm/y.k': 'config Y\n bool\n',
    };
    const { definitions, files: read } = await parse('source "mm/Kconfig"\n', files);
    expect(definitions.map(({ name }) => name)).toEqual(['M', 'SUB', 'X1', 'X2']);
    expect(read).toEqual(['Kconfig', 'mm/Kconfig', 'mm/sub/Kconfig', 'mm/x1.k', 'mm/x2.k']);
  });

  it('macros are expanded, and none is executed', async () => {
    const text = `
say = said $(1) by $(2)
late = $(word)
word := early
config A
	string
	default "$(say,x,$(late))"
config B
	def_bool $(success,touch /tmp/never)
config C
	def_bool $(cc-option,-mx $(shell,echo y))
`;
    expect(await values(text)).toEqual({ A: 'said x by early' });
    const { unanswered } = await parse(text);
    expect(unanswered.map(({ macro, answer, line }) => ({ macro, answer, line }))).toEqual([
      { macro: '$(success,touch /tmp/never)', answer: 'n', line: 9 },
      { macro: '$(shell,echo y)', answer: 'n', line: 11 },
      { macro: '$(cc-option,-mx $(shell,echo y))', answer: 'n', line: 11 },
    ]);
  });
});

describe('what is refused, with file and line', () => {
  it.each([
    ['config\n', /Kconfig:1: .*expected a symbol/],
    ['config A\n\tbool "a\n', /Kconfig:2: .*unexpected/],
    ['config A\n\tbool\n\tdepends A\n', /Kconfig:3: .*expected "on"/],
    ['config A\n\tdepends on (A\n', /Kconfig:2: .*expected "\)"/],
    ['config A\n\tbool\n\tint\n', /Kconfig:3: .*two types/],
    ['endmenu\n', /Kconfig:1: .*endmenu without menu/],
    ['menu "m"\nendif\n', /Kconfig:2: .*endif without if/],
    ['\nif A\n', /Kconfig:2: .*if is never ended/],
    ['bool\n', /Kconfig:1: .*unknown statement/],
    ['config A\n\tflavour x\n', /Kconfig:2: .*unknown statement/],
    ['config A\n\tdef_bool $(x\n', /Kconfig:2: .*unterminated/],
    ['source "none"\n', /Kconfig:1: .*no such file: none/],
    ['source "../etc/passwd"\n', /Kconfig:1: .*outside the tree/],
    ['source "/etc/passwd"\n', /Kconfig:1: .*outside the tree/],
    ['rsource "../../x"\n', /Kconfig:1: .*outside the tree/],
    ['source "a/*/b"\n', /Kconfig:1: .*last part/],
    ['source "********"\n', /Kconfig:1: .*asterisks/],
    ['a = $(b)\nb = $(a)\nconfig A\n\tdef_bool $(a)\n', /Kconfig:4: .*nested too deeply/],
    [`config A\n\tdepends on ${'('.repeat(5000)}A${')'.repeat(5000)}\n`, /Kconfig:2: .*nested too deeply/],
    [`config A\n\tdepends on ${'!'.repeat(5000)}A\n`, /Kconfig:2: .*nested too deeply/],
    [`config A\n\tdepends on ${'A && '.repeat(20_000)}A\n`, /Kconfig:2: .*line too long/],
    ['if A\n'.repeat(1000), /blocks nested too deeply/],
    ['comment "c"\nconfig A\n bool\n'.repeat(60_000), /too many entries/],
    [`a = x\n${'a += $(a) $(a)\n'.repeat(100)}config A\n\tdefault "$(a)"\n`, /too (?:long|deeply|many)/],
  ])('%#: %.40s', async (text, message) => {
    await expect(parse(text)).rejects.toThrow(InputError);
    await expect(parse(text)).rejects.toThrow(message);
  });

  it('files that source each other', async () => {
    await expect(parse('source "a"\n', { a: 'source "b"\n', b: 'source "a"\n' })).rejects.toThrow(/b:1: .*recursive/);
  });

  it('a block that another file ends', async () => {
    await expect(parse('menu "m"\nsource "a"\n', { a: 'endmenu\n' })).rejects.toThrow(/a:1: .*endmenu without menu/);
  });

  it('a symbolic link that leaves the tree', async () => {
    const tree = emptyTree();
    symlinkSync('/etc/hostname', path.join(tree.root, 'link'));
    const reader = treeReader(tree, overlayOf({ Kconfig: 'source "link"\n' }));
    await expect(parseKconfig(reader, ['Kconfig'])).rejects.toThrow(/no such file: link/);
  });

  it('a giant file', async () => {
    await expect(parse(`config A\n\tbool\n${'#\n'.repeat(3_000_000)}`)).rejects.toThrow(/larger than/);
  });

  it('an unreadable start', async () => {
    await expect(parseKconfig(readerOf({}), ['mm/Kconfig'])).rejects.toThrow(/no such file/);
  });
});

it('anything at all either parses and evaluates or is an InputError', async () => {
  const words = [
    'config', 'menuconfig', 'choice', 'endchoice', 'menu', 'endmenu', 'if', 'endif', 'comment', 'source', 'mainmenu',
    'bool', 'tristate', 'int', 'hex', 'string', 'prompt', 'default', 'def_bool', 'depends', 'on', 'select', 'imply',
    'range', 'visible', 'help', 'option', 'modules', 'optional', 'A', 'B', 'C', 'y', 'n', 'm', '1', '0x10', '__proto__',
    'constructor', '"text"', "'", '"', '(', ')', '&&', '||', '!', '=', '!=', '<', '>=', '$(A)', '$(shell,x)', '$(', ',',
    '#', '\\', '\t', ' ', '\n', '\n\t', '\n\t', ':=', '+=', '\u0000', 'é', '*',
  ]; // biome-ignore format: a list of words
  const text = fc.oneof(
    fc.array(fc.constantFrom(...words), { maxLength: 80 }).map((parts) => parts.join(' ')),
    fc.array(fc.constantFrom(...words), { maxLength: 80 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary', maxLength: 200 }),
  );
  let parsed = 0;
  await fc.assert(
    fc.asyncProperty(text, async (source) => {
      try {
        const kconfig = await parse(source);
        evaluateKconfig(kconfig, { user: new Map([['A', 'y']]), outside: new Map(), selected: new Set() });
        parsed++;
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
      }
    }),
    { numRuns: 2000 },
  );
  expect(parsed).toBeGreaterThan(20);
});

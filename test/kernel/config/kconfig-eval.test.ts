// SPDX-License-Identifier: GPL-2.0-or-later
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/errors.ts';
import { evaluate, values } from './support.ts';

describe('answers and defaults', () => {
  it('an answer counts only where the prompt can be seen', async () => {
    const text = 'config B\n bool "b"\nconfig A\n bool "a" if B\n default y\n';
    expect(await values(text, { user: { A: 'n', B: 'y' } })).toEqual({ B: 'y' });
    expect(await values(text, { user: { A: 'n' } })).toEqual({ A: 'y' });
  });

  it('takes the first default whose condition holds', async () => {
    const text = 'config N\n int\n default 1 if A\n default 2 if B\n default 3\n';
    expect(await values(text, { outside: { B: 'y' } })).toEqual({ B: 'y', N: '2' });
    expect(await values(text)).toEqual({ N: '3' });
  });

  it('a default does not outlive the dependencies', async () => {
    expect(await values('config A\n def_bool y\n depends on B\n')).toEqual({});
  });

  it('a default may be an expression or another symbol', async () => {
    const text = 'config A\n def_bool X && !Y\nconfig S\n string\n default T\nconfig T\n string\n default "t"\n';
    expect(await values(text, { outside: { X: 'y' } })).toEqual({ A: 'y', S: 't', T: 't', X: 'y' });
  });

  it('m is y, as modules are off', async () => {
    expect(await values('config A\n tristate "a"\nconfig B\n def_tristate m\n', { user: { A: 'm' } })).toEqual({
      A: 'y',
      B: 'y',
    });
  });

  it('a transitional symbol is never on by itself', async () => {
    expect(await values('config OLD\n bool\n transitional\nconfig NEW\n bool "new"\n default OLD\n')).toEqual({});
  });
});

describe('select and imply', () => {
  const text =
    'config A\n bool "a"\n select B if C\n imply D\nconfig B\n bool\nconfig C\n bool "c"\nconfig D\n bool "d"\n';

  it('select forces, under its condition', async () => {
    expect(await values(text, { user: { A: 'y' } })).toEqual({ A: 'y', D: 'y' });
    expect(await values(text, { user: { A: 'y', C: 'y' } })).toMatchObject({ B: 'y' });
  });

  it('imply yields to an answer and to missing dependencies', async () => {
    expect(await values(text, { user: { A: 'y', D: 'n' } })).toEqual({ A: 'y' });
    const dependent = 'config A\n def_bool y\n imply D\nconfig D\n bool "d"\n depends on E\n';
    expect(await values(dependent)).toEqual({ A: 'y' });
  });

  it('select wins over unmet dependencies, which is told', async () => {
    const result = await evaluate('config A\n def_bool y\n select B\nconfig B\n bool "b"\n depends on C\n');
    expect(result.values.get('B')).toBe('y');
    expect(result.unmet).toEqual(['B']);
  });

  it('select reaches symbols that are defined elsewhere', async () => {
    expect(await values('config A\n def_bool y\n select OUT\n', { outside: { OUT: 'n' } })).toEqual({
      A: 'y',
      OUT: 'y',
    });
  });

  it('chains settle in whatever order they are written', async () => {
    const chain = Array.from({ length: 50 }, (_, i) => `config S${i}\n bool\n default S${i + 1}\n`).join('');
    const result = await values(`${chain}config S50\n def_bool y\n`);
    expect(Object.keys(result)).toHaveLength(51);
  });

  it('a symbol that undoes itself is an error, not an endless loop', async () => {
    await expect(evaluate('config A\n def_bool !A\n')).rejects.toThrow(/recursive dependency among A/);
  });
});

describe('menus, if and visibility', () => {
  it('conditions of all that surrounds count', async () => {
    const text = `
menu "m"
	depends on M
if I
config A
	def_bool y
endif
config B
	def_bool y
endmenu
config C
	def_bool y
`;
    expect(await values(text)).toEqual({ C: 'y' });
    expect(await values(text, { outside: { M: 'y' } })).toEqual({ M: 'y', B: 'y', C: 'y' });
    expect(await values(text, { outside: { M: 'y', I: 'y' } })).toMatchObject({ A: 'y' });
  });

  it('visible if hides prompts but not defaults', async () => {
    const text = 'menu "m"\n visible if V\nconfig A\n bool "a"\n default y\nendmenu\n';
    expect(await values(text, { user: { A: 'n' } })).toEqual({ A: 'y' });
    expect(await values(text, { user: { A: 'n' }, outside: { V: 'y' } })).toEqual({ V: 'y' });
  });

  it('depends on A if B asks for A only under B', async () => {
    const text = 'config S\n def_bool y\n depends on A if B\n';
    expect(await values(text)).toEqual({ S: 'y' });
    expect(await values(text, { outside: { B: 'y' } })).toEqual({ B: 'y' });
    expect(await values(text, { outside: { A: 'y', B: 'y' } })).toMatchObject({ S: 'y' });
  });

  it('a symbol with two entries has the defaults and prompts of both', async () => {
    const text = 'config A\n bool "a"\n depends on X\nconfig A\n default y if Y\n';
    expect(await values(text, { outside: { Y: 'y' } })).toEqual({ A: 'y', Y: 'y' });
    expect(await values(text, { user: { A: 'y' }, outside: { X: 'y' } })).toEqual({ A: 'y', X: 'y' });
  });
});

describe('choice', () => {
  const text = `
choice
	prompt "which"
	default TWO if PREFER
config ONE
	bool "one"
config TWO
	bool "two"
config THREE
	bool "three"
	depends on X
endchoice
`;
  it('an answer, else the default, else the first that can be seen', async () => {
    expect(await values(text)).toEqual({ ONE: 'y' });
    expect(await values(text, { outside: { PREFER: 'y' } })).toEqual({ PREFER: 'y', TWO: 'y' });
    expect(await values(text, { user: { TWO: 'y' } })).toEqual({ TWO: 'y' });
    expect(await values(text, { user: { THREE: 'y' } })).toEqual({ ONE: 'y' });
    expect(await values(text, { user: { THREE: 'y' }, outside: { X: 'y' } })).toEqual({ X: 'y', THREE: 'y' });
  });

  it('an optional choice needs no member', async () => {
    expect(await values(text.replace('default', 'optional\n\tdefault'), { outside: { PREFER: 'y' } })).toEqual({
      PREFER: 'y',
    });
  });

  it('nothing is on where the choice itself is not', async () => {
    expect(await values(`if OFF${text}endif\n`)).toEqual({});
  });
});

describe('numbers, texts and comparisons', () => {
  it('range clamps answers and defaults', async () => {
    const text =
      'config N\n int "n"\n default 8\n range 4 16 if !WIDE\n range 4 64\nconfig H\n hex\n default 0x1\n range 0x10 0x20\n';
    expect(await values(text, { user: { N: '40' } })).toEqual({ N: '16', H: '0x10' });
    expect(await values(text, { user: { N: '1' } })).toMatchObject({ N: '4' });
    expect(await values(text, { user: { N: '40' }, outside: { WIDE: 'y' } })).toMatchObject({ N: '40' });
  });

  it.each([
    ['N >= 4', 'y'],
    ['N > 4', undefined],
    ['N < 10', 'y'],
    ['N <= 3', undefined],
    ['N != 4', undefined],
    ['N = 4', 'y'],
    ['S = "a b"', 'y'],
    ['B = y', 'y'],
    ['B != n && N >= 2', 'y'],
    ['!(B || X)', undefined],
    ['X = n', 'y'],
    ['"$(ARCH)" = "x86"', 'y'],
  ])('%s', async (condition, expected) => {
    const text = `config T\n def_bool ${condition}\nconfig N\n int\n default 4\nconfig S\n string\n default "a b"\nconfig B\n def_bool y\n`;
    expect((await values(text)).T).toBe(expected);
  });

  it('numbers beyond 2^53 stay exact', async () => {
    const text = 'config N\n hex\n default 0xdead000000000000\n range 0x0 0xdead000000000001\n';
    expect(await values(text)).toEqual({ N: '0xdead000000000000' });
  });
});

it('names what nobody defines', async () => {
  const result = await evaluate('config A\n def_bool y\n depends on B || !C\n', { outside: { B: 'n' } });
  expect(result.unclaimed).toEqual(['C']);
  expect(result.values.get('A')).toBe('y');
});

it('gives up on expressions that would take for ever', async () => {
  const wide = `menu "m"\n depends on ${Array(20_000).fill('!A').join('&&')}\n${'config S\n bool "s"\n'.repeat(2000)}endmenu\n`;
  await expect(evaluate(wide)).rejects.toThrow(InputError);
});

// SPDX-License-Identifier: GPL-2.0-or-later
// .github/rmapbot.yml: what it may say, and every fault with its line.
import { describe, expect, it } from 'vitest';
import { type ConfigFault, defaultConfig, type RepositoryConfig, readConfig } from '../../src/github/config.ts';
import { loadRules } from '../../src/semantics/index.ts';

const { areas } = await loadRules();

function read(text: string): RepositoryConfig | ConfigFault[] {
  const said = readConfig(Buffer.from(text), areas);
  return 'config' in said ? said.config : said.faults;
}

it('takes what the documentation shows', () => {
  const [first] = areas;
  expect(
    read(`paths: ['mm/**', include/linux/rmap.h]
areas: [${first?.id}]
scenarios: fork-*
budget: 50000
time-cap: 300
severities:
  no-leak: warning
conclusions:
  inconclusive: failure
comment: always
`),
  ).toEqual({
    paths: ['mm/**', 'include/linux/rmap.h'],
    areas: [first?.id],
    scenarios: 'fork-*',
    budget: 50_000,
    'time-cap': 300,
    severities: { 'no-leak': 'warning' },
    conclusions: { inconclusive: 'failure' },
    comment: 'always',
  });
});

it('says nothing where it is empty', () => {
  for (const text of ['', '# nothing yet\n', '{}']) expect(read(text)).toEqual(defaultConfig());
});

describe('faults', () => {
  it('are all told, each with its line and the nearest known word', () => {
    const faults = read(`coment: always
paths: ['mm/**', 'a b']
severities:
  no-leek: warning
budget: -1
`) as ConfigFault[];
    expect(faults.toSorted((a, b) => a.line - b.line)).toMatchObject([
      { line: 1, why: 'unknown key "coment", did you mean "comment"?' },
      { line: 2, why: expect.stringContaining('paths.1: expected a path') },
      { line: 5, why: expect.stringContaining('budget: ') },
    ]);
    expect(read('severities:\n  no-leak: notice\n  no-leek: warning\nareas:\n  - fork\n')).toEqual([
      { line: 5, why: expect.stringContaining('no area "fork"') },
      { line: 3, why: 'no invariant "no-leek", did you mean "no-leak"?' },
    ]);
  });

  it.each([
    ['no YAML', 'a: [', 1],
    ['no mapping', '- a\n', 1],
    ['tabs', 'paths:\n\t- a\n', 2],
    ['aliases that unfold', `a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\npaths: *c\n`, 1],
    ['a success for what could not be judged', 'conclusions:\n  inconclusive: success\n', 2],
    ['too many wildcards', "paths: ['*a*a*a*a*a*']\n", 1],
    ['a time that is not ours to spend', 'time-cap: 100000\n', 1],
    ['prototype', '__proto__:\n  comment: always\n', 2],
  ])('%s', (_, text, line) => {
    const [fault] = read(text) as ConfigFault[];
    expect(fault?.line).toBe(line);
  });

  it('a page too many', () => {
    expect(read(`# ${'x'.repeat(70_000)}\n`)).toEqual([{ line: 1, why: expect.stringContaining('larger than') }]);
  });
});

// SPDX-License-Identifier: GPL-2.0-or-later
// The scenarios that we ship: readable, small, and sound on the toy machine.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { expand } from '../../src/simulator/grammar/expand.ts';
import { loadScenario, loadScenarios } from '../../src/simulator/grammar/load.ts';
import { parseScenario } from '../../src/simulator/grammar/parse.ts';
import { print } from '../../src/simulator/grammar/print.ts';
import { Scope } from '../../src/simulator/grammar/scope.ts';
import { runScenario } from '../../src/simulator/run.ts';
import { ownWorkloads } from '../../src/simulator/workload/load.ts';
import { FakeMachine } from './fake-machine.ts';
import { found } from './toy.ts';

const folder = fileURLToPath(new URL('../../simulations/scenarios', import.meta.url));
const scenarios = loadScenarios(folder);
const rules = fileURLToPath(new URL('../../rules', import.meta.url));

const TOY_FAMILIES = ['cow', 'file-private', 'file-shared', 'first-fault', 'fork', 'mremap', 'split-merge', 'teardown'];

test('there are the families that the review needs', () => {
  expect([...new Set(scenarios.map((scenario) => scenario.family))].sort()).toEqual(
    expect.arrayContaining(TOY_FAMILIES),
  );
  expect(scenarios.length).toBeGreaterThanOrEqual(36);
});

test('their areas are areas of the rules', () => {
  const areas = new Set(readdirSync(rules).map((file) => path.basename(file, '.yaml')));
  for (const scenario of scenarios)
    for (const area of scenario.areas) expect(areas, `${scenario.name}: ${area}`).toContain(area);
});

describe.each(scenarios)('$name', (scenario) => {
  const text = readFileSync(path.join(folder, scenario.family, `${scenario.name}.yaml`), 'utf8');

  test('stands in a file of its name, small enough for a mail', () => {
    expect(text.split('\n').filter((line) => line.trimStart().startsWith('- ')).length).toBeLessThanOrEqual(17);
    for (const line of text.split('\n').filter((one) => !/^(about:|areas:|#)/.test(one)))
      expect(line.length).toBeLessThanOrEqual(72);
    expect(scenario.about.length).toBeLessThanOrEqual(130);
    expect(expand(scenario.steps, new Scope(scenario.files)).length).toBeLessThanOrEqual(60);
  });

  test('prints to what it is', () => {
    expect({ ...parseScenario(print(scenario), 'printed'), family: scenario.family }).toEqual(scenario);
  });

  // The toy knows the operations of these families only; the real trees run them all.
  test.runIf(TOY_FAMILIES.includes(scenario.family))(
    'is sound: a correct toy kernel, which never merges nor takes over, breaks at most its bounds',
    () => {
      const run = runScenario(new FakeMachine(), { ...scenario, requires: [] });
      expect(found(run).filter((signature) => !signature.startsWith('bounded: '))).toEqual([]);
    },
  );
});

test('a file that is none is one clear line', () => {
  expect(() => loadScenario(path.join(folder, 'none.yaml'), 'none.yaml')).toThrow('none.yaml: no such file');
  expect(() => loadScenario(folder, 'folder')).toThrow('folder: cannot be read (EISDIR)');
});

test('what the documentation says is among them is', () => {
  const page = readFileSync(fileURLToPath(new URL('../../docs/scenarios.md', import.meta.url)), 'utf8');
  const rows = page.split('## What the threads call for')[1]?.match(/^\|.*\|$/gm) ?? [];
  const named = rows
    .slice(2)
    .flatMap((row) => [...(row.split('|')[2] ?? '').matchAll(/`([^`]+)`/g)].map(([, one = '']) => one));
  expect(named.length).toBeGreaterThan(60);
  const known = [...scenarios.flatMap(({ name, family }) => [name, family]), ...ownWorkloads().map(({ name }) => name)];
  expect(named.filter((one) => !known.some((name) => path.matchesGlob(name, one)))).toEqual([]);
  expect(scenarios.length).toBeGreaterThanOrEqual(110);
});

// SPDX-License-Identifier: GPL-2.0-or-later
// Every design holds every invariant as it stands, and every objection that was raised against one is a result: with
// the option that leaves it in, a scenario breaks.
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { DESIGNS, designNamed, labMachine, optionsOf } from '../../src/designs/catalogue.ts';
import { randomHistory } from '../../src/designs/histories.ts';
import { laboratory } from '../../src/designs/lab.ts';
import { loadScenarios, runScenario } from '../../src/simulator/index.ts';

const scenarios = loadScenarios(path.resolve(import.meta.dirname, '../../simulations/scenarios'));
const named = (name: string) => {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`no scenario ${name}`);
  return found;
};
const signatures = (design: string, given: Record<string, string>, name: string) =>
  runScenario(labMachine(design, given), named(name)).violations.map(({ signature }) => signature);

describe.each(DESIGNS.map(({ info }) => info.name))('%s', (design) => {
  test('holds every invariant in all scenarios, but for what is known of it', () => {
    const machine = labMachine(design);
    const found = scenarios.flatMap((scenario) =>
      runScenario(machine, scenario).violations.map(({ signature }) => `${scenario.name}: ${signature}`),
    );
    // Dead VMAs that folios name stay: "merging right again and again pins dead VMAs".
    const pinned = ['pieces-become-one', 'split-and-merge-again-and-again', 'unmap-right-map-right'];
    expect(found).toEqual(
      design === 'anon-vma-lazy' ? pinned.map((name) => `${name}: bounded: vm_area_struct beyond its bound`) : [],
    );
  });

  test('holds them in random histories', () => {
    const machine = labMachine(design);
    for (let seed = 0; seed < 60; seed++) {
      const { violations, inconclusive, steps } = runScenario(machine, randomHistory(seed, 60));
      expect([seed, violations.map(({ step, evidence }) => [steps[step], evidence]), inconclusive]).toEqual([
        seed,
        [],
        undefined,
      ]);
    }
  });

  test('says where it comes from and what it assumes', () => {
    const { info } = designNamed(design);
    expect(info.sources.length).toBeGreaterThan(0);
    expect(info.assumptions.length).toBeGreaterThan(0);
    for (const { values, value } of info.options) expect(values).toContain(value);
  });
});

describe('objections', () => {
  test.each([
    ['anon-vma', 'reuse', 'never', 'generations-write', 'bounded: anon_vma beyond its bound'],
    ['anon-vma-lazy', 'retry', 'no', 'fork-siblings', 'walk-complete: mapping missed'],
    ['anon-vma-lazy', 'large-folios', 'first-vma', 'huge-across-two-vmas', 'walk-complete: mapping missed'],
    ['anon-vma-lazy', 'upgrade', 'one-vma', 'huge-across-two-vmas', 'walk-complete: mapping missed'],
    ['anon-vma-lazy', 'merged-roots', 'forgotten', 'adjacent-before', 'no-dangling: folio->mapping freed'],
    ['anon-vma-lazy', 'reuse', 'never', 'generations-write', 'bounded: anon_vma beyond its bound'],
    ['cow-context', 'large-folios', 'first-vma', 'huge-across-two-vmas', 'walk-complete: mapping missed'],
    [
      'cow-context',
      'walk-lock',
      'rcu',
      'migrate-own',
      'kernel-says: BUG: sleeping function called from invalid context',
    ],
    ['cow-context', 'vmas', 'unlocked', 'munmap-head-and-tail', 'walk-sound: detached VMA visited'],
    ['cow-context', 'exclusive-test', 'stale', 'fork-siblings', 'walk-complete: mapping missed'],
    ['cow-context', 'smaller-offset', 'overwrites', 'move-page-tables', 'walk-complete: mapping missed'],
  ])('%s with %s=%s breaks %s', (design, option, value, scenario, signature) => {
    expect(signatures(design, {}, scenario)).toEqual([]);
    expect(signatures(design, { [option]: value }, scenario)).toContain(signature);
  });

  test('a mapping that is missed comes with the history that shows it', () => {
    const run = runScenario(labMachine('anon-vma-lazy', { retry: 'no' }), named('fork-siblings'));
    const [violation] = run.violations;
    expect(run.steps[violation?.step ?? -1]).toMatch(/fork/);
    expect(violation?.evidence).toMatch(/is mapped at C\d*:A\+\d+, but a walk from it visits only P:A\+\d+/);
    expect(violation?.pictures?.after?.vmas.length).toBeGreaterThan(1);
  });
});

describe('what a user asks for', () => {
  test('unknown designs, options and values are refused with the nearest', () => {
    expect(() => designNamed('anon-vma-lasy')).toThrow(/unknown design "anon-vma-lasy"; did you mean anon-vma-lazy\?/);
    const lazy = designNamed('anon-vma-lazy');
    expect(() => optionsOf(lazy, { retrie: 'no' })).toThrow(
      /unknown option of anon-vma-lazy "retrie"; did you mean retry\?/,
    );
    expect(() => optionsOf(lazy, { retry: 'nope' })).toThrow(
      /unknown value of anon-vma-lazy.retry "nope"; did you mean no\?/,
    );
  });

  test('every option can be given, and none but the given ones change', () => {
    for (const module of DESIGNS)
      for (const { name, values } of module.info.options)
        for (const value of values) {
          const before = optionsOf(module);
          expect(optionsOf(module, { [name]: value })).toEqual({ ...before, [name]: value });
          expect(labMachine(module.info.name, { [name]: value }).image.key).toContain(`${name}=${value}`);
        }
  });
});

test('a scenario that no laboratory can have is said, and the others go on', () => {
  const histories = ['first-write', 'in-flight-fork'].map(named);
  const { runs } = laboratory({ designs: [{ name: 'anon-vma', given: {} }], histories });
  expect(runs.map(({ history, marks, inconclusive }) => [history, marks.length, inconclusive])).toEqual([
    ['first-write', 1, undefined],
    ['in-flight-fork', 0, 'needs migrate-in-flight, which the tree does not have'],
  ]);
});

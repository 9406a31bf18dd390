// SPDX-License-Identifier: GPL-2.0-or-later
// The model of mainline does what a real kernel did, and what is broken in it is found by the same invariants that
// judge kernels.
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { AnonVma, anonVma } from '../../src/designs/anon-vma.ts';
import { labMachine, optionsOf } from '../../src/designs/catalogue.ts';
import { LabMachine } from '../../src/designs/lab-machine.ts';
import type { Vma } from '../../src/designs/values.ts';
import { figuresOf, loadRecorded } from '../../src/fidelity/recorded.ts';
import { compareHistory } from '../../src/simulator/ground-truth/compare.ts';
import { loadGroundTruth, wantedOf } from '../../src/simulator/ground-truth/load.ts';
import { replay } from '../../src/simulator/ground-truth/replay.ts';
import { loadScenarios, runScenario } from '../../src/simulator/index.ts';

const root = path.resolve(import.meta.dirname, '../..');
const scenarios = loadScenarios(path.join(root, 'simulations/scenarios'));
const named = (name: string) => scenarios.filter((scenario) => scenario.name === name);

describe('measured histories', () => {
  const truths = loadGroundTruth(path.join(root, 'simulations/ground-truth'));

  const outcomes = (given: Record<string, string>, chosen = truths) => {
    const machine = labMachine('anon-vma', given);
    return chosen.map((truth) => compareHistory(truth, replay(machine, truth.scenario, wantedOf(truth))));
  };

  test('all of them, at every checkpoint', () => {
    const found = outcomes({ era: '6.18' });
    expect(found.filter(({ differences, notRun }) => differences.length > 0 || notRun !== undefined)).toEqual([]);
    expect(found.length).toBe(197);
    expect(found.every(({ checks, equal }) => equal === checks)).toBe(true);
    expect(found.reduce((sum, { equal }) => sum + equal, 0)).toBeGreaterThan(6000);
  });

  test.each(Object.entries(loadRecorded()))(
    '%s differs from them where its tree does, and by the same figures',
    (version, recorded) => {
      const era = /^\d+\.\d+/.exec(version)?.[0] ?? '';
      for (const { name, differences } of outcomes({ era })) {
        const expected = recorded[name]?.figures ?? {};
        expect([name, figuresOf(differences)]).toEqual([name, expected]);
      }
    },
  );

  test('another heuristic is told apart', () => {
    const growth = truths.filter(({ family }) => family === 'growth');
    const differ = (reuse: string) =>
      outcomes({ era: '6.18', reuse }, growth).filter((one) => one.differences.length > 0);
    expect(differ('counted')).toEqual([]);
    expect(differ('never').map(({ name }) => name)).toContain('growth_exit_write');
  });
});

describe('scenarios', () => {
  test.each(['6.12', '6.18', '7.2', '7.3'])('hold every invariant by the rules of %s', (era) => {
    const machine = labMachine('anon-vma', { era });
    const runs = scenarios.map((scenario) => runScenario(machine, scenario));
    expect(runs.flatMap(({ scenario, violations }) => violations.map(({ evidence }) => [scenario, evidence]))).toEqual(
      [],
    );
    // What no design says anything about is said, not passed over.
    const open = runs.flatMap(({ inconclusive }) => inconclusive ?? []);
    const reasons = open.map((text) => /needs (.*?),/.exec(text)?.[1] ?? text);
    expect([...new Set(reasons)].sort()).toEqual(['KSM', 'brk()', 'khugepaged', 'madvise(collapse)', 'memory failure']);
    expect([...machine.unmodelled.values()].reduce((sum, count) => sum + count, 0)).toBe(open.length);
  });
});

describe('a model that is wrong', () => {
  /** Runs a scenario on a model with one method replaced. */
  function broken(change: (design: AnonVma) => void, name: string) {
    const machine = new LabMachine(
      {
        info: anonVma.info,
        create: (world, options) => {
          const design = new AnonVma(world, options);
          change(design);
          return design;
        },
      },
      optionsOf(anonVma),
    );
    return named(name).flatMap((scenario) =>
      runScenario(machine, scenario).violations.map(({ invariant }) => invariant),
    );
  }

  test("a child without its parent's chain misses the pages that it shares", () => {
    const found = broken((design) => {
      design.fork = (child: Vma) => design.prepare(child);
    }, 'fork-siblings');
    expect(found).toContain('walk-complete');
  });

  test('a split that leaves the key as it was', () => {
    const found = broken((design) => {
      design.lift = () => {};
      design.settle = () => {};
    }, 'mprotect-middle');
    expect(found).toContain('keys');
  });

  test('an unmap that keeps its chain', () => {
    const found = broken((design) => {
      design.unmap = () => {};
    }, 'first-write');
    expect(found).toContain('no-leak');
  });
});

// SPDX-License-Identifier: GPL-2.0-or-later
import { describe, expect, it } from 'vitest';
import { effectsOf } from '../../src/review/effects.ts';
import { lockRows } from '../../src/review/lock-profile.ts';
import { compareRuns } from '../../src/simulator/compare.ts';
import type { Run } from '../../src/simulator/values.ts';

type Step = [text: string, work: Record<string, number>];

function run(scenario: string, steps: Step[], more: Partial<Run> = {}): Run {
  return {
    scenario,
    config: 'prod',
    steps: steps.map(([text]) => text),
    work: steps.map(([, work]) => work),
    violations: [],
    marks: [],
    walks: { count: 0, visits: 0, worst: 0 },
    blocks: '',
    elapsedMs: 0,
    ...more,
  };
}

const base = [
  run('one', [
    ['P: fork C1', { 'allocated anon_vma': 1, 'allocated anon_vma_chain': 2, faults: 0, visits: 4 }],
    [
      'C1: fork C2',
      {
        'allocated anon_vma': 1,
        'allocated anon_vma_chain': 3,
        'lock anon_vma.rwsem (write)': 2,
        'held anon_vma.rwsem (write)': 50,
      },
    ],
    ['exit: all', { 'freed anon_vma': 2, 'freed anon_vma_chain': 5 }],
  ]),
  run('two', [['C1: fork C2', { 'allocated anon_vma_chain': 3 }]]),
];
const patched = [
  run('one', [
    ['P: fork C1', { 'allocated anon_vma_chain': 2, visits: 4 }],
    [
      'C1: fork C2',
      { 'allocated anon_vma_chain': 1, 'lock anon_vma.rwsem (write)': 3, 'held anon_vma.rwsem (write)': 70 },
    ],
    ['exit: all', { 'freed anon_vma_chain': 3 }],
  ]),
  run('two', [['C1: fork C2', { 'allocated anon_vma_chain': 2 }]]),
];

describe('effects', () => {
  it('are one for each thing, with sums, kinds of step and an example', () => {
    const effects = effectsOf(compareRuns(base, patched));
    expect(effects.map(({ what, name, direction, before, after }) => [what, name, direction, before, after])).toEqual([
      ['allocated', 'anon_vma_chain', 'fewer', 6, 3],
      ['allocated', 'anon_vma', 'fewer', 2, 0],
      ['freed', 'anon_vma', 'fewer', 2, 0],
      ['freed', 'anon_vma_chain', 'fewer', 5, 3],
      ['lock', 'anon_vma.rwsem (write)', 'more', 2, 3],
    ]);
    expect(effects[0]).toMatchObject({
      scenarios: 2,
      cause: 1,
      operations: [{ operation: 'fork in a child', steps: 2, before: 6, after: 3 }],
      example: { scenario: 'one', step: 1, stepText: 'C1: fork C2', before: 3, after: 1 },
    });
    expect(effects[1]?.operations.map(({ operation, steps }) => [operation, steps])).toEqual([
      ['fork', 1],
      ['fork in a child', 1],
    ]);
  });

  it('tell more from fewer of the same thing', () => {
    const more = [run('one', [['P: write A 0', { faults: 2 }]]), run('two', [['P: read A 0', { faults: 2 }]])];
    const other = [run('one', [['P: write A 0', { faults: 3 }]]), run('two', [['P: read A 0', {}]])];
    expect(
      effectsOf(compareRuns(more, other)).map(({ direction, before, after }) => [direction, before, after]),
    ).toEqual([
      ['fewer', 2, 0],
      ['more', 2, 3],
    ]);
  });

  it('leave out what could not be judged, and steps that only one side did', () => {
    const broken = [run('one', [['P: fork C1', {}]], { inconclusive: 'no' }), run('two', [['C1: fork C9', {}]])];
    expect(effectsOf(compareRuns(base, broken))).toEqual([]);
  });

  it('leave out a step that a violation ended', () => {
    const steps: Step[] = [
      ['P: write A 0', { faults: 2 }],
      ['P: migrate A 0', { copies: 2 }],
    ];
    const ended = run(
      'one',
      [
        ['P: write A 0', { faults: 1 }],
        ['P: migrate A 0', {}],
      ],
      {
        violations: [
          {
            invariant: 'step-result',
            severity: 'violation',
            step: 1,
            evidence: '',
            where: [],
            signature: '',
            modelled: [],
          },
        ],
      },
    );
    expect(effectsOf(compareRuns([run('one', steps)], [ended])).map(({ what }) => what)).toEqual(['faults']);
  });

  it('count all locks', () => {
    expect(lockRows(compareRuns(base, patched))).toEqual([
      {
        lock: 'anon_vma.rwsem',
        mode: 'write',
        before: 2,
        after: 3,
        heldBefore: 50,
        heldAfter: 70,
        nodesBefore: 0,
        nodesAfter: 0,
      },
    ]);
  });
});

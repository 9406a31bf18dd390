// SPDX-License-Identifier: GPL-2.0-or-later
import { describe, expect, it } from 'vitest';
import { effectSentences } from '../../src/report/effects.ts';
import type { Effect } from '../../src/review/values.ts';

function effect(what: Effect['what'], name: string, from: number, to: number, more: Partial<Effect> = {}): Effect {
  return {
    what,
    name,
    direction: to > from ? 'more' : 'fewer',
    before: from * 2,
    after: to * 2,
    scenarios: 2,
    cause: 1,
    operations: [{ operation: 'fork in a child', steps: 2, before: from * 2, after: to * 2 }],
    example: { scenario: 'split', step: 3, stepText: 'C1: fork C2', before: from, after: to },
    ...more,
  };
}

describe('sentences about what steps do', () => {
  it('are one for what differs in the same steps', () => {
    const effects = [
      effect('allocated', 'anon_vma', 1, 0),
      effect('allocated', 'anon_vma_chain', 5, 3),
      effect('freed', 'anon_vma_chain', 5, 3, { cause: 2 }),
      effect('lock', 'anon_vma.rwsem (write)', 1, 2),
      effect('visits', '', 9, 6, { cause: 3 }),
    ];
    expect(effectSentences({ effects })).toEqual([
      'fork in a child: no anon_vma is allocated any more, none instead of 1; fewer anon_vma_chain are allocated, 3 instead of 5, and as many fewer are freed; anon_vma.rwsem (write) is taken once more often, 2 instead of 1 (as in "C1: fork C2" of split; 2 steps of 2 scenarios in all).',
      'after fork in a child: walks from all mapped folios visit fewer VMAs, 6 instead of 9 (as in "C1: fork C2" of split; 2 steps of 2 scenarios in all, 12 instead of 18).',
    ]);
  });

  it('name a few kinds of step and count the others', () => {
    const operations = ['fork', 'mremap', 'munmap', 'exit', 'exec'].map((operation) => {
      return { operation, steps: 1, before: 1, after: 2 };
    });
    const [sentence] = effectSentences({ effects: [effect('copies', '', 1, 2, { operations })] });
    expect(sentence).toMatch(/^fork, mremap, munmap and 2 other kinds of step: more pages are copied, 2 instead of 1/);
    const children = operations.slice(0, 2).map((one) => ({ ...one, operation: `${one.operation} in a child` }));
    const [both] = effectSentences({ effects: [effect('faults', '', 2, 1, { operations: children })] });
    expect(both).toMatch(/^fork and mremap in a child: fewer page faults, 1 instead of 2/);
  });

  it('are none where nothing differs, or nothing was counted', () => {
    expect(effectSentences({ effects: [] })).toEqual([]);
    expect(effectSentences({})).toEqual([]);
  });
});

// SPDX-License-Identifier: GPL-2.0-or-later
import { describe, expect, it } from 'vitest';
import type { LockOrder } from '../../../src/machine/values.ts';
import { documentedOrder } from '../../../src/simulator/locks/facts.ts';
import { LockJudge } from '../../../src/simulator/locks/judge.ts';
import { addStacks } from '../../../src/simulator/locks/stacks.ts';
import type { Violation } from '../../../src/simulator/values.ts';
import { complaint, order, watchOf } from './watch.ts';

const documented = documentedOrder();
const ANON = '&anon_vma->rwsem';
const FILE = '&mapping->i_mmap_rwsem';

/** What a judge says of orders, each a look of its own. */
function judge(...orders: LockOrder[]) {
  const looks = orders.map((one) => ({ orders: [one] }));
  const one = new LockJudge(
    watchOf(() => looks.shift() ?? {}),
    documented,
  );
  return orders.flatMap(() => one.look());
}

describe('the documented order', () => {
  it('holds through others between, in one direction', () => {
    expect(documented('&mm->mmap_lock', 'ptlock_ptr(ptdesc)/1')).toBe('mm/rmap.c, Lock ordering in mm');
    expect(documented(FILE, ANON)).toBeDefined();
    expect(documented(ANON, FILE)).toBeUndefined();
    expect(documented('&mapping->invalidate_lock', 'vm_lock')).toBeUndefined();
    expect(documented('fs_reclaim', ANON)).toBeDefined();
  });

  it('says nothing of locks that it does not name', () => {
    expect(documented('lock', ANON)).toBeUndefined();
    expect(documented('&mm->mmap_lock_of_mine', ANON)).toBeUndefined();
  });
});

describe('orders', () => {
  it('against the documented one are told at once, with who says so', () => {
    const [fault, ...more] = judge(order(ANON, FILE));
    expect(more).toEqual([]);
    expect(fault).toMatchObject({
      invariant: 'lock-order',
      shape: `${FILE} under ${ANON}`,
      evidence: `takes ${FILE} while it holds ${ANON}; the documented order is ${FILE} before ${ANON} (mm/rmap.c, Lock ordering in mm)`,
    });
  });

  it('that lead in a circle are told with every lock on the way', () => {
    const faults = judge(order('A', 'B'), order('B', 'C'), order('A', 'C'), order('C', 'A'));
    expect(faults.map(({ shape }) => shape)).toEqual(['A under C']);
    expect(faults[0]?.evidence).toContain('before took C under A');
    expect(faults[0]?.others).toHaveLength(3);
  });

  it('that lead nowhere back are none', () => {
    expect(judge(order('A', 'B'), order('A', 'C'), order('B', 'C'), order('C', 'D'))).toEqual([]);
    expect(judge(order(FILE, ANON), order('&mm->mmap_lock', '&mm->mmap_lock/1'))).toEqual([]);
  });

  it('of one class are recursion', () => {
    expect(judge(order('A', 'A')).map(({ shape }) => shape)).toEqual(['A under itself']);
  });

  it('of a reclaiming allocation under a lock that reclaim takes are told', () => {
    expect(judge(order(ANON, 'fs_reclaim')).map(({ shape }) => shape)).toEqual([`fs_reclaim under ${ANON}`]);
    expect(judge(order('&mm->mmap_lock', 'fs_reclaim'))).toEqual([]);
  });
});

describe('complaints', () => {
  it.each([
    ['sleep', 'rcu_read_lock', 'lock-context', 'may sleep under rcu_read_lock'],
    [
      'tree-write',
      'anon_vma',
      'lock-missing',
      "changes the tree of an anon_vma without its root's rwsem held for writing, which its walkers rely on",
    ],
    ['tree-read', 'i_mmap', 'lock-missing', "walks the tree of a file's i_mmap without i_mmap_rwsem held"],
    ['owner', '', 'locks', 'releases a lock that another task took'],
  ] as const)('%s', (rule, what, invariant, evidence) => {
    const one = new LockJudge(
      watchOf(() => ({ complaints: [complaint(rule, what)] })),
      documented,
    );
    expect(one.look()).toMatchObject([{ invariant, evidence }]);
  });
});

describe('stacks', () => {
  it('come from a second run: of the fault, and of what it conflicts with', () => {
    const [fault] = judge(order(ANON, FILE));
    if (fault === undefined) throw new Error('no fault');
    const watch = watchOf(() => ({}));
    const violation: Violation = {
      ...{
        invariant: 'lock-order',
        severity: 'violation',
        step: 0,
        evidence: 'it',
        where: [],
        signature: '',
        modelled: [],
      },
    };
    let runs = 0;
    addStacks(
      watch,
      [{ violation, fault: { ...fault, moment: 2, others: [{ number: 1, what: 'A was taken' }] } }],
      () => runs++,
    );
    expect(runs).toBe(1);
    expect(watch.trapped).toEqual([2, 1]);
    expect(violation.where).toEqual([{ file: 'mm/toy.c', line: 2, function: 'toy_2' }]);
    expect(violation.stacks).toEqual([
      { what: 'A was taken', where: [{ file: 'mm/toy.c', line: 1, function: 'toy_1' }] },
    ]);
    expect(violation.evidence).toBe('it in toy_2 (mm/toy.c:2); A was taken in toy_1 (mm/toy.c:1)');
  });
});

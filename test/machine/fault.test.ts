// SPDX-License-Identifier: GPL-2.0-or-later
import { describe, expect, it } from 'vitest';
import { modelledIn, SimFault } from '../../src/machine/fault.ts';
import { meaning } from '../../src/simulator/faults.ts';

const tree = (name: string) => ({ file: 'mm/rmap.c', line: 1, function: name });
const machine = (name: string, file = 'slab.c') => ({ file: `machine:${file}`, line: 1, function: name });

describe('models that a fault rests on', () => {
  it('stand between two functions of the tree', () => {
    expect(modelledIn([tree('ctor'), machine('create'), machine('kmem_cache_alloc'), tree('fork')])).toEqual([
      'create',
      'kmem_cache_alloc',
    ]);
  });

  it('are not those that only found it, nor the entries', () => {
    expect(modelledIn([machine('release_object'), tree('unlink'), machine('sim_munmap', 'tasks.c')])).toEqual([]);
    expect(modelledIn([machine('sim_fork', 'tasks.c')])).toEqual([]);
    expect(modelledIn([])).toEqual([]);
  });

  it('are neither wrappers nor the end of a grace period', () => {
    expect(modelledIn([tree('a'), machine('iter_first', 'wrappers/interval_tree.c'), tree('b')])).toEqual([]);
    expect(modelledIn([tree('callback'), machine('sim_grace_period', 'rcu.c'), tree('b')])).toEqual([]);
  });

  it('come along into what the fault means', () => {
    const fault = new SimFault('crash', 'access to an address where there is no memory');
    fault.modelled = ['queue_work_on'];
    expect(meaning(fault, 'it')).toMatchObject({ invariant: 'no-dangling', modelled: ['queue_work_on'] });
  });
});

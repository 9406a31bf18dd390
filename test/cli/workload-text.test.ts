// SPDX-License-Identifier: GPL-2.0-or-later
import { expect, test } from 'vitest';
import { change, grouped, mean, workloadComparisonText, workloadText } from '../../src/cli/workload-text.ts';
import type { LoadMark, Run } from '../../src/simulator/index.ts';
import { emptyRun } from '../../src/simulator/run.ts';
import { ownWorkloads } from '../../src/simulator/workload/load.ts';

const [workload] = ownWorkloads().filter(({ name }) => name === 'phone');
if (workload === undefined) throw new Error('no phone');
const scaled = { workload, scale: 0.01 };

function markOf(anonVmas: number, more: Partial<LoadMark> = {}): LoadMark {
  const objects = [
    { object: 'vm_area_struct', live: 1_049_770, rcuPending: 0, size: 192 },
    { object: 'anon_vma', live: anonVmas, rcuPending: 12, size: 96 },
  ];
  return {
    name: 'apps',
    processes: 588,
    objects,
    slabBytes: objects.reduce((sum, { live, size }) => sum + live * size, 0),
    pageTableBytes: 4096 * 5000,
    folios: 284_859,
    walkedEvery: 15,
    anonWalks: { walked: 18_960, visits: 35_136, worst: 338, blocks: 3_201_240 },
    fileWalks: { walked: 0, visits: 0, worst: 0, blocks: 0 },
    forks: { count: 4, objects: { anon_vma: 10, 'kmalloc-128': 0.02 }, pageTableBytes: 16_384, blocks: 4000 },
    locks: [{ lock: 'anon_vma.rwsem', mode: 'write', taken: 2_999_000, blocks: 164_945_000, nodes: 0, longest: 97 }],
    operations: { fork: 4 },
    ...more,
  };
}

function runOf(...marks: LoadMark[]): Run {
  return {
    ...emptyRun('phone', 'prod'),
    steps: ['mark: apps'],
    load: { scale: 0.01, parameters: { apps: 24 }, marks },
  };
}

test('one tree: objects by size, exact figures, what was not checked', () => {
  const text = workloadText(scaled, 'debian:7.3', runOf(markOf(327_729, { notChecked: 'more than 40000 VMAs' })));
  expect(text).toContain('Workload phone, scale 0.01');
  expect(text).toMatch(/vm_area_struct +1,049,770 +0 +192 +196,831\.9\n +anon_vma +327,729 +12 +96 +30,724\.6/);
  const prose = text.replace(/\s+/g, ' ');
  expect(prose).toContain('588 processes, 1,049,770 VMAs and 284,859 folios of user data; a VMA costs 222.0 bytes');
  expect(text).toMatch(
    /walks, from one folio in 15 +made +visits, mean +worst +blocks, mean\n +anonymous +18,960 +1\.85 +338/,
  );
  expect(prose).toContain('4 forks, each allocates on average 2.50 anon_vma, 4,096 bytes of page tables');
  expect(text).not.toContain('kmalloc-128');
  expect(text).toMatch(/anon_vma\.rwsem \(write\) +2,999,000 +55 +97/);
  expect(text).toContain('Invariants not checked here: more than 40000 VMAs.');
  expect(prose).toContain('checked at 0 of 1 mark rather than after each step');
  for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
});

test('two trees: before, after and the change, what went and what is new', () => {
  const gone = [...markOf(0).objects.slice(0, 1), { object: 'vma_lock', live: 5, rcuPending: 0, size: 40 }];
  const text = workloadComparisonText(
    scaled,
    ['debian:6.12', runOf(markOf(0, { objects: gone }))],
    ['debian:7.3', runOf(markOf(10))],
  );
  expect(text).toContain('debian:6.12 -> debian:7.3 (prod)');
  expect(text).toMatch(/vm_area_struct +1,049,770 +1,049,770 +196,831\.9 +196,831\.9 +0\n/);
  expect(text).toMatch(/anon_vma +0 +10 +0\.0 +0\.9 +new\n/);
  expect(text).toMatch(/vma_lock +5 +0 +0\.2 +0\.0 +gone\n/);
  expect(text).toContain('All of them hold.');
});

test('a violation is told with the mark, and that it does not hold', () => {
  const run = runOf(markOf(1));
  const evidence = '3 anon_vma still live';
  run.violations.push({
    invariant: 'no-leak',
    severity: 'violation',
    step: 0,
    evidence,
    where: [],
    signature: 's',
    modelled: [],
  });
  const text = workloadText(scaled, 'debian:7.3', run);
  expect(text).toContain('violated: no-leak, mark: apps\n  3 anon_vma still live\n1 violation\n');
  expect(text).not.toContain('All of them hold');
});

test('numbers are grouped, means have three digits, changes are percentages', () => {
  expect([grouped(1234567), grouped(0.5, 1), mean(2), mean(1.853), mean(12.44), mean(1234.5)]).toEqual([
    '1,234,567',
    '0.5',
    '2',
    '1.85',
    '12.4',
    '1,235',
  ]);
  expect([change(4, 4), change(4, 5), change(4, 1), change(0, 1), change(3, 0)]).toEqual([
    '0',
    '+25.0%',
    '-75.0%',
    'new',
    'gone',
  ]);
});

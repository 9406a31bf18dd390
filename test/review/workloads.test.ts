// SPDX-License-Identifier: GPL-2.0-or-later
import { expect, test } from 'vitest';
import type { Image } from '../../src/kernel/values.ts';
import { workloadDetails } from '../../src/report/mail-memory.ts';
import type { Cache } from '../../src/review/cache.ts';
import { Clock } from '../../src/review/clock.ts';
import type { Rooms } from '../../src/review/rooms.ts';
import type { Runner } from '../../src/review/run.ts';
import type { Review } from '../../src/review/values.ts';
import { compareWorkloads, type WorkloadInfo } from '../../src/review/workloads.ts';
import { emptyRun } from '../../src/simulator/run.ts';
import type { Run } from '../../src/simulator/values.ts';

const image = (key: string): Image => ({
  key,
  config: 'prod',
  variant: '',
  wasmFile: '',
  layoutsFile: '',
  linesFile: '',
  unmodelled: [],
});
const info = (name: string): WorkloadInfo => ({ name, areas: [], text: name, steps: 0, scale: 0.02 });

/** Runs in which the patched tree needs as many anon_vmas as `after` says. */
function runnerOf(change: (run: Run, side: string) => void): { runner: Runner; asked: string[] } {
  const asked: string[] = [];
  const kept = new Map<string, unknown>();
  const cache: Cache = {
    get: async (key) => kept.get(JSON.stringify(key)),
    put: async (key, value) => void kept.set(JSON.stringify(key), value),
  };
  const rooms = {
    async *runScenarios({ key }: Image, scenarios: readonly { name: string }[]) {
      for (const { name } of scenarios) {
        asked.push(`${key} ${name}`);
        const run = emptyRun(name, 'prod');
        const objects = [{ object: 'anon_vma', live: key === 'base' ? 40 : 10, rcuPending: 0, size: 96 }];
        run.marks.push({ name: 'end', step: 0, objects });
        change(run, key);
        yield run;
      }
    },
  } as unknown as Rooms;
  return { runner: { rooms, cache, clock: new Clock(60_000), seed: 1, jobs: 1 }, asked };
}

test('a workload is told object by object, and its runs are kept', async () => {
  const { runner, asked } = runnerOf(() => {});
  const workloads = [info('fork-server')];
  for (let i = 0; i < 2; i++) {
    const { rows, notes } = await compareWorkloads(runner, workloads, image('base'), image('patched'));
    expect(notes).toEqual([]);
    expect(rows).toEqual([
      {
        workload: 'fork-server',
        scale: 0.02,
        mark: 'end',
        object: 'anon_vma',
        before: { count: 40, bytes: 3840, rcuPending: 0 },
        after: { count: 10, bytes: 960, rcuPending: 0 },
      },
    ]);
    const text = workloadDetails({ workloads: rows } as Review, 10, false).join('\n');
    expect(text.replace(/\n/g, ' ')).toContain(
      'Memory of workloads (prod), fork-server (scale 0.02), what differs from the base',
    );
    expect(text).toMatch(/fork-server +end +anon_vma +40 +10 +3\.75 +0\.94 +-2\.81/);
  }
  expect(asked).toEqual(['base fork-server', 'patched fork-server']);
});

test('what is the same is one line, and nothing where there are no workloads', () => {
  const amount = { count: 4, bytes: 400, rcuPending: 0 };
  const row = { workload: 'w', scale: 0.5, mark: 'end', object: 'anon_vma', before: amount, after: amount };
  expect(workloadDetails({ workloads: [row] } as unknown as Review, 10, false).join(' ')).toBe(
    'Workloads hold the same objects and bytes as on the base (prod): w (scale 0.5).',
  );
  expect(workloadDetails({ workloads: [row] } as unknown as Review, 10, true).join('\n')).toMatch(
    /w +end +anon_vma +4 +4/,
  );
  expect(workloadDetails({} as Review, 10, true)).toEqual([]);
});

test('what breaks on the patched side only, and what cannot be judged, is a note', async () => {
  const violation = { severity: 'violation' as const, step: 0, where: [], modelled: [] };
  const { runner } = runnerOf((run, side) => {
    if (run.scenario === 'b') run.inconclusive = 'out of memory';
    else if (side === 'patched')
      run.violations.push({ ...violation, invariant: 'no-leak', evidence: '3 left', signature: 'no-leak: 3' });
  });
  const { rows, notes } = await compareWorkloads(runner, [info('a'), info('b')], image('base'), image('patched'));
  expect(rows.map(({ workload }) => workload)).toEqual(['a']);
  expect(notes).toEqual([
    'the workload a breaks no-leak on the patched tree: 3 left (rmapbot simulate --workload a --scale 0.02)',
    'the workload b could not be judged on the base side: out of memory',
    'the workload b could not be judged on the patched side: out of memory',
  ]);
});

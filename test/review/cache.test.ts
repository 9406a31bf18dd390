// SPDX-License-Identifier: GPL-2.0-or-later
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { pruneCache } from '../../src/review/cache.ts';
import { reviewSeries } from '../../src/review/review.ts';
import { fakeRequest, fakeRooms, type Log } from './fake.ts';

let cacheDir = '';
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'rmapbot-test-'));
});
afterEach(() => rm(cacheDir, { recursive: true, force: true }));

it('runs nothing a second time, and says the same', async () => {
  const first = await reviewSeries(fakeRequest(1, { cacheDir }), fakeRooms({ patches: 1 }));
  const log: Log = [];
  const second = await reviewSeries(fakeRequest(1, { cacheDir }), fakeRooms({ patches: 1 }, log));
  expect(log.filter((line) => line.startsWith('run'))).toEqual([]);
  expect(second).toEqual(first);
});

it('runs again what another seed, another program or a damaged file asks for', async () => {
  const world = { patches: 1 };
  await reviewSeries(fakeRequest(1, { cacheDir }), fakeRooms(world));
  const runs = async (more: object, change: object) => {
    const log: Log = [];
    await reviewSeries(fakeRequest(1, { cacheDir, ...more }), { ...fakeRooms(world, log), ...change });
    return log.filter((line) => line.startsWith('run')).length;
  };
  expect(await runs({ seed: 2 }, {})).toBe(13);
  expect(await runs({}, { programVersion: 'newer' })).toBe(13);
  for (const name of await readdir(join(cacheDir, 'runs'))) await writeFile(join(cacheDir, 'runs', name), '{"scen');
  expect(await runs({}, {})).toBe(13);
  expect(await runs({}, {})).toBe(0);
});

it('confirms a finding by a run of its own, once', async () => {
  const world = { patches: 1, shows: (patch: number) => (patch > 0 ? ['no-leak x'] : []) };
  const runsOf = async () => {
    const log: Log = [];
    const { verdict } = await reviewSeries(fakeRequest(1, { cacheDir }), fakeRooms(world, log));
    expect(verdict).toBe('violations');
    return log.filter((line) => line === 'run 0 check fork-child' || line === 'run 1 check fork-child');
  };
  expect((await runsOf()).length).toBeGreaterThan(3); // both sides, twice; the planted one besides
  expect(await runsOf()).toEqual([]);
});

it('plants and builds no control that was detected on this base before', async () => {
  await reviewSeries(fakeRequest(1, { cacheDir }), fakeRooms({ patches: 1 }));
  const log: Log = [];
  const { controls } = await reviewSeries(fakeRequest(1, { cacheDir }), fakeRooms({ patches: 1 }, log));
  expect(controls[0]).toMatchObject({ detected: true, scenario: 'fork-child' });
  expect(log.join()).not.toContain('planted');
});

it('tries a control again that was missed', async () => {
  await reviewSeries(fakeRequest(1, { cacheDir }), fakeRooms({ patches: 1, missedControl: true }));
  const log: Log = [];
  await reviewSeries(fakeRequest(1, { cacheDir }), fakeRooms({ patches: 1, missedControl: true }, log));
  expect(log).toContain('build 0 check planted');
});

it('does not keep what could not be judged', async () => {
  const shows = () => ({ inconclusive: 'cap' });
  await reviewSeries(fakeRequest(1, { cacheDir }), fakeRooms({ patches: 1, shows }));
  const { verdict } = await reviewSeries(fakeRequest(1, { cacheDir }), fakeRooms({ patches: 1 }));
  expect(verdict).toBe('clean');
});

it('drops the oldest runs beyond the limit', async () => {
  await reviewSeries(fakeRequest(1, { cacheDir }), fakeRooms({ patches: 1 }));
  const folder = join(cacheDir, 'runs');
  expect(await readdir(folder)).toHaveLength(14);
  await pruneCache(folder, 14);
  expect(await readdir(folder)).toHaveLength(14);
  await pruneCache(folder, 8);
  expect(await readdir(folder)).toHaveLength(6);
  await pruneCache(join(cacheDir, 'absent'), 5);
});

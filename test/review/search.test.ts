// SPDX-License-Identifier: GPL-2.0-or-later
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ranLines } from '../../src/report/mail-ran.ts';
import { reviewSeries } from '../../src/review/review.ts';
import { parseScenario } from '../../src/simulator/index.ts';
import type { SearchResult } from '../../src/simulator/search/values.ts';
import { fakeRequest, fakeRooms, type Log, type World } from './fake.ts';

const review = (world: World, more = {}, log: Log = []) =>
  reviewSeries(fakeRequest(world.patches, { histories: 25, ...more }), fakeRooms(world, log));

const scenario = parseScenario('name: generated-1\nareas: []\nabout: a\nsteps:\n  - P: fork C\n', 'generated');
const NOTHING: SearchResult = { histories: 25, steps: 300, found: [], unjudged: [], corpus: [], blocks: [] };
const FOUND: SearchResult = { ...NOTHING, found: [{ scenario, violations: [] }] };

describe('generated histories of a review', () => {
  it('run on the patched check image alone, once, behind the scenarios', async () => {
    const log: Log = [];
    const { verdict, search, scenarios, inconclusive } = await review({ patches: 1, search: NOTHING }, {}, log);
    expect(log.filter((line) => line.includes('generated'))).toEqual(['run 1 check generated-histories']);
    expect({ verdict, inconclusive, ran: scenarios.ran }).toEqual({ verdict: 'clean', inconclusive: [], ran: 3 });
    expect(search).toEqual({
      ...{ config: 'check', seed: 1, histories: 25, steps: 300, found: 0, notJudged: 0, missedLines: 0, newLines: 0 },
    });
  });

  it('are findings of the series where they break something that the base does not', async () => {
    const shows = (patch: number, name: string) => (name === 'generated-1' && patch > 1 ? ['keys x'] : []);
    const { verdict, reason, findings } = await review({ patches: 3, shows, search: FOUND });
    expect({ verdict, reason }).toEqual({ verdict: 'violations', reason: 'breaks keys since patch 2' });
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ scenario: 'generated-1', status: 'introduced', patch: 2, config: 'check' });
    expect(findings[0]?.reproducer).toContain('name: generated-1');
  });

  it('are pre-existing where the base does the same', async () => {
    const shows = (_: number, name: string) => (name === 'generated-1' ? ['keys x'] : []);
    const { verdict, findings } = await review({ patches: 1, shows, search: FOUND });
    expect(verdict).toBe('clean');
    expect(findings).toMatchObject([{ status: 'pre-existing', scenario: 'generated-1' }]);
  });

  it('say which of the lines that scenarios missed they ran', async () => {
    const lines = { executable: [2, 3], executed: [2] };
    const done = await review({ patches: 1, lines, search: NOTHING });
    expect(done.search).toMatchObject({ missedLines: 1, newLines: 0 });
    expect(ranLines(done).join(' ')).toContain('25 generated histories, seed 1, coverage: 0 of 1 changed line more.');
  });

  it('are left out where none are wanted', async () => {
    const log: Log = [];
    const { search } = await review({ patches: 1, search: NOTHING }, { histories: 0 }, log);
    expect(search).toBeUndefined();
    expect(log.filter((line) => line.includes('generated'))).toEqual([]);
  });

  it('are kept like runs', async () => {
    const cacheDir = mkdtempSync(join(tmpdir(), 'rmapbot-search-'));
    const log: Log = [];
    try {
      const first = await review({ patches: 1, search: NOTHING }, { cacheDir }, log);
      const again = await review({ patches: 1, search: NOTHING }, { cacheDir }, log);
      expect(again.search).toEqual(first.search);
      expect(log.filter((line) => line.includes('generated'))).toHaveLength(1);
    } finally {
      rmSync(cacheDir, { recursive: true, force: true });
    }
  });
});

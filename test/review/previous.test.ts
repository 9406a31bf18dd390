// SPDX-License-Identifier: GPL-2.0-or-later
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { versionLines } from '../../src/report/versions.ts';
import { contentId } from '../../src/review/content-id.ts';
import { compareVersions } from '../../src/review/previous.ts';
import { reviewSeries } from '../../src/review/review.ts';
import type { Review } from '../../src/review/values.ts';
import { compareWithBefore, versionBefore } from '../../src/review/with-previous.ts';
import { fakeRequest, fakeRooms, fakeSeries, type Shows } from './fake.ts';

/** A review of two patches whose diffs and findings the test says. */
async function review(diffs: [title: string, diff: string][], shows: Shows): Promise<Review> {
  const series = fakeSeries(diffs.length);
  for (const [index, patch] of series.patches.entries()) [patch.title, patch.diff] = diffs[index] ?? ['', ''];
  return reviewSeries(fakeRequest(diffs.length, { series }), fakeRooms({ patches: diffs.length, shows }));
}

const diff = (word: string, line = 7) =>
  `diff --git a/mm/rmap.c b/mm/rmap.c\n@@ -${line} +${line} @@\n-old\n+${word}\n`;

describe('this version against the previous one', () => {
  it('says of each finding what became of it', async () => {
    const then = await review([['a', diff('a')]], (patch) => (patch ? ['keys x', 'walk-complete y'] : []));
    const now = await review([['a', diff('b')]], (patch) => (patch ? ['walk-complete y', 'no-leak z'] : []));
    const { findings, verdict, from } = compareVersions(now, then, 'file');
    expect(findings.map(({ state, invariant }) => [state, invariant])).toEqual([
      ['still there', 'walk-complete'],
      ['new', 'no-leak'],
      ['fixed', 'keys'],
    ]);
    expect(findings.map(({ finding }) => (finding === undefined ? null : now.findings[finding]?.invariant))).toEqual([
      'walk-complete',
      'no-leak',
      null,
    ]);
    expect([verdict, from]).toEqual(['violations', 'file']);
  });

  it('matches patches by what they change, then by title', async () => {
    const then = await review(
      [
        ['a', diff('a')],
        ['b', diff('b')],
        ['c', diff('c')],
      ],
      () => [],
    );
    const now = await review(
      [
        ['new', diff('n')],
        ['a, renamed', diff('a', 90)],
        ['B', diff('b2')],
      ],
      () => [],
    );
    expect(compareVersions(now, then, 'thread').patches).toEqual([
      { change: 'added', number: 1, previous: null, title: 'new' },
      { change: 'same', number: 2, previous: 1, title: 'a, renamed' },
      { change: 'changed', number: 3, previous: 2, title: 'B' },
      { change: 'dropped', number: null, previous: 3, title: 'c' },
    ]);
  });

  it('reads a review of an older program, which has neither signatures nor contents', async () => {
    const shows: Shows = (patch) => (patch ? ['keys x'] : []);
    const then = await review([['a', diff('a')]], shows);
    for (const finding of then.findings) delete finding.signature;
    for (const patch of then.series.patches) delete patch.contentId;
    const said = compareVersions(await review([['a', diff('a')]], shows), then, 'file');
    expect(said.findings.map(({ state }) => state)).toEqual(['still there']);
    expect(said.patches.map(({ change }) => change)).toEqual(['unknown']);
  });
});

describe('the version before, in the same thread', () => {
  const v1 = { ...fakeSeries(1), id: 'v1@example.org' };
  const v2 = { ...fakeSeries(1), id: 'v2@example.org', version: 2, supersedes: 'v1@example.org' };
  const other = { ...fakeSeries(1), id: 'other@example.org' };

  it('is the one that this one supersedes, if it is whole', () => {
    expect(versionBefore(v2, [other, v1])).toBe(v1);
    expect(versionBefore(v2, [other, { ...v1, missing: [1] }])).toBeUndefined();
    expect(versionBefore(v1, [other, v2])).toBeUndefined();
  });

  const shows: Shows = (patch) => (patch ? ['keys x'] : []);
  const reviewOf = (series: typeof v1, say: Shows = shows) =>
    reviewSeries(fakeRequest(1, { series }), fakeRooms({ patches: 1, shows: say }));

  it('is reviewed as well, in what is left of the time', async () => {
    const now = await reviewOf(v2, () => []);
    const asked: [string, number][] = [];
    await compareWithBefore(now, v1, 1234, (series, timeCapMs) => {
      asked.push([series.id, timeCapMs]);
      return reviewOf(series);
    });
    expect(asked).toEqual([['v1@example.org', 1234]]);
    expect(now.previous).toMatchObject({ version: 1, from: 'thread', verdict: 'violations' });
    expect(now.previous?.findings.map(({ state, invariant }) => [state, invariant])).toEqual([['fixed', 'keys']]);
  });

  it('is left out where there is no time, where it is refused, and where this one was not run', async () => {
    const late = await reviewOf(v2);
    await compareWithBefore(late, v1, 0, () => reviewOf(v1));
    expect([late.previous, late.notes]).toEqual([undefined, ['not compared with v1: the time cap was reached']]);
    const refused = await reviewOf(v2);
    await compareWithBefore(refused, v1, 1, async () => {
      throw new InputError('patch 1 makes a link');
    });
    expect(refused.notes).toEqual(['not compared with v1: patch 1 makes a link']);
    const idle = { ...(await reviewOf(v2)), configs: [] };
    await compareWithBefore(idle, v1, 1, () => reviewOf(v1));
    expect(idle.previous).toBeUndefined();
    const ours = compareWithBefore(await reviewOf(v2), v1, 1, async () => {
      throw new Error('ours');
    });
    await expect(ours).rejects.toThrow('ours');
  });

  it('has no findings to compare where it was not run', async () => {
    const now = await reviewOf(v2);
    const failure = { kind: 'does-not-apply' as const, patch: 1, message: 'no' };
    const then = await reviewSeries(fakeRequest(1, { series: v1 }), fakeRooms({ patches: 1, failure }));
    const said = compareVersions(now, then, 'thread');
    expect(said).toMatchObject({ verdict: 'does-not-apply', findings: [] });
    expect(versionLines({ previous: said })[0]).toBe('v1: does not apply; findings cannot be compared');
  });
});

describe('the content of a patch', () => {
  it('does not depend on where it applies, nor on white space', () => {
    expect(contentId(diff('a', 1))).toBe(contentId(diff('a ', 99)));
    expect(contentId(diff('a'))).not.toBe(contentId(diff('b')));
    expect(contentId('--- a/x\n+++ b/x\n+a\n')).not.toBe(contentId('--- a/y\n+++ b/y\n+a\n'));
  });
});

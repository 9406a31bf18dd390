// SPDX-License-Identifier: GPL-2.0-or-later
import { describe, expect, it } from 'vitest';
import { contentId } from '../../src/review/content-id.ts';
import { compareVersions } from '../../src/review/previous.ts';
import { reviewSeries } from '../../src/review/review.ts';
import type { Review } from '../../src/review/values.ts';
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

describe('the content of a patch', () => {
  it('does not depend on where it applies, nor on white space', () => {
    expect(contentId(diff('a', 1))).toBe(contentId(diff('a ', 99)));
    expect(contentId(diff('a'))).not.toBe(contentId(diff('b')));
    expect(contentId('--- a/x\n+++ b/x\n+a\n')).not.toBe(contentId('--- a/y\n+++ b/y\n+a\n'));
  });
});

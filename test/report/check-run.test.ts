// SPDX-License-Identifier: GPL-2.0-or-later
// A check run's answer: golden, the conclusion of each verdict, annotations on changed lines only, GitHub's limits.
import { describe, expect, it } from 'vitest';
import { type CheckOptions, checkAnswer } from '../../src/report/check-run.ts';
import { commentText } from '../../src/report/comment.ts';
import { fitMarkdown } from '../../src/report/fit.ts';
import type { Review } from '../../src/review/values.ts';
import { fullSample } from './full-sample.ts';
import { expectGolden } from './golden.ts';
import { poisoned } from './poison.ts';
import { SAMPLE_NAMES, sampleReview } from './sample.ts';
import { withoutCode } from './without-code.ts';

const HEAD = '0123456789abcdef0123456789abcdef01234567';
const changed: CheckOptions = { changed: new Map([['mm/rmap.c', new Set([2, 3])]]) };
const nothing: CheckOptions = { changed: new Map() };

describe('golden', () => {
  it('check run with something of everything', async () => {
    const { annotations, ...rest } = checkAnswer(await fullSample(), changed);
    const told = `${rest.conclusion}\n${rest.title}\n\n${rest.summary}\n${JSON.stringify(annotations, null, 2)}\n`;
    await expectGolden('check-run.md', told);
  });
  it('comment on a violation', async () =>
    expectGolden('comment.md', commentText(await sampleReview('violations'), HEAD)));
});

describe('the conclusion', () => {
  it('of each verdict', async () => {
    const said = await Promise.all(
      SAMPLE_NAMES.map(async (name) => [name, checkAnswer(await sampleReview(name), changed).conclusion]),
    );
    expect(Object.fromEntries(said)).toEqual({
      violations: 'failure',
      clean: 'success',
      'out-of-scope': 'neutral',
      incomplete: 'action_required',
      inconclusive: 'neutral',
      'does-not-apply': 'action_required',
      'does-not-build': 'failure',
      bisectability: 'success',
    });
  });

  it('a violation that the repository grades down is neutral, never a success; a warning graded up is a failure', async () => {
    const review = await sampleReview('violations');
    const grades = { 'walk-complete': 'warning', 'no-leak': 'notice' } as const;
    const answer = checkAnswer(review, { ...changed, grades });
    expect(answer.conclusion).toBe('neutral');
    expect(answer.annotations.map((one) => one.annotation_level)).toEqual(['warning', 'notice']);
    const warned: Review = {
      ...review,
      verdict: 'clean',
      findings: review.findings.map((one) => ({ ...one, severity: 'warning' })),
    };
    expect(checkAnswer(warned, changed).conclusion).toBe('success');
    expect(checkAnswer(warned, { ...changed, grades: { 'no-leak': 'failure' } }).conclusion).toBe('failure');
  });

  it('may be another one for a verdict, where the repository says so', async () => {
    const conclusions = { inconclusive: 'failure' } as const;
    expect(checkAnswer(await sampleReview('inconclusive'), { ...changed, conclusions }).conclusion).toBe('failure');
  });
});

describe('annotations', () => {
  it('stand on changed lines; what is found elsewhere is told in the summary', async () => {
    const review = await sampleReview('violations');
    const on = checkAnswer(review, changed);
    expect(on.annotations).toHaveLength(2);
    expect(on.annotations[0]).toMatchObject({
      path: 'mm/rmap.c',
      start_line: 2,
      end_line: 2,
      annotation_level: 'failure',
    });
    expect(on.summary).not.toContain('not a line that is changed here');
    const off = checkAnswer(review, nothing);
    expect(off.annotations).toEqual([]);
    expect(off.summary).toContain('`anon_vma_fork() mm/rmap.c:2` (not a line that is changed here)');
  });

  it('are not made of what the base had, what is fixed, or what a later patch mends', async () => {
    const review = await sampleReview('violations');
    for (const status of ['pre-existing', 'fixed', 'bisectability'] as const) {
      const findings = review.findings.map((one) => ({ ...one, status }));
      expect(checkAnswer({ ...review, findings }, changed).annotations).toEqual([]);
    }
  });

  it("carry the compiler's words where the last patch does not build", async () => {
    const review = await sampleReview('does-not-build');
    const line = new Map([['mm/rmap.c', new Set([7])]]);
    expect(checkAnswer(review, { changed: line }).annotations).toEqual([]);
    const last = { ...review, failure: { ...review.failure, patch: 3 } } as Review;
    expect(checkAnswer(last, { changed: line }).annotations).toMatchObject([
      { start_line: 7, annotation_level: 'failure', message: 'broken by 2' },
    ]);
  });
});

describe('limits', () => {
  it('hold whatever there is to say, and blocks are not cut open', async () => {
    const review = await fullSample();
    const [first] = review.findings;
    const huge = {
      ...(first as NonNullable<typeof first>),
      reproducer: `${'x: "\u{1f600}"\n'.repeat(90)}`,
      summary: 'é'.repeat(9000),
    };
    const many: Review = {
      ...review,
      reason: 'r'.repeat(4000),
      findings: Array.from({ length: 600 }, () => ({ ...huge })),
    };
    const answer = checkAnswer(many, changed);
    for (const text of [answer.summary, answer.text, commentText(many, HEAD)]) {
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(65_535);
      expect((text.match(/^```/gm)?.length ?? 0) % 2).toBe(0);
      expect(text.match(/<details>/g)?.length ?? 0).toBe(text.match(/<\/details>/g)?.length ?? 0);
    }
    expect(answer.text).toContain('The rest is too long for GitHub');
    expect([...answer.title].length).toBeLessThanOrEqual(255);
    expect(answer.annotations.length).toBe(500);
    for (const { message, title } of answer.annotations) {
      expect(Buffer.byteLength(message)).toBeLessThan(65_536);
      expect(title.length).toBeLessThanOrEqual(255);
    }
  });

  it('cut between parts, else between paragraphs', () => {
    const block = ['one', '', '```', 'x'.repeat(50), '', 'x', '```', '', 'two', ''];
    expect(fitMarkdown([['a'], ['b']], 100, 'note')).toBe('a\n\nb\n');
    expect(fitMarkdown([['a'], ['b'.repeat(100)]], 60, 'note')).toBe('a\n\nnote\n');
    expect(fitMarkdown([block], 40, 'note')).toBe('one\n\nnote\n');
    expect(fitMarkdown([['a'], block], 60, 'note')).toBe('a\n\none\n\nnote\n');
  });
});

it('nothing foreign becomes a mention, a link, a workflow command or an escape', async () => {
  const review = await fullSample();
  for (const lure of [
    '@torvalds',
    '[a](https://x.example)',
    '::error::x',
    '\u001b[31mred',
    '<img src=x>',
    '\n```\n@eve',
  ]) {
    const { title, annotations, summary } = checkAnswer(poisoned(review, lure), changed);
    for (const text of [title, ...annotations.flatMap((one) => [one.title, one.message])]) {
      expect(text).not.toContain('\u001b');
    }
    expect(title).not.toContain('\n');
    expect(withoutCode(summary)).not.toMatch(/@\w|(?<!\\)\]\(|<img|https?:\/\//);
  }
});

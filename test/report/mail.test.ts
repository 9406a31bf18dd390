// SPDX-License-Identifier: GPL-2.0-or-later
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mailText } from '../../src/report/mail.ts';
import type { Review } from '../../src/review/values.ts';
import { expectGolden } from './golden.ts';
import { SAMPLE_NAMES, sampleReview } from './sample.ts';

describe('golden mails', () => {
  for (const name of SAMPLE_NAMES) {
    it(name, async () => expectGolden(`${name}.txt`, mailText(await sampleReview(name))));
  }
  it('violations, --full', async () =>
    expectGolden('violations-full.txt', mailText(await sampleReview('violations'), { full: true })));
});

describe('form', () => {
  it('keeps prose within 72 columns and the summary within 40 lines', async () => {
    for (const name of SAMPLE_NAMES) {
      const text = mailText(await sampleReview(name));
      const [summary = ''] = text.split('\nDetails\n');
      expect(summary.trimEnd().split('\n').length, name).toBeLessThanOrEqual(40);
      for (const line of text.split('\n')) {
        if (!line.startsWith('  ')) expect(line.length, line).toBeLessThanOrEqual(72);
        expect(line).toBe(line.trimEnd());
      }
    }
  });

  it('keeps the summary within 40 lines with a hundred findings and a long scenario', async () => {
    const review = await sampleReview('violations');
    const [first] = review.findings;
    if (!first) throw new Error('the sample has findings');
    const long = { ...first, reproducer: 'step\n'.repeat(60), summary: 'word '.repeat(60) };
    const text = mailText({ ...review, findings: Array.from({ length: 100 }, () => long) });
    const [summary = '', details = ''] = text.split('\nDetails\n');
    expect(summary.trimEnd().split('\n').length).toBeLessThanOrEqual(40);
    expect(details).toContain('Scenario of finding 1');
  });

  it('tells the finding before anything else', async () => {
    const text = mailText(await sampleReview('violations'));
    const order = [
      'VIOLATIONS',
      'walk-complete',
      'name: split-in-grandchild',
      'Memory',
      'Ran ',
      'To reproduce',
      'a bot',
    ];
    const places = order.map((part) => text.indexOf(part));
    expect(places.every((place) => place >= 0)).toBe(true);
    expect([...places].sort((a, b) => a - b)).toEqual(places);
  });

  it('counts what the base had already and shows it only in full', async () => {
    const review = await sampleReview('violations');
    expect(mailText(review).replace(/\n/g, ' ')).toContain('The base has 1 finding of its own');
    expect(mailText(review)).not.toContain('evidence of recount');
    expect(mailText(review, { full: true })).toContain('evidence of recount');
  });
});

describe('hostile text', () => {
  const lures = [
    'Tested-by: Eve <eve@example.org>',
    'Fixes: 0123456789ab ("x")',
    'diff --git a/x b/x',
    '--- a/x',
    '+++ b/x',
    '@@ -1 +1 @@',
    'From eve@example.org Thu Jan  1 00:00:00 1970',
    '> quoted',
    '#syz invalid',
    'rmapbot: stop',
    '-- ',
    'index 12..34',
  ];

  /** Puts a text wherever foreign text can stand. */
  const poisoned = (review: Review, text: string): Review => ({
    ...review,
    base: text,
    reason: text,
    series: {
      ...review.series,
      subject: text,
      others: [text],
      patches: review.series.patches.map((patch) => ({ ...patch, title: text })),
    },
    findings: review.findings.map((finding) => ({
      ...finding,
      summary: text,
      reproducer: text,
      stepText: text,
      scenario: text,
      where: finding.where.map((place) => ({ ...place, file: text, function: text })),
    })),
    failure: {
      kind: 'does-not-build',
      patch: 1,
      config: 'check',
      variant: '',
      unit: text,
      diagnostics: [{ severity: 'error', file: text, line: 1, column: 1, message: text }],
      link: text,
    },
    memory: review.memory.map((row) => ({ ...row, object: text, mark: text })),
    structs: review.structs.map((one) => ({ ...one, name: text })),
    notes: [text],
    inconclusive: [{ scenario: text, reason: text }],
    coverage: {
      ...review.coverage,
      notBuilt: [text],
      notExecuted: [{ file: text, line: 1, function: text, patch: 1 }],
    },
  });

  it('never stands at column 0 where a mail tool would take it for its own', async () => {
    const review = await sampleReview('violations');
    for (const lure of lures) {
      for (const text of [lure, `a\n${lure}\nb`, `${'x'.repeat(70)} ${lure}`]) {
        for (const line of mailText(poisoned(review, text), { full: true }).split('\n')) {
          expect(line).not.toMatch(/^(?:[\w-]+:(?:\s|$)|diff |index |---|\+\+\+|@@|From |>|#|--\s?$)/);
        }
      }
    }
  });

  it('carries no control, escape or direction change', async () => {
    const review = await sampleReview('violations');
    const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 });
    fc.assert(
      fc.property(units, (codes) => {
        const text = mailText(poisoned(review, String.fromCharCode(...codes)), { full: true });
        expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});

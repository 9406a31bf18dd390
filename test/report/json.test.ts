// SPDX-License-Identifier: GPL-2.0-or-later
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { reviewJson } from '../../src/report/json.ts';
import { reviewJsonSchema, reviewSchema } from '../../src/review/schema.ts';
import { expectGolden } from './golden.ts';
import { SAMPLE_NAMES, sampleReview } from './sample.ts';

it('keeps the published schema up to date (UPDATE_GOLDEN=1 writes it)', async () => {
  const text = `${JSON.stringify(reviewJsonSchema(), null, 2)}\n`;
  await expectGolden('../../../docs/rmapbot.review-1.schema.json', text);
});

it('documents every field in docs/json.md', async () => {
  const page = await readFile(new URL('../../docs/json.md', import.meta.url), 'utf8');
  const names = new Set<string>();
  const collect = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if ('properties' in node) for (const name of Object.keys(node.properties as object)) names.add(name);
    for (const child of Object.values(node)) collect(child);
  };
  collect(reviewJsonSchema());
  const missing = [...names].filter((name) => !page.includes(`\`${name}\``));
  expect(missing).toEqual([]);
});

it('is valid for every verdict and reads back the same', async () => {
  for (const name of SAMPLE_NAMES) {
    const review = await sampleReview(name);
    expect(reviewSchema.parse(JSON.parse(reviewJson(review)))).toEqual(review);
  }
});

it('gives the same bytes whatever the order in which a review was put together', async () => {
  const review = await sampleReview('violations');
  const turned = Object.fromEntries(Object.entries(review).reverse()) as typeof review;
  turned.findings = review.findings.map(
    (finding) => Object.fromEntries(Object.entries(finding).reverse()) as typeof finding,
  );
  expect(reviewJson(turned)).toBe(reviewJson(review));
  await expectGolden('violations.json', reviewJson(review));
});

it('refuses to write what breaks the contract', async () => {
  const review = await sampleReview('clean');
  expect(() => reviewJson({ ...review, surprise: 1 } as never)).toThrow();
  expect(() => reviewJson({ ...review, verdict: 'fine' } as never)).toThrow();
});

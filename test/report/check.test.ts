// SPDX-License-Identifier: GPL-2.0-or-later
// What b4 is told, for a series and for a patch.
import { expect, it } from 'vitest';
import { checkResults } from '../../src/report/check.ts';
import { mailText } from '../../src/report/mail.ts';
import { sampleReview } from './sample.ts';

const told = async (name: string, patch?: number) => {
  const results = checkResults(await sampleReview(name), patch);
  return results.map(({ status, summary }) => `${status} ${summary}`).join('\n');
};

it.each([
  ['clean', 'pass'],
  ['violations', 'fail'],
  ['does-not-build', 'fail'],
  ['does-not-apply', 'warn'],
  ['inconclusive', 'warn'],
  ['incomplete', 'warn'],
  ['bisectability', 'warn'],
])('tells of a series that is %s: %s', async (name, status) => {
  const review = await sampleReview(name);
  const [result, ...more] = checkResults(review);
  expect(more).toEqual([]);
  expect(result).toMatchObject({ tool: 'rmapbot', status, details: mailText(review) });
  expect(result?.summary).toMatch(new RegExp(`^${review.verdict}: .+`));
});

it('has nothing to say of what is not ours', async () => {
  expect(await told('out-of-scope')).toBe('');
  expect(await told('out-of-scope', 1)).toBe('');
});

it('tells of a patch what is found since that patch', async () => {
  expect(await told('violations', 1)).toMatch(/^pass nothing since this patch; others/);
  expect(await told('violations', 2)).toBe('fail 2 findings since this patch: walk-complete, no-leak');
  expect(await told('bisectability', 1)).toMatch(/^warn 1 finding since this patch: keys/);
  expect(await told('bisectability', 2)).toMatch(/^pass clean/);
  expect(await told('does-not-build', 1)).toBe('warn not judged: patch 2 does not build');
  expect(await told('does-not-build', 2)).toMatch(/^fail does-not-build: /);
  expect(await told('inconclusive', 1)).toMatch(/^warn inconclusive: /);
});

// SPDX-License-Identifier: GPL-2.0-or-later
import { beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { chooseSeries } from '../../src/series/index.ts';
import type { Assembly } from '../../src/series/values.ts';
import { assemble, later, mail, patchBody, posting, refs } from './mails.ts';

describe('chooseSeries', () => {
  let assembly: Assembly;
  const chosen = (selector?: string) => chooseSeries(assembly, selector).chosen.id.replace('@example.org', '');
  beforeAll(async () => {
    const other = posting('old', 1, { title: 'swap: other', more: { from: { name: 'O', address: 'o@example.org' } } });
    later(9);
    const v1 = posting('v1', 3, { title: 'mm: thing' });
    later(9);
    const v2 = posting('v2', 3, { prefix: 'PATCH v2', title: 'mm: thing', parents: ['v1-0'] });
    later(9);
    const v3 = posting('v3', 3, { prefix: 'PATCH v3', title: 'mm: thing' }).filter((_, n) => n !== 2);
    later(9);
    const aside = mail('aside', '[PATCH] mm: an aside', patchBody(), {
      ...refs('v1-0'),
      from: { name: 'B', address: 'b@example.org' },
    });
    assembly = await assemble([aside, ...v3, ...v1, ...other, ...v2]);
  });

  it('takes the newest complete version of the thread posted to last, and names the others', () => {
    expect(chosen()).toBe('v2-0');
    expect(chooseSeries(assembly).others.map(({ id }) => id.replace('@example.org', ''))).toEqual([
      'aside',
      'v3-0',
      'v1-0',
      'old-0',
    ]);
  });

  it('takes the newest if none is complete', async () => {
    const torn = await assemble([
      ...posting('a', 2).slice(0, 2),
      ...posting('b', 2, { prefix: 'PATCH v2' }).slice(0, 2),
    ]);
    expect(chooseSeries(torn).chosen).toMatchObject({ version: 2, missing: [2] });
  });

  it.each([
    ['v1', 'v1-0'],
    ['V3', 'v3-0'],
    ['<v1-2@example.org>', 'v1-0'],
    ['v3-0@example.org', 'v3-0'],
    ['aside@example.org', 'aside'],
    ['SWAP', 'old-0'],
    ['mm: thing', 'v2-0'],
    [' an aside ', 'aside'],
  ])('takes what %s says', (selector, id) => expect(chosen(selector)).toBe(id));

  it('lists what there is where the selector fits none or several', () => {
    expect(() => chosen('v7')).toThrow(InputError);
    expect(() => chosen('v7')).toThrow(
      'no series fits "v7"; there are v1 "mm: an aside" <aside@example.org>, v3 "mm: thing" <v3-0@example.org>',
    );
    expect(() => chosen('m')).toThrow(/^several series fit "m"; there are v1 "mm: an aside"/);
    expect(() => chosen('')).toThrow(InputError);
  });

  it('prefers the thread that was posted to last over other threads', async () => {
    const first = posting('x', 2, { title: 'one thing' });
    later(1);
    const second = posting('y', 2, { title: 'another', more: { from: { name: 'B', address: 'b@example.org' } } });
    expect(chooseSeries(await assemble([...second, ...first])).chosen.id).toBe('y-0@example.org');
  });
});

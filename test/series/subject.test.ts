// SPDX-License-Identifier: GPL-2.0-or-later
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSubject, titleKey } from '../../src/series/subject.ts';

const P = { patch: true, reply: false, version: 1, tags: [] };

describe('parseSubject', () => {
  it.each([
    ['[PATCH] mm: x', { ...P, title: 'mm: x' }],
    ['[PATCH v3 02/15] mm: x', { ...P, version: 3, number: 2, total: 15, title: 'mm: x' }],
    ['[RFC PATCH 00/10] x', { ...P, number: 0, total: 10, tags: ['RFC'] }],
    ['[PATCH mm-unstable 1/2] x', { ...P, number: 1, total: 2, tags: ['mm-unstable'] }],
    ['[RESEND PATCH] x', { ...P, tags: ['RESEND'] }],
    ['[PATCH RFC V2 3 / 4]  odd   spaces ', { ...P, version: 2, number: 3, total: 4, title: 'odd spaces' }],
    ['[PATCH 6.12.y] x', { ...P, tags: ['6.12.y'] }],
    ['[PATCH 0/0] x', { ...P, number: 0, total: 0 }],
    ['[patch v2,1/3] x', { ...P, version: 2, number: 1, total: 3 }],
    ['[PATCHv2 1/3] x', { ...P, version: 2, number: 1 }],
    ['[linux-mm] [PATCH][v4] [1/3] x', { ...P, version: 4, number: 1, total: 3, tags: ['linux-mm'] }],
    ['[RFC v2 1/3] x', { ...P, version: 2, number: 1 }],
    ['[RFC] shall we?', { ...P, patch: false, tags: ['RFC'] }],
    ['[GIT PULL] mm for 7.3', { ...P, patch: false }],
    ['[RESEND 2/3] x', { ...P, number: 2 }],
    ['Re: [PATCH v2 3/5] x', { ...P, reply: true, version: 2, number: 3 }],
    ['RE: Re[2]: AW: [PATCH] x', { ...P, reply: true, title: 'x' }],
    ['[PATCH v20261120 1/2] x', { ...P, version: 1, tags: ['v20261120'] }],
    ['[PATCH 1/99999] x', { ...P, patch: false, tooMany: true }],
    ['patch for 1/2', { ...P, patch: false, title: 'patch for 1/2' }],
    ['', { ...P, patch: false, title: '' }],
  ])('reads %s', (text, expected) => {
    const { tags, ...rest } = expected;
    expect(parseSubject(text)).toMatchObject(tags.length > 0 ? expected : rest);
  });

  it('gives back what a subject was made of', () => {
    const tag = fc.constantFrom('RFC', 'RESEND', 'mm-unstable', 'net-next', '6.1.y');
    const title = fc
      .stringMatching(/^[a-z][a-zA-Z0-9_:()/ -]{0,60}[a-z]$/)
      .filter((text) => !/ {2}/.test(text) && !/^(re|aw|sv|antw|fwd?|vs)\s*:/i.test(text));
    fc.assert(
      fc.property(
        fc.uniqueArray(tag, { maxLength: 3 }),
        fc.integer({ min: 1, max: 99 }),
        fc
          .integer({ min: 1, max: 1000 })
          .chain((total) => fc.tuple(fc.integer({ min: 0, max: total }), fc.constant(total))),
        title,
        fc.boolean(),
        (tags, version, [number, total], text, pad) => {
          const counter = pad ? String(number).padStart(String(total).length, '0') : String(number);
          const subject = parseSubject(
            `[${[...tags, 'PATCH', `v${version}`, `${counter}/${total}`].join(' ')}] ${text}`,
          );
          expect(subject).toEqual({ reply: false, patch: true, version, number, total, tags, title: text });
        },
      ),
    );
  });

  it('never fails', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => typeof parseSubject(`[PATCH ${text}`).title === 'string'),
    );
    fc.assert(fc.property(fc.string(), (text) => typeof titleKey(text) === 'string'));
  });

  it('is not slow on hostile input', () => {
    expect(parseSubject('['.repeat(200_000)).patch).toBe(false);
    expect(parseSubject(`[${'1 '.repeat(200_000)}`).patch).toBe(false);
  });
});

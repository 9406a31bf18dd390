// SPDX-License-Identifier: GPL-2.0-or-later
// Dependencies in prose: exact ones are read, vague ones and talk are left alone.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { proseDependencies } from '../../src/series/prose.ts';
import { mail, only, patchBody, posting } from './mails.ts';

const URL_A = 'https://lists.example.org/mm/20260105.1-a@example.org/';

describe('a dependency in prose', () => {
  it.each([
    ['This is dependent on [0].\n\n[0] https://lists.example.org/mm/20260105.1-a@example.org/'],
    ['This is dependent on\n[0], which is not\nmerged yet.\n\n[0]: <20260105.1-a@example.org>'],
    [`The series depends on ${URL_A}.`],
    [`It is based on the following patch (${URL_A}T/#u).`],
    ['Please note that it applies on top of <20260105.1-a@example.org>.'],
    [
      'This patchset builds upon my earlier series [1].\n\nMore text.\n\nLink: https://lists.example.org/all/20260105.1-a%40example.org/ [1]',
    ],
    [`Prerequisite: ${URL_A}`],
    [`Requires the series at ${URL_A} to be applied first.`],
    [`That is one thing. This is based on top of v3 [2].\n\n[1] https://example.org/other@example.org\n[2] ${URL_A}`],
  ])('is read from %j', (text) => {
    expect(proseDependencies(text)).toEqual(['20260105.1-a@example.org']);
  });

  it('may be several', () => {
    const text = `Depends on [0] and [1].\n\n[0] ${URL_A}\n[1] https://example.org/r/b@example.org`;
    expect(proseDependencies(text)).toEqual(['20260105.1-a@example.org', 'b@example.org']);
  });

  it.each([
    [''],
    [`The problem was discussed in ${URL_A}.`],
    [`This is based on a discussion with B [0].\n\n[0] ${URL_A}`],
    [`Based on the feedback to ${URL_A} we changed it.`],
    [`It does not depend on ${URL_A}.`],
    [`v2 no longer depends on [0].\n\n[0] ${URL_A}`],
    [`> This depends on ${URL_A}`],
    ['This depends on the mm tree.'],
    ['This depends on my other series, which I sent last week.'],
    ['It depends on [7].'],
    [`It depends on page tables. See ${URL_A} for why.`],
    [`It depends on CONFIG_MMU, see ${URL_A}.`],
    ['This depends on https://example.org/page and https://example.org/@user.'],
    [`Changes since v1:\n- rebased\n\nv1: ${URL_A}`],
  ])('is not seen in %j', (text) => {
    expect(proseDependencies(text)).toEqual([]);
  });

  it('is read in time whatever the text', () => {
    const words = fc.constantFrom(
      'depends on ',
      'on top of ',
      '[0]',
      ' ',
      '\n',
      '. A',
      '<a@b',
      '@',
      'https://',
      '/',
      '%',
      'x'.repeat(50),
    );
    fc.assert(
      fc.property(
        fc.array(words, { maxLength: 300 }).map((all) => all.join('')),
        (text) => {
          for (const id of proseDependencies(text)) expect(id).toMatch(/^[!-~]+@[A-Za-z0-9.-]+$/);
        },
      ),
    );
    expect(proseDependencies(`depends on ${'<a@'.repeat(100_000)}`)).toEqual([]);
    expect(proseDependencies(`depends on https://a.b/${'a/'.repeat(50_000)}@`)).toEqual([]);
  });
});

describe('a series', () => {
  it('names what its cover letter depends on, but not itself or its last version', async () => {
    const v1 = posting('v1', 1);
    const text = `This depends on [0] and on <s-0@example.org>, and is based on <v1-0@example.org>.\n\n[0] ${URL_A}\n`;
    const [cover, ...patches] = posting('s', 1, { prefix: 'PATCH v2', parents: ['v1-0'] });
    const { series } = await (await import('./mails.ts')).assemble([
      ...v1,
      { ...cover, body: text } as (typeof v1)[0],
      ...patches,
    ]);
    expect(series[1]?.prerequisites).toEqual([{ kind: 'message-id', value: '20260105.1-a@example.org' }]);
  });

  it('names what stands below the --- of a patch, not what its message or diff tells', async () => {
    const told = (where: (text: string) => string) =>
      only([mail('p', '[PATCH] x', where(`This depends on ${URL_A}\n`))]);
    expect((await told((text) => patchBody().replace('---\n', `---\n${text}`))).prerequisites).toHaveLength(1);
    expect((await told((text) => text + patchBody())).prerequisites).toEqual([]);
    expect((await told((text) => patchBody().replace('\n c\n', `\n c\n+${text}`))).prerequisites).toEqual([]);
  });

  it('reads URLs behind Depends-on', async () => {
    const body = patchBody().replace('---\n', `---\nDepends-on: ${URL_A}\n`);
    expect((await only([mail('u', '[PATCH] x', body)])).prerequisites).toEqual([
      { kind: 'message-id', value: '20260105.1-a@example.org' },
    ]);
  });
});

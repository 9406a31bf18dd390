// SPDX-License-Identifier: GPL-2.0-or-later
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_LOOKAHEAD_BYTES } from '../../src/sources/limits.ts';
import { split } from './helpers.ts';

const LORE = 'From mboxrd@z Thu Jan  1 00:00:00 1970';
const GIT = 'From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001';
const header = (n: number) => `From: A <a@example.org>\nSubject: mail ${n}\nMessage-ID: <${n}@example.org>\n`;

/** Lines that tempt a splitter. */
const line = fc.oneof(
  fc.string({ maxLength: 30 }).filter((text) => !/[\r\n]/.test(text)),
  fc.constantFrom(
    '',
    'From ',
    'From what I see',
    '>From quoted',
    '>>From twice',
    LORE,
    GIT,
    'From a@example.org Fri Nov 20 11:00:00 2026',
    'From: B <b@example.org>',
    'Subject: x',
    '>From: no',
    ' From ',
  ),
);
const body = fc.array(line, { maxLength: 12 }).map((lines) => lines.map((text) => `${text}\n`).join(''));
const quote = (text: string) => text.replace(/^(>*From )/gm, '>$1');

describe('splitMessages', () => {
  it('gives back what was written as mboxrd, whatever the chunks and line ends', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(body, { minLength: 1, maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        fc.constantFrom(LORE, 'From a@example.org Fri Nov 20 11:00:00 2026'),
        async (bodies, sizes, crlf, separator) => {
          // The splitter first waits for more than a lookahead; chunks only matter behind that.
          const filler = 'filler\n'.repeat(MAX_LOOKAHEAD_BYTES / 6);
          const mails = [filler, ...bodies].map((text, n) => `${header(n)}\n${text}`);
          const end = (text: string) => (crlf ? text.replace(/\n/g, '\r\n') : text);
          const mbox = mails.map((mail) => `${separator}\n${quote(mail)}\n`).join('');
          const found = await split(end(mbox), sizes, { head: end(filler).length + sizes.length });
          // The empty line in front of a separator stays: it does not matter to a mail.
          expect(found.map(({ raw }) => raw.toString())).toEqual(mails.map((mail) => end(`${mail}\n`)));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('does not split at prose in a body that is not quoted', async () => {
    const text = [
      `${GIT}\n${header(1)}\n`,
      'From what I saw at 11:00:00 in 2026 it works.\n\n',
      'From my tests of Jan  1 00:00:00 1970:\nReviewed-by: R <r@example.org>\n\n',
      'text\nFrom a@example.org Fri Nov 20 11:00:00 2026\nFrom: x\n\n',
      'From a@example.org Fri Nov 20 11:00:00 2026\nnot a header\n\n',
      `${GIT}\n${header(2)}\nlast\n`,
    ].join('');
    const found = await split(text, [7]);
    expect(found).toHaveLength(2);
    expect(found[0]?.raw.toString()).toContain('not a header');
  });

  it('leaves ">From " alone where git format-patch wrote the mail, as git am does', async () => {
    const found = await split(`${GIT}\n${header(1)}\n>From here\n\n${LORE}\n${header(2)}\n>From there\n`);
    expect(found.map(({ raw }) => raw.toString().includes('>From'))).toEqual([true, false]);
  });

  it('finds separators behind long headers, at chunk borders and without an empty line before fixed ones', async () => {
    const long = `Received: ${'x'.repeat(900)}\n`.repeat(20);
    const filler = 'filler\n'.repeat(MAX_LOOKAHEAD_BYTES / 6);
    const text = `${GIT}\n${header(1)}\n${filler}body without empty line\n${LORE}\n${long}${header(2)}\nb\n\nFrom a Fri Nov 20 11:00:00 2026\n${long}${header(3)}\nc\n`;
    for (const size of [1000, 4096, 65536]) expect(await split(text, [size])).toHaveLength(3);
  });

  it('finds a fixed separator though the line behind it has no end', async () => {
    const endless = `X-Bomb: ${'x'.repeat(3 * MAX_LOOKAHEAD_BYTES)}\n${header(2)}`;
    const text = `${LORE}\n${header(1)}\nb\n\n${LORE}\n${endless}\nb\n\n${LORE}\n${header(3)}\nb\n`;
    for (const size of [777, 65536]) expect(await split(text, [size])).toHaveLength(3);
  });

  it('takes a single mail, and passes over a byte order mark and empty lines before it', async () => {
    const found = await split(`\ufeff\n\n${header(1)}\nbody\n`);
    expect(found.map(({ raw }) => raw.toString())).toEqual([`${header(1)}\nbody\n`]);
  });

  it('names a message beyond the limit and goes on behind it', async () => {
    const big = 'x'.repeat(99).concat('\n').repeat(3000);
    const found = await split(`${LORE}\n${header(1)}\n${big}\n${LORE}\n${header(2)}\nb\n`, [1 << 14], {
      limit: 100_000,
    });
    expect(found.map(({ tooLarge }) => tooLarge !== undefined)).toEqual([true, false]);
    expect(found[0]?.raw.length).toBeLessThanOrEqual(65536);
    expect(found[1]?.raw.toString()).toContain('mail 2');
  });
});

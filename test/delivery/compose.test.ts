// SPDX-License-Identifier: GPL-2.0-or-later
// The answer mail: golden files, and what lists, bots and tools look for, read back by an independent parser.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import { describe, expect, it, onTestFinished } from 'vitest';
import { composeReply, DEFAULT_POLICY, type ReplyPolicy, readPolicy } from '../../src/delivery/index.ts';
import { InputError } from '../../src/errors.ts';
import { assembleSeries } from '../../src/series/index.ts';
import type { Series } from '../../src/series/values.ts';
import { parseMessage } from '../../src/sources/mime.ts';
import { SAMPLE_NAMES, sampleReview } from '../report/sample.ts';
import { fakeSeries } from '../review/fake.ts';
import { mail, posting, refs } from '../series/mails.ts';

const DATE = new Date('2026-01-06T07:08:09Z');
const POLICY: ReplyPolicy = {
  from: { name: 'rmap review bot', address: 'bot@review.example.org' },
  replyTo: { name: 'The people behind it', address: 'people@example.org' },
  to: [{ name: 'mm list', address: 'mm@example.org' }],
  cc: [
    { name: '', address: 'MM@example.org' },
    { name: 'Zoë Example', address: 'zoe@example.org' },
  ],
  toAuthor: true,
  clean: false,
  stop: 'mailto:people@example.org?subject=stop',
};
const SERIES: Series = {
  ...fakeSeries(2),
  version: 3,
  head: {
    messageId: 'cover@example.org',
    subject: '[PATCH v3 0/2] mm/rmap: a test of the house, größer',
    references: ['v1@example.org', 'v2@example.org'],
  },
};

async function compose(series = SERIES, policy = POLICY, sample = 'violations') {
  return composeReply(await sampleReview(sample), series, policy, { date: DATE });
}

describe('the answer', () => {
  it.each(SAMPLE_NAMES)('to %s reads as the golden file', async (name) => {
    const { raw } = await compose(SERIES, POLICY, name);
    await expect(raw.toString('latin1')).toMatchFileSnapshot(`golden/${name}.eml`);
  });

  it('says what it is in its headers', async () => {
    const { raw, messageId, recipients } = await compose();
    const read = await simpleParser(raw);
    const header = (name: string) => read.headers.get(name);
    expect(read.messageId).toBe(`<${messageId}>`);
    expect(messageId).toMatch(/^rmapbot-[0-9a-f]{32}@review\.example\.org$/);
    expect(read.inReplyTo).toBe('<cover@example.org>');
    expect(read.references).toEqual(['<v1@example.org>', '<v2@example.org>', '<cover@example.org>']);
    expect(read.subject).toBe('Re: [PATCH v3 0/2] mm/rmap: a test of the house, größer');
    expect(read.date).toEqual(DATE);
    expect(header('auto-submitted')).toBe('auto-replied');
    expect(header('precedence')).toBe('bulk');
    expect(header('x-patchwork-hint')).toBe('ignore');
    expect(raw.toString()).toContain('\nList-Unsubscribe: <mailto:people@example.org?subject=stop>\n');
    expect(read.replyTo?.text).toContain('people@example.org');
    expect(recipients).toEqual(['ann@example.org', 'mm@example.org', 'zoe@example.org']);
    expect(header('content-type')).toMatchObject({ value: 'text/plain', params: { charset: 'utf-8' } });
    expect(raw.toString()).not.toMatch(/format=flowed|text\/html|multipart/);
    expect(read.text).toMatch(/rmapbot, a bot/);
  });

  it('is the same whenever it is written, and another for another version', async () => {
    const [first, again] = [await compose(), await compose()];
    expect(again.raw.equals(first.raw)).toBe(true);
    expect((await compose({ ...SERIES, version: 4 })).messageId).not.toBe(first.messageId);
    expect((await compose(SERIES, POLICY, 'clean')).messageId).toBe(first.messageId);
  });

  it('goes to nobody by default, from an address that cannot be used', async () => {
    const { raw, recipients } = await compose(SERIES, DEFAULT_POLICY);
    expect(recipients).toEqual([]);
    expect(raw.toString()).toMatch(/^From: rmapbot <rmapbot@rmapbot\.invalid>$/m);
    expect(raw.toString()).not.toMatch(/^(To|Cc|Bcc):/im);
  });

  it('answers the cover letter, else the first patch, of a real thread', async () => {
    const withCover = posting('v1', 2);
    const [one] = (await assembleSeries(withCover)).series;
    const alone = mail('alone', '[PATCH v2] mm: one', 'diff --git a/x b/x\n', refs('old'));
    const [two] = (await assembleSeries([...withCover, alone])).series.slice(-1);
    expect(one?.head).toMatchObject({ messageId: 'v1-0@example.org', references: [] });
    expect(two?.head).toEqual({ messageId: 'alone@example.org', subject: alone.subject, ...refs('old') });
    const read = await simpleParser((await compose({ ...SERIES, ...(two as Series) })).raw);
    expect(read.subject).toBe('Re: [PATCH v2] mm: one');
    expect(read.references).toEqual(['<old@example.org>', '<alone@example.org>']);
  });

  it('keeps the first and the nearest of many references, folded', async () => {
    const references = Array.from({ length: 100 }, (_, n) => `r${n}@example.org`);
    const { raw } = await compose({ ...SERIES, head: { messageId: 'h@example.org', subject: 'x', references } });
    const read = await simpleParser(raw);
    expect(read.references).toHaveLength(20);
    expect([read.references?.[0], read.references?.at(-1)]).toEqual(['<r0@example.org>', '<h@example.org>']);
    expect(
      Math.max(
        ...raw
          .toString()
          .split('\n')
          .map((line) => line.length),
      ),
    ).toBeLessThan(998);
  });

  it('is no patch, no trailer and no answer to itself for our own reading', async () => {
    const { raw } = await compose();
    const message = await parseMessage(raw);
    if ('skipped' in message) throw new Error(message.skipped);
    const { series } = await assembleSeries([
      ...posting('cover', 1),
      { ...message, references: ['cover-1@example.org'] },
    ]);
    expect(series).toHaveLength(1);
    expect(series[0]?.patches[0]?.trailers.map(({ from }) => from)).toEqual([undefined]);
  });

  it('gives git nothing to apply', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'reply-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { raw } = await compose();
    const [msg, patch] = [join(folder, 'msg'), join(folder, 'patch')];
    execFileSync('git', ['mailinfo', msg, patch], { input: raw, cwd: folder, stdio: ['pipe', 'ignore', 'ignore'] });
    expect(execFileSync('cat', [patch]).length).toBe(0);
  });

  it('lets no text of a mail into its headers', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 60 });
    const lures = fc.constantFrom(
      'a\r\nBcc: evil@example.org',
      'x\n\nbody',
      '<a@b>\nX: y',
      'a@b\u0000',
      '=?utf-8?q?=0ABcc:_x?=',
    );
    const any = fc.oneof(text, lures);
    await fc.assert(
      fc.asyncProperty(any, any, any, async (subject, id, name) => {
        const series = {
          ...SERIES,
          author: { name, address: id },
          head: { messageId: id, subject, references: [name, id] },
        };
        const { raw } = await compose(series, POLICY, 'out-of-scope');
        const head = raw.toString('latin1').split('\n\n')[0] ?? '';
        const names = head
          .split('\n')
          .flatMap((line) => /^([\w-]+):/.exec(line)?.[1] ?? (/^[ \t]/.test(line) ? [] : [line]));
        const known =
          /^(From|To|Cc|Subject|Message-ID|In-Reply-To|References|Date|Reply-To|Auto-Submitted|Precedence|X-Patchwork-Hint|X-Rmapbot-Verdict|List-Unsubscribe|MIME-Version|Content-(Type|Transfer-Encoding))$/i;
        expect(names.filter((one) => !known.test(one))).toEqual([]);
        expect(new Set(names).size).toBe(names.length);
        const read = await simpleParser(raw);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is the point
        expect(read.subject).not.toMatch(/[\u0000-\u001f]/);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a policy', () => {
  const file = (text: string): string => {
    const folder = mkdtempSync(join(tmpdir(), 'policy-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'policy.yaml'), text);
    return join(folder, 'policy.yaml');
  };

  it('is read from a file', async () => {
    const text =
      'from: "Bot <bot@example.org>"\nto: [list@example.org]\nto-author: true\nstop: https://example.org/stop\n';
    expect(await readPolicy(file(text))).toEqual({
      from: { name: 'Bot', address: 'bot@example.org' },
      to: [{ name: '', address: 'list@example.org' }],
      cc: [],
      toAuthor: true,
      clean: false,
      stop: 'https://example.org/stop',
    });
    expect(await readPolicy(undefined)).toBe(DEFAULT_POLICY);
  });

  it.each([
    ['', /./],
    ['to: [a@example.org]', /from/],
    ['from: nobody', /from: expected an address/],
    ['from: a@example.org\nto: ["a@example.org, b@example.org"]', /to\.0: expected an address/],
    ['from: a@example.org\nto: ["a@example.org\\r\\nBcc: b@example.org"]', /to\.0: expected an address/],
    ['from: a@example.org\nstop: "javascript:x"', /stop: expected/],
    ['from: a@example.org\ncolour: red', /colour/],
    ['from: [', /./],
  ])('is refused in one line: %j', async (text, says) => {
    const refusal = await readPolicy(file(text)).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(InputError);
    expect((refusal as Error).message).toMatch(says);
    expect((refusal as Error).message).not.toContain('\n');
  });
});

// SPDX-License-Identifier: GPL-2.0-or-later
// One archive, made and served by public-inbox itself, read by every way there is: each gives the same messages.
import { execFileSync } from 'node:child_process';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import type { Message } from '../../src/series/values.ts';
import { openSource } from '../../src/sources/index.ts';
import { libraryOf } from '../../src/sources/library.ts';
import { diffOf } from '../series/mails.ts';
import { openArchive } from './archive.ts';
import { gather } from './helpers.ts';

const head = (id: string, minute: number, subject: string, more = '') =>
  `From: Ann Example <ann@example.org>\nTo: mm@example.org\nDate: Mon, 5 Jan 2026 10:${minute}:00 +0000\nSubject: ${subject}\nMessage-ID: <${id}@example.org>\n${more}`;
const refs = (...ids: string[]) => `References: ${ids.map((id) => `<${id}@example.org>`).join(' ')}\n`;

const MAILS = [
  `${head('cover', 10, '[PATCH 0/2] mm: two')}\nwhy\n\n.a line with a dot\n..two dots\n\nFrom here on it is text\n`,
  `${head('p1/slash', 11, '[PATCH 1/2] mm: one', refs('cover'))}\none\n`,
  `${head('alone', 12, '[PATCH] mm: another')}\nalone\n---\n${diffOf('mm/a.c')}-- \n2.47.3\n\nchange-id: 20260105-alone-1\n`,
  `${head('p2', 13, '[PATCH 2/2] =?utf-8?q?mm=3A_zw=C3=B6lf?=', `${refs('cover')}Content-Transfer-Encoding: base64\nContent-Type: text/plain; charset=utf-8\n`)}\n${Buffer.from('zwölf\n').toString('base64')}\n`,
  `${head('spam', 14, 'buy', refs('cover'))}\nbuy\n`,
  `${head('absent-child', 15, 'Re: [PATCH 1/2] mm: one', refs('cover', 'not-here'))}\nyes\n`,
  `${head('not-here-too', 16, 'Re: other half', refs('not-here'))}\nyes\n`,
];
const PATCH_ID = execFileSync('git', ['patch-id', '--stable'], { input: diffOf('mm/a.c') })
  .toString()
  .split(' ')[0];
const SPAM = 4;
const THREAD = [0, 1, 3, 5, 6];

const archive = await openArchive(MAILS, [SPAM]);
afterAll(() => archive?.close());

const byDate = (a: Message, b: Message) => ((a.date ?? '') < (b.date ?? '') ? -1 : 1);
async function read(input: string, where: Parameters<typeof openSource>[1] = {}): Promise<Message[]> {
  const messages = await gather(openSource(input, where));
  // The empty line that ends a mail in an mbox is no part of it.
  return messages.map((one) => ({ ...one, body: one.body.trimEnd() })).sort(byDate);
}
/** What the archive must give, read from the mails themselves. public-inbox keeps bodies and these headers as they are. */
async function expected(which: number[]): Promise<Message[]> {
  const mbox = which.map(
    (at) => `From mboxrd@z Thu Jan  1 00:00:00 1970\n${MAILS[at]?.replace(/^(>*From )/gm, '>$1')}\n`,
  );
  return read('-', { stdin: Readable.from([Buffer.from(mbox.join(''))]) });
}
const idsOf = (messages: Message[]) => messages.map(({ messageId }) => messageId.split('@')[0]);

if (archive === undefined) {
  it('NOT TESTED: archives (no public-inbox here)', () => expect(archive).toBeUndefined());
} else {
  const { folder, http, nntp, imap } = archive;

  describe.each([
    ['the repository', folder],
    ['HTTP', http],
    ['NNTP', nntp],
    ['IMAP', imap],
  ])('by %s', (_name, place) => {
    it('gives the whole thread of any of its mails', async () => {
      const thread = await expected(THREAD);
      expect(idsOf(thread)).toHaveLength(THREAD.length);
      expect(await read('<p2@example.org>', { archive: place })).toEqual(thread);
      expect(await read('cover@example.org', { archive: place })).toEqual(thread);
    });

    it('says that it does not have a message', async () => {
      await expect(read('<absent@example.org>', { archive: place })).rejects.toThrow(
        /has no message <absent@example\.org>/,
      );
    });
  });

  it('is a library in which what a series needs is looked up', async () => {
    const ids = async (mails: AsyncIterable<Message> | Iterable<Message> = []) => {
      const found: Message[] = [];
      for await (const mail of mails) found.push(mail);
      return idsOf(found).sort();
    };
    for (const place of [folder, http, nntp, imap]) {
      const library = await libraryOf('-', { archive: place });
      expect(await ids(await library?.thread('p2@example.org'))).toEqual(idsOf(await expected(THREAD)).sort());
      expect(await library?.thread('absent@example.org')).toBeUndefined();
      expect(await library?.thread('no id\r\nQUIT')).toBeUndefined();
    }
    const [here, there] = [await libraryOf(folder, {}), await libraryOf(`${http}cover@example.org/`, {})];
    expect([here?.name, there?.name]).toEqual(['the archive inbox', new URL(http).host + new URL(http).pathname]);
    expect(await ids(here?.all?.())).toHaveLength(6);
    const found = await there?.search?.(`patchid:${PATCH_ID}`);
    expect(await ids(found)).toEqual(['alone']);
    expect(await ids(await there?.search?.(`nq:"change-id: 20260105-alone-1"`))).toEqual(['alone']);
    expect(await there?.search?.(`patchid:${'0'.repeat(40)}`)).toEqual([]);
    expect(await libraryOf('-', {})).toBeUndefined();
  });

  it('takes the URL of a message, in the forms that people copy', async () => {
    for (const end of [
      'cover@example.org/',
      'cover@example.org/T/#u',
      'cover@example.org/t.mbox.gz',
      'p1%2Fslash@example.org/raw',
    ]) {
      expect(idsOf(await read(`${http}${end}`))).toEqual(idsOf(await expected(THREAD)));
    }
    expect(idsOf(await read(`${nntp}/cover@example.org`))).toEqual(idsOf(await expected(THREAD)));
  });

  it('reads all epochs, without what was taken back', async () => {
    const all = await expected([0, 1, 2, 3, 5, 6]);
    expect(await read(folder)).toEqual(all);
    expect(idsOf(await read(`${folder}/git/1.git`)).length).toBeLessThan(all.length);
  });

  it('reads ranges', async () => {
    expect(idsOf(await read(nntp, { range: '2..3' }))).toEqual(['p1/slash', 'alone']);
    expect(idsOf(await read(imap, { range: '3..4' }))).toEqual(['alone', 'p2']);
    expect(idsOf(await read(folder, { range: '2026-01-05..' })).length).toBe(6);
    await expect(read(folder, { range: '..2026-01-04' })).rejects.toThrow(/holds no mail/);
    await expect(read(folder, { range: '1..2' })).rejects.toThrow(/takes days/);
    await expect(read(nntp, { range: '2026-01-01..' })).rejects.toThrow(/take numbers/);
  });

  it('names a group or folder that is not there', async () => {
    await expect(read(nntp.replace('.mm', '.xx'), { range: '1..2' })).rejects.toThrow(/no such group/);
    await expect(read(imap.replace('.mm', '.xx'), { range: '1..2' })).rejects.toThrow(/xx\.0/);
  });
}

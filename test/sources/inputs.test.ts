// SPDX-License-Identifier: GPL-2.0-or-later
// One thread in every form that mail is kept and served in: each gives the same Series.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { assembleSeries, chooseSeries } from '../../src/series/index.ts';
import type { Series } from '../../src/series/values.ts';
import { openSource } from '../../src/sources/index.ts';
import { openArchive } from './archive.ts';

const folder = mkdtempSync(join(tmpdir(), 'rmapbot-inputs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const DIFF = (n: number) =>
  `diff --git a/mm/a${n}.c b/mm/a${n}.c\nindex 1111111..2222222 100644\n--- a/mm/a${n}.c\n+++ b/mm/a${n}.c\n@@ -1,4 +1,4 @@ int f(void)\n a\n-From b\n+From here: ä = 1;\n \n c\n`;
const BODY = (n: number) =>
  `Why part ${n}.\n\nFrom now on it is so.\nFrom A Mon Jan  5 10:00:00 2026 it was not.\n\nSigned-off-by: Jörg A <j@example.org>\n---\n mm/a${n}.c | 2 +-\n\n${DIFF(n)}-- \n2.47.3\n`;
const FOOTER = '\n_______________________________________________\nlist mailing list\nlist@example.org\n';

interface Mail {
  id: string;
  subject: string;
  refs: string[];
  body: string;
}
const MAILS: Mail[] = [
  {
    id: 'c',
    subject: '[RFC PATCH mm-unstable v2 0/2] mm: zwölf Dinge',
    refs: [],
    body: 'Why.\n\nbase-commit: 0123456789abcdef0123456789abcdef01234567\n',
  },
  { id: 'p1', subject: '[RFC PATCH mm-unstable v2 1/2] mm: one', refs: ['c'], body: BODY(1) },
  {
    id: 'p2',
    subject:
      '[RFC PATCH mm-unstable v2 2/2] mm: a title so long that every program on its way folds it over several lines',
    refs: ['c'],
    body: BODY(2),
  },
  {
    id: 'r',
    subject: 'Re: [RFC PATCH mm-unstable v2 1/2] mm: one',
    refs: ['c', 'p1'],
    body: '> Why part 1.\n\nReviewed-by: R <r@example.org>\n',
  },
];

const word = (text: string, kind: 'q' | 'b') =>
  kind === 'b'
    ? `=?utf-8?b?${Buffer.from(text).toString('base64')}?=`
    : `=?UTF-8?Q?${[...Buffer.from(text)].map((byte) => (/[A-Za-z0-9]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`)).join('')}?=`;
const plain = (text: string) => /^[ -~]*$/.test(text);

interface Form {
  encoding?: '8bit' | 'base64' | 'quoted-printable';
  charset?: 'utf-8' | 'iso-8859-1';
  multipart?: 'signed' | 'attached';
  header?: (header: string) => string;
  body?: (body: string) => string;
}

/** One mail as the bytes that travel. */
function raw({ id, subject, refs, body }: Mail, form: Form = {}): Buffer {
  const { encoding = '8bit', charset = 'utf-8', multipart, header = (text) => text } = form;
  const minute = MAILS.findIndex((one) => one.id === id) + 10;
  const words = subject
    .split(' ')
    .map((one) => (plain(one) ? one : word(one, encoding === 'base64' ? 'b' : 'q')))
    .join(' ');
  const bytes = Buffer.from(form.body ? form.body(body) : body, charset === 'utf-8' ? 'utf8' : 'latin1');
  const coded =
    encoding === 'base64'
      ? Buffer.from(bytes.toString('base64').replace(/.{76}/g, '$&\n'))
      : encoding === 'quoted-printable'
        ? Buffer.from(
            bytes
              .toString('latin1')
              .replace(/[=\x80-\xff]/g, (c) => `=${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
              .replace(/ $/gm, '=20'),
          )
        : bytes;
  const type = `Content-Type: text/plain; charset=${charset}\nContent-Transfer-Encoding: ${encoding}\n`;
  const own = `From: ${word('Jörg', 'q')} A <j@example.org>\nTo: mm@example.org\nDate: Mon, 5 Jan 2026 10:${minute}:00 +0000\nSubject: ${words}\nMessage-ID: <${id}@example.org>\n${refs.length > 0 ? `In-Reply-To: <${refs.at(-1)}@example.org>\nReferences: ${refs.map((ref) => `<${ref}@example.org>`).join(' ')}\n` : ''}MIME-Version: 1.0\n`;
  if (multipart === undefined) return Buffer.concat([Buffer.from(header(`${own}${type}`)), Buffer.from('\n'), coded]);
  const parted = header(
    `${own}Content-Type: multipart/${multipart === 'signed' ? 'signed' : 'mixed'}; boundary="=_b"\n`,
  );
  const tail =
    multipart === 'signed'
      ? '\n--=_b\nContent-Type: application/pgp-signature\n\nnot one\n--=_b--\n'
      : '\n--=_b\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\niVBORw0=\n--=_b--\n';
  return Buffer.concat([Buffer.from(`${parted}\n--=_b\n${type}\n`), coded, Buffer.from(tail)]);
}

const MBOXRD = 'From mboxrd@z Thu Jan  1 00:00:00 1970\n';
const MBOXO = 'From j@example.org Mon Jan  5 10:00:00 2026\n';
const GIT = 'From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001\n';
function mbox(separator: string, quote: (body: string) => string, form: Form = {}): Buffer {
  return Buffer.concat(
    MAILS.flatMap((mail) => [separator, quote(raw(mail, form).toString('latin1')), '\n']).map((text) =>
      Buffer.from(text, 'latin1'),
    ),
  );
}
const rd = (text: string) => text.replace(/^(>*From )/gm, '>$1');
const o = (text: string) => text.replace(/^From /gm, '>From ');
const crlf = (bytes: Buffer) => Buffer.from(bytes.toString('latin1').replace(/\n/g, '\r\n'), 'latin1');

/** The series without what differs by where it came from: nothing. Getters are made values. */
async function series(input: string, options: Parameters<typeof openSource>[1] = {}): Promise<Series> {
  const assembly = await assembleSeries(openSource(input, options));
  expect(assembly.warnings).toEqual([]);
  return JSON.parse(JSON.stringify(chooseSeries(assembly).chosen)) as Series;
}
const stdin = (bytes: Buffer) => series('-', { stdin: Readable.from([bytes]) });

const expected = await stdin(mbox(MBOXRD, rd));

it('is the series that was sent', () => {
  expect(expected).toMatchObject({
    id: 'c@example.org',
    version: 2,
    subject: 'mm: zwölf Dinge',
    tags: ['RFC', 'mm-unstable'],
    author: { name: 'Jörg A', address: 'j@example.org' },
    base: '0123456789abcdef0123456789abcdef01234567',
    missing: [],
    patches: [
      {
        number: 1,
        diff: DIFF(1),
        message: expect.stringContaining('\nFrom now on it is so.\nFrom A Mon'),
        trailers: [{ name: 'Signed-off-by' }, { name: 'Reviewed-by', from: 'r@example.org' }],
      },
      {
        number: 2,
        diff: DIFF(2),
        title: 'mm: a title so long that every program on its way folds it over several lines',
      },
    ],
  });
});

describe('gives the same series', () => {
  const file = (name: string, bytes: Buffer) => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };

  it.each<[string, () => Promise<Series>]>([
    ['as a file', () => series(file('a.mbox', mbox(MBOXRD, rd)))],
    ['packed', () => series(file('a.gz', gzipSync(mbox(MBOXRD, rd))))],
    ['packed, from standard input', () => stdin(gzipSync(mbox(MBOXRD, rd)))],
    ['as mboxo', () => stdin(mbox(MBOXO, o))],
    ['as git format-patch writes it', () => stdin(mbox(GIT, (text) => text))],
    ['with CRLF', () => stdin(crlf(mbox(MBOXRD, rd)))],
    ['in base64', () => stdin(mbox(MBOXRD, rd, { encoding: 'base64' }))],
    ['in quoted-printable', () => stdin(mbox(MBOXRD, rd, { encoding: 'quoted-printable' }))],
    ['in Latin-1', () => stdin(mbox(MBOXRD, rd, { charset: 'iso-8859-1', encoding: 'quoted-printable' }))],
    ['signed', () => stdin(mbox(MBOXRD, rd, { multipart: 'signed', encoding: 'quoted-printable' }))],
    ['with an attachment', () => stdin(mbox(MBOXRD, rd, { multipart: 'attached', encoding: 'base64' }))],
    ['with a list footer', () => stdin(mbox(MBOXRD, rd, { body: (text) => text + FOOTER }))],
    [
      'with folded headers',
      () =>
        stdin(
          mbox(MBOXRD, rd, {
            header: (text) =>
              text.replace(
                /^(Subject|References): (.*)$/gm,
                (_, name: string, value: string) => `${name}:\n ${value.split(' ').join('\n\t')}`,
              ),
          }),
        ),
    ],
    [
      'with duplicated headers',
      () =>
        stdin(
          mbox(MBOXRD, rd, {
            header: (text) =>
              `${text}Subject: [other] ${'x'.repeat(9)}\nMessage-ID: <other@example.org>\nFrom: other@example.org\n`,
          }),
        ),
    ],
    [
      'in another order, each twice',
      () =>
        stdin(
          Buffer.concat([
            mbox(MBOXRD, rd),
            ...MAILS.toReversed().map((mail) =>
              Buffer.from(`${MBOXRD}${rd(raw(mail).toString('latin1'))}\n`, 'latin1'),
            ),
          ]),
        ),
    ],
  ])('%s', async (_name, read) => expect(await read()).toEqual(expected));

  it('as a Maildir', async () => {
    const maildir = join(folder, 'Maildir');
    for (const sub of ['cur', 'new', 'tmp']) mkdirSync(join(maildir, sub), { recursive: true });
    for (const [at, mail] of MAILS.entries())
      writeFileSync(join(maildir, at % 2 ? 'cur' : 'new', `${9 - at}.x`), raw(mail));
    expect(await series(maildir)).toEqual(expected);
  });

  it('as single messages, for a patch that is alone', async () => {
    const alone = { ...(MAILS[1] as Mail), subject: '[PATCH] mm: one', refs: [] };
    const whole = await stdin(Buffer.from(`${MBOXRD}${rd(raw(alone).toString('latin1'))}\n`, 'latin1'));
    expect(whole.patches[0]?.diff).toBe(DIFF(1));
    expect(await stdin(raw(alone))).toEqual(whole);
    expect(await series(file('one.eml', crlf(raw(alone))))).toEqual(whole);
  });

  it('not when it is format=flowed: the patches are unusable, and the reason is said', async () => {
    const flowed = mbox(MBOXRD, rd, {
      header: (text) => text.replace('charset=utf-8', 'charset=utf-8; format=flowed'),
    });
    const { series: found, warnings } = await assembleSeries(openSource('-', { stdin: Readable.from([flowed]) }));
    expect(warnings).toEqual([
      'p1@example.org: format=flowed, its patch cannot be used',
      'p2@example.org: format=flowed, its patch cannot be used',
    ]);
    expect(found[0]?.patches.map(({ unusable }) => unusable)).toEqual(
      Array(2).fill('the mail is format=flowed: its diff is rewrapped'),
    );
  });
});

// public-inbox keeps the mails as they are; its servers must not change the series either.
const archive = await openArchive(
  MAILS.map((mail) => raw(mail).toString('latin1')),
  [],
  'latin1',
);
afterAll(() => archive?.close());
if (archive === undefined) it('NOT TESTED: archives (no public-inbox here)', () => expect(archive).toBeUndefined());
else {
  const { folder: inbox, http, nntp, imap } = archive;
  it.each<[string, string, Parameters<typeof openSource>[1]?]>([
    ['a public-inbox repository of several epochs', inbox],
    ['a range of it', inbox, { range: '2026-01-01..' }],
    ['a Message-ID in it', '<p2@example.org>', { archive: inbox }],
    ['a Message-ID by HTTP', 'r@example.org', { archive: http }],
    ['a URL', `${http}p1@example.org/T/#u`],
    ['a Message-ID by NNTP', 'p1@example.org', { archive: nntp }],
    ['a range by NNTP', nntp, { range: '1..4' }],
    ['a Message-ID by IMAP', 'p1@example.org', { archive: imap }],
    ['a range by IMAP', imap, { range: '1..' }],
  ])('gives the same series as %s', async (_name, input, where = {}) =>
    expect(await series(input, where)).toEqual(expected),
  );
}

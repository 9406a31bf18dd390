// SPDX-License-Identifier: GPL-2.0-or-later
import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import MailComposer from 'nodemailer/lib/mail-composer';
import { describe, expect, it } from 'vitest';
import { dateOf, oneLine, readHeader } from '../../src/sources/header.ts';
import { MAX_PARTS } from '../../src/sources/limits.ts';
import { plainParts } from '../../src/sources/plain.ts';
import { readAll, readOne } from './helpers.ts';

const PATCH =
  'diff --git a/mm/rmap.c b/mm/rmap.c\n--- a/mm/rmap.c\n+++ b/mm/rmap.c\n@@ -1 +1 @@\n-old = 1;\n+néw = 2;\n';
const top = 'From: A <a@example.org>\nSubject: [PATCH] x\nMessage-ID: <1@example.org>\nMIME-Version: 1.0\n';

describe('a message', () => {
  it.each([
    ['base64', Buffer.from(PATCH).toString('base64')],
    ['quoted-printable', PATCH.replace(/=/g, '=3D').replace('é', '=C3=A9')],
    ['8bit', PATCH],
  ])('in %s has the body that was sent', async (encoding, body) => {
    const message = await readOne(
      `${top}Content-Type: text/plain; charset="UTF-8"\nContent-Transfer-Encoding: ${encoding}\n\n${body}\n`,
    );
    expect(message.body.trimEnd()).toBe(PATCH.trimEnd());
    expect(message.flowed).toBe(false);
  });

  it('in another charset, with CRLF, or in undeclared Latin-1 is decoded', async () => {
    const koi8 = Buffer.concat([
      Buffer.from(`${top}Content-Type: text/plain; charset=koi8-r\n\n`),
      Buffer.of(0xf0, 0xd2, 0xc9, 10),
    ]);
    expect((await readOne(koi8)).body).toBe('При\n');
    const latin = Buffer.concat([Buffer.from(`${top}\n`), Buffer.of(0x4a, 0xf6, 0x72, 0x67, 10)]);
    expect((await readOne(latin)).body).toBe('Jörg\n');
    expect((await readOne(`${top}\nJörg \ufffd\n`)).body).toBe('Jörg \ufffd\n');
    expect((await readOne(`${top}\n${PATCH}`.replace(/\n/g, '\r\n'))).body).toBe(PATCH);
  });

  it('has decoded, unfolded headers in one line without control characters', async () => {
    const message = await readOne(
      'From: =?UTF-8?q?J=C3=B6rg_=1B=5B31mX?= <j@example.org>\nSubject: =?utf-8?B?W1BBVENIXSBtw6RwcGluZw==?=\n and  more\nMessage-ID:\n <folded@example.org>\nReferences: <a@example.org>\n\t<b@example.org>\nIn-Reply-To: <c@example.org> (mail of Monday)\nDate: Fri, 20 Nov 2026 12:00:00 +0100 (CET)\n\nx\n',
    );
    expect(message).toMatchObject({
      messageId: 'folded@example.org',
      references: ['a@example.org', 'b@example.org', 'c@example.org'],
      subject: '[PATCH] mäpping and more',
      from: { name: 'Jörg [31mX', address: 'j@example.org' },
      date: '2026-11-20T11:00:00.000Z',
    });
  });

  it('without Message-ID gets one from its content, and without brackets keeps its own', async () => {
    const bare = 'From: A <a@example.org>\nSubject: x\n';
    const first = await readOne(`${bare}\nb\n`);
    expect(first.messageId).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect((await readOne(`Received: by x\n${bare}\nb\n`)).messageId).toBe(first.messageId);
    expect((await readOne(`${bare}\nc\n`)).messageId).not.toBe(first.messageId);
    expect((await readOne(`${bare}Message-ID: 9@example.org\n\nc\n`)).messageId).toBe('9@example.org');
  });

  it.each([
    ['Content-Type: text/x-patch; name=a', PATCH],
    ['Content-Type: application/octet-stream\nContent-Disposition: attachment; filename="0001-x.patch"', PATCH],
    [
      'Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename="x.diff"',
      Buffer.from(PATCH).toString('base64'),
    ],
  ])('holds the patch of an attachment (%s)', async (type, content) => {
    const message = await readOne(
      `${top}Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\ntalk\n--b\n${type}\n\n${content}\n--b\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\niVBORw0=\n--b--\n`,
    );
    expect(message.body.trimEnd()).toBe(`talk\n${PATCH.trimEnd()}`);
  });

  it('says that it is format=flowed, alone or as a part', async () => {
    const type = 'Content-Type: text/plain; charset=UTF-8; format=flowed';
    expect((await readOne(`${top}${type}\n\n${PATCH}`)).flowed).toBe(true);
    const part = `${top}Content-Type: multipart/signed; boundary=b\n\n--b\n${type}\n\n${PATCH}\n--b--\n`;
    expect((await readOne(part)).flowed).toBe(true);
  });

  it('of the plain sort reads as the MIME parser reads it', async () => {
    const text = fc.array(fc.string({ unit: 'grapheme', maxLength: 90 }).map((line) => line.replace(/[\r\n]/g, ' ')));
    const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });
    let direct = 0;
    const runs = 400;
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          subject: word,
          from: word.map((name) => ({ name, address: 'x@example.org' })),
          text: text.map((lines) => `${lines.join('\n')}\n`),
          textEncoding: fc.constantFrom('base64' as const, 'quoted-printable' as const),
        }),
        fc.boolean(),
        async (mail, lf) => {
          let raw = await new MailComposer(mail).compile().build();
          if (lf) raw = Buffer.from(raw.toString('latin1').replace(/\r\n/g, '\n'), 'latin1');
          const header = readHeader(raw);
          const ours = header && plainParts(raw, header);
          if (!ours) return;
          direct++;
          const theirs = await simpleParser(raw, { skipTextToHtml: true });
          expect(ours.body).toBe(theirs.text ?? '');
          expect(oneLine(ours.subject)).toBe(oneLine(theirs.subject ?? ''));
          expect(oneLine(ours.from.name)).toBe(oneLine(theirs.from?.value[0]?.name ?? ''));
          expect(ours.from.address).toBe(theirs.from?.value[0]?.address);
        },
      ),
      { numRuns: runs },
    );
    expect(direct).toBeGreaterThan(runs / 4);
  });

  it.each([
    'From: "A, B" <a@example.org>\nSubject: =?utf-8?q?a?= =?UTF-8?B?w6k=?= b\n\nx\n',
    'From: a@example.org\nSubject: [PATCH] =?utf-8?q?=C3?= =?utf-8?q?=A9?=\n\nx\n',
    'From: =?UTF-8?q?J=C3=B6rg?= Last <a@example.org>\nSubject: x=?utf-8?q?y?=z\n\nx\n',
    'From: A =?iso-8859-1?q?=F6?= <a@example.org>\nSubject: =?utf-8?q?=zz?=\n\nx\n',
    'From: A (comment) <a@example.org>\nSubject: a  b\nContent-Transfer-Encoding: quoted-printable\n\na=20\nb =\nc=3D=\n',
    'From: <a@example.org>\nContent-Transfer-Encoding: base64\n\nYWJj\nZA==\nZWY=\n',
    'From: A B <a@example.org>, C <c@example.org>\nSubject:\nContent-Transfer-Encoding: quoted-printable\n\na=C3=A9 =\n  trailing  \n=\n',
    'From: ""  <a@example.org>\nSubject: =?utf-8?q??=\n\n',
  ])('of an odd sort, too: %j', async (raw) => {
    const ours = await readOne(raw);
    const theirs = await simpleParser(raw, { skipTextToHtml: true });
    expect(ours.body).toBe(theirs.text ?? '');
    expect(ours.subject).toBe(oneLine(theirs.subject ?? ''));
    expect(ours.from).toEqual({ name: theirs.from?.value[0]?.name, address: theirs.from?.value[0]?.address });
  });

  it('that is hostile is skipped by name, and the next one is read', async () => {
    const parts = Array.from({ length: 2 * MAX_PARTS }, () => '--b\nContent-Type: text/plain\n\nx\n').join('');
    const separator = 'From mboxrd@z Thu Jan  1 00:00:00 1970\n';
    const bomb = `${separator}X-Bomb: ${`y\n ${'z'.repeat(900)}`.repeat(1000)}\n${top}\n`;
    const many = `${separator}${top}Content-Type: multipart/mixed; boundary=b\n\n${parts}--b--\n`;
    const { messages, warnings } = await readAll(`${bomb}\n${many}\n${separator}${top}\nlast\n`);
    expect(messages.map(({ body }) => body)).toEqual(['last\n']);
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toMatch(/^the message at byte 39 .*header of \d+ bytes: skipped$/);
    expect(warnings[1]).toMatch(/1@example\.org.*: skipped$/);
  });

  it('made of any bytes gives a message, a warning or an input error', async () => {
    const pieces = fc.constantFrom(
      '\n',
      '\n\n',
      ': ',
      'From ',
      'From: a <b@c>',
      'Subject: =?utf-8?B?//8=?=',
      'Content-Type: multipart/mixed; boundary="b"',
      '\n--b\n',
      '\0',
      '\r\n',
      'Content-Transfer-Encoding: base64',
      '=?',
      '\ud800',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(pieces, fc.string({ maxLength: 10 }))), async (parts) => {
        const outcome = await readAll(parts.join('')).catch((error: Error) => error);
        if (outcome instanceof Error) expect(outcome.name).toBe('InputError');
      }),
      { numRuns: 500 },
    );
  });
});

describe('a date', () => {
  it.each([
    ['Fri, 20 Nov 2026 11:00:00 -0500', '2026-11-20T16:00:00.000Z'],
    ['20 Nov 26 11:00 GMT', '2026-11-20T11:00:00.000Z'],
    ['Fri, 20 Nov 2026 11:00:00', '2026-11-20T11:00:00.000Z'],
    ['Fri,  1 Jan 2027 00:30:00 +0530 (IST)', '2026-12-31T19:00:00.000Z'],
  ])('%s is %s', (text, iso) => expect(dateOf(text)).toBe(iso));
  it.each(['', 'yesterday', '99 Foo 2026 11:00:00', undefined])('%s is none', (text) =>
    expect(dateOf(text)).toBeUndefined(),
  );
});

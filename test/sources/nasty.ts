// SPDX-License-Identifier: GPL-2.0-or-later
// A corpus of nasty mails, made when it is asked for. Each has a name, its bytes, and what a reader is told of it:
// nothing (it is read like any other), or words of the line that says why it is skipped.

export interface Nasty {
  name: string;
  raw: () => Buffer;
  /** Words of the warning; absent where the mail is read. */
  skipped?: RegExp;
}

const MB = 1024 * 1024;
const DIFF = 'diff --git a/mm/a.c b/mm/a.c\n--- a/mm/a.c\n+++ b/mm/a.c\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n';

function headers(name: string, more = '', subject = '[PATCH] mm: nasty'): string {
  const id = name.replaceAll(' ', '-');
  return `From: N <n@example.org>\nDate: Mon, 5 Jan 2026 10:00:00 +0000\nSubject: ${subject}\nMessage-ID: <${id}@example.org>\n${more}`;
}

function text(name: string, skipped: RegExp | undefined, make: () => string): Nasty {
  return { name, raw: () => Buffer.from(make(), 'latin1'), ...(skipped ? { skipped } : {}) };
}

const mixed = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n';
const part = '--b\nContent-Type: text/plain\n\nx\n';
const lines = (count: number, line: (n: number) => string) => Array.from({ length: count }, (_, n) => line(n)).join('');
const nested = (depth: number) =>
  lines(depth, (n) => `Content-Type: multipart/mixed; boundary="b${n}"\n\n--b${n}\n`) +
  'Content-Type: text/plain\n\nx\n';

export const NASTY: Nasty[] = [
  text(
    'fifty megabytes',
    /is larger than \d+ bytes/,
    () =>
      `${headers('fifty megabytes')}\n${'x'
        .repeat(99)
        .concat('\n')
        .repeat(MB / 2)}`,
  ),
  text(
    'fifty megabytes in one line',
    /is larger than \d+ bytes/,
    () => `${headers('fifty megabytes in one line')}\n${'y'.repeat(50 * MB)}\n`,
  ),
  text(
    'fifty megabytes attached',
    /is larger than \d+ bytes/,
    () =>
      `${headers('fifty megabytes attached', mixed)}\n${part}--b\nContent-Type: text/x-patch\nContent-Transfer-Encoding: base64\n\n${'QUFB'
        .repeat(19)
        .concat('\n')
        .repeat((50 * MB) / 77)}--b--\n`,
  ),
  text(
    'fifteen megabytes of base64',
    undefined,
    () =>
      `${headers('fifteen megabytes of base64', 'Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n')}\n${'QUFB'
        .repeat(19)
        .concat('\n')
        .repeat((15 * MB) / 77)}`,
  ),
  text(
    'fifteen megabytes of escapes',
    /is MIME of more than \d+ bytes/,
    () =>
      `${headers('fifteen megabytes of escapes', 'Content-Type: text/plain; charset=koi8-r\nContent-Transfer-Encoding: quoted-printable\n')}\n${'=D0'
        .repeat(25)
        .concat('=\n')
        .repeat((15 * MB) / 77)}\n`,
  ),
  text(
    'fifteen megabytes of html',
    /is MIME of more than \d+ bytes/,
    () =>
      `${headers('fifteen megabytes of html', 'MIME-Version: 1.0\nContent-Type: text/html\n')}\n${'<div><table><td>&amp;'.repeat((15 * MB) / 20)}\n`,
  ),
  text(
    'ten thousand parts',
    /is no readable MIME/,
    () => `${headers('ten thousand parts', mixed)}\n${part.repeat(10_000)}--b--\n`,
  ),
  text('ten thousand parts in each other', /is no readable MIME/, () =>
    headers('ten thousand parts in each other', `MIME-Version: 1.0\n${nested(10_000)}`),
  ),
  text('a thousand mails in each other', undefined, () =>
    headers(
      'a thousand mails in each other',
      `MIME-Version: 1.0\n${'Content-Type: message/rfc822\n\n'.repeat(1_000)}Subject: y\n\nx\n`,
    ),
  ),
  text(
    'a header of ten megabytes',
    /has a header of \d+ bytes/,
    () => `X-Bomb: ${'z'.repeat(10 * MB)}\n${headers('a header of ten megabytes')}\nx\n`,
  ),
  text(
    'a header folded without end',
    /has a header of \d+ bytes/,
    () => `X-Bomb: y\n${' z\n'.repeat(MB)}${headers('a header folded without end')}\nx\n`,
  ),
  text(
    'a hundred thousand headers',
    /has a header of \d+ bytes/,
    () => `${lines(100_000, (n) => `X-${n}: y\n`)}${headers('a hundred thousand headers')}\nx\n`,
  ),
  text(
    'ten thousand subjects',
    undefined,
    () => `${headers('ten thousand subjects')}${'Subject: other\n'.repeat(10_000)}\n${DIFF}`,
  ),
  text(
    'ten thousand references',
    undefined,
    () =>
      `${headers('ten thousand references', `References:${lines(10_000, (n) => `\n <${n}@bomb.example.org>`)}\n`)}\n${DIFF}`,
  ),
  text(
    'ten thousand encoded words',
    undefined,
    () =>
      `${headers(
        'ten thousand encoded words',
        '',
        lines(10_000, (n) => `=?utf-${n % 9}?${n % 2 ? 'q' : 'b'}?w6T=?=\n `),
      )}\n${DIFF}`,
  ),
  text(
    'encoded words without end',
    undefined,
    () => `${headers('encoded words without end', '', '=?utf-8?q?'.repeat(40_000))}\n${DIFF}`,
  ),
  text(
    'a hundred thousand senders',
    undefined,
    () => `${headers('a hundred thousand senders').replace('N <n@example.org>', 'a@b, '.repeat(90_000))}\n${DIFF}`,
  ),
  text(
    'senders in comments in comments',
    undefined,
    () =>
      `${headers('senders in comments in comments').replace('N <n@example.org>', `${'('.repeat(200_000)}a@b`)}\n${DIFF}`,
  ),
  text(
    'senders in groups in groups',
    undefined,
    () =>
      `${headers('senders in groups in groups').replace('N <n@example.org>', `${'g:'.repeat(100_000)}a@b`)}\n${DIFF}`,
  ),
  text(
    'a boundary of a megabyte',
    undefined,
    () =>
      `${headers('a boundary of a megabyte', `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="${'b'.repeat(400_000)}"\n`)}\n${part}`,
  ),
  text(
    'an empty boundary',
    undefined,
    () =>
      `${headers('an empty boundary', 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=""\n')}\n--\n\nx\n----\n`,
  ),
  text(
    'a part without an end',
    undefined,
    () => `${headers('a part without an end', mixed)}\n--b\nContent-Type: text/plain\n\n${DIFF}`,
  ),
  text(
    'parameters without end',
    undefined,
    () =>
      `${headers('parameters without end', `MIME-Version: 1.0\nContent-Type: text/plain;${lines(20_000, (n) => ` a*${n}*=utf-8''x;`)}\n`)}\n${DIFF}`,
  ),
  text(
    'charsets that nobody has',
    undefined,
    () =>
      `${headers('charsets that nobody has', 'Content-Type: text/plain; charset="../../x\u0001"\n')}\n${DIFF}\xff\xfe\n`,
  ),
  text(
    'sixteen bits a character',
    undefined,
    () => `${headers('sixteen bits a character', 'Content-Type: text/plain; charset=utf-16\n')}\n\xff\xfex\0y\0\n\0`,
  ),
  text(
    'seven bits a character',
    undefined,
    () =>
      `${headers('seven bits a character', 'Content-Type: text/plain; charset=utf-7\n')}\n+AGQ-${'+'.repeat(100_000)}\n`,
  ),
  text(
    'zero bytes',
    undefined,
    () =>
      `${headers('zero bytes', 'X-\0: \0\n').replace('nasty', 'na\0sty')}\n${DIFF.replace('+B', '+\0')}${'\0'.repeat(MB)}\n`,
  ),
  text(
    'bare carriage returns',
    undefined,
    () => `${headers('bare carriage returns').replace('Subject', 'X: y\rSubject')}\n${DIFF.replaceAll('\n', '\r')}\n`,
  ),
  text(
    'senders of other mails in the text',
    undefined,
    () =>
      `${headers('senders of other mails in the text')}\nFrom here on\n\nFrom nobody Mon Jan  5 10:00:00 2026\nis text\n\n>From too\n${DIFF}`,
  ),
  text(
    'a million hunks',
    undefined,
    () => `${headers('a million hunks')}\n---\n${DIFF}${'@@ -1 +1 @@\n-a\n+b\n'.repeat(800_000)}`,
  ),
  text(
    'a hunk of a trillion lines',
    undefined,
    () =>
      `${headers('a hunk of a trillion lines')}\n---\n${DIFF.replace('-1,3 +1,3', '-1,999999999999 +1,999999999999')}`,
  ),
  text(
    'a hundred thousand files',
    undefined,
    () => `${headers('a hundred thousand files')}\n---\n${lines(100_000, (n) => DIFF.replaceAll('a.c', `${n}.c`))}`,
  ),
  text(
    'a path of a megabyte',
    undefined,
    () => `${headers('a path of a megabyte')}\n---\n${DIFF.replaceAll('a.c', `${'d/'.repeat(MB / 2)}a.c`)}`,
  ),
  text(
    'paths that leave the tree',
    undefined,
    () => `${headers('paths that leave the tree')}\n---\n${DIFF.replaceAll('mm/a.c', '../../../../etc/passwd')}`,
  ),
  text(
    'a quoted path without end',
    undefined,
    () => `${headers('a quoted path without end')}\n---\ndiff --git "a/${'\\"'.repeat(MB)}\n${DIFF}`,
  ),
  text(
    'a line of ten megabytes',
    undefined,
    () => `${headers('a line of ten megabytes')}\n---\n${DIFF.replace('+B', `+${'B'.repeat(10 * MB)}`)}`,
  ),
  text(
    'trillions of patches',
    undefined,
    () => `${headers('trillions of patches', '', '[PATCH v999999999 1/999999999999] x')}\n${DIFF}`,
  ),
  text(
    'brackets without end',
    undefined,
    () => `${headers('brackets without end', '', '['.repeat(100_000) + '[PATCH] '.repeat(20_000))}\n${DIFF}`,
  ),
  text(
    'a million trailers',
    undefined,
    () =>
      `${headers('a million trailers', 'References: <good-0@example.org>\n', 'Re: [PATCH] mm: good')}\n${lines(400_000, (n) => `Acked-by: R <r${n}@example.org>\n`)}`,
  ),
  text(
    'a hundred thousand prerequisites',
    undefined,
    () =>
      `${headers('a hundred thousand prerequisites')}\n---\n${DIFF}-- \n\n${lines(100_000, (n) => `prerequisite-message-id: <${n}@bomb.example.org>\nprerequisite-patch-id: ${n.toString(16).padStart(40, '0')}\n`)}`,
  ),
  text(
    'prose without end',
    undefined,
    () =>
      `${headers('prose without end', '', '[PATCH 0/1] mm: nasty')}\n${'This depends on [0] and on https://a/'.repeat(50_000)}\n`,
  ),
  text(
    'scissors without end',
    undefined,
    () => `${headers('scissors without end')}\n${'>8 '.repeat(MB)}\n${'-- >8 --\n'.repeat(100_000)}${DIFF}`,
  ),
  text(
    'a sender in the text without end',
    undefined,
    () =>
      `${headers('a sender in the text without end')}\nFrom: ${'<a@b'.repeat(MB)}\n${'Subject: x\n'.repeat(100_000)}\n${DIFF}`,
  ),
  text(
    'a date of another world',
    undefined,
    () => `${headers('a date of another world').replace('5 Jan 2026', '99999999999999 Jan 99999999999999')}\n${DIFF}`,
  ),
];

// SPDX-License-Identifier: GPL-2.0-or-later
// The configuration: what it means, and one line that says what is wrong with it and where.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { readConfig } from '../../src/watch/index.ts';

async function read(text: string) {
  const folder = mkdtempSync(join(tmpdir(), 'watch-config-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'watch.yaml');
  writeFileSync(path, text);
  try {
    return await readConfig(path);
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    throw new Error((error as Error).message.replace(path, 'FILE'));
  }
}

const BOT = 'bot: { from: bot@example.org }\n';

it('has safe defaults', async () => {
  const { lists, sent, smtp } = await read(`${BOT}lists:\n  mm:\n    follow: [{ git: mirror/mm }]\n`);
  expect([sent, smtp]).toEqual([[], undefined]);
  expect(lists).toMatchObject([
    {
      within: 14_400_000,
      settle: 300_000,
      answer: {
        mode: 'dry-run',
        to: [],
        toAuthor: false,
        clean: false,
        delay: 0,
        dailyLimit: 20,
        maxAge: 1_209_600_000,
      },
      commands: { author: false, from: [] },
    },
  ]);
  expect(lists[0]?.since).toBeUndefined();
  expect(lists[0]?.follow[0]).toMatchObject({
    every: 60_000,
    place: { kind: 'git', path: expect.stringMatching(/^\/.*\/mirror\/mm$/) },
  });
});

it('reads policies', async () => {
  const { lists } = await read(`
state: /var/lib/bot
${BOT}smtp: { host: localhost, port: 25, security: none }
lists:
  mm:
    address: MM <mm@example.org>
    follow: [{ nntp: "nntp://news.example.org/org.example.mm", every: 5 min }, { imap: "imaps://imap.example.org/INBOX" }]
    since: 2026-01-31
    areas: [vma-split]
    authors: ["*@Example.org"]
    answer:
      mode: send
      to: [author, list, Ann <ann@example.org>]
      cc: [list]
      delay: 24 h
      quiet-hours: { from: "22:00", to: "07:30", timezone: Europe/Berlin }
    commands: { from: [author, "*@example.org"] }
`);
  expect(lists).toMatchObject([
    {
      since: Date.UTC(2026, 0, 31),
      areas: ['vma-split'],
      authors: ['*@example.org'],
      follow: [
        { every: 300_000, place: { kind: 'nntp', host: 'news.example.org', folder: 'org.example.mm', port: 119 } },
        { every: 600_000, place: { kind: 'imap', tls: true, port: 993 } },
      ],
      answer: {
        toAuthor: true,
        to: [{ address: 'mm@example.org' }, { name: 'Ann', address: 'ann@example.org' }],
        cc: [{ address: 'mm@example.org' }],
        delay: 86_400_000,
        quiet: { from: 1320, to: 450, timezone: 'Europe/Berlin' },
      },
      commands: { author: true, from: ['*@example.org'] },
    },
  ]);
});

const LIST = `${BOT}lists:\n  mm:\n    follow: [{ maildir: m }]\n`;

it.each([
  [
    'an unknown key',
    `${LIST}    comands: { from: [author] }\n`,
    'FILE:5: unknown key "comands", did you mean "commands"?',
  ],
  [
    'one deeper',
    `${LIST}    answer: { mode: dry-run, quiet-hour: x }\n`,
    'FILE:5: unknown key "quiet-hour", did you mean "quiet-hours"?',
  ],
  ['one at the top', `${LIST}stat: x\n`, 'FILE:5: unknown key "stat", did you mean "state"?'],
  ['one that is near nothing', `${LIST}xylophone: x\n`, 'FILE:5: unknown key "xylophone"'],
  ['an area', `${LIST}    areas: [vma-splt]\n`, 'FILE:5: areas: no area "vma-splt", did you mean "vma-split"?'],
  [
    'a time',
    `${LIST}    settle: 5 minutes\n`,
    'FILE:5: lists.mm.settle: expected a time such as "90 s", "5 min", "4 h" or "2 d"',
  ],
  ['a day', `${LIST}    since: 2026-13-01\n`, 'FILE:5: lists.mm.since: expected a day such as 2026-01-31'],
  [
    'a time zone',
    `${LIST}    answer: { quiet-hours: { from: "22:00", to: "07:00", timezone: Mars } }\n`,
    'FILE:5: lists.mm.answer.quiet-hours.timezone: expected a time zone such as Europe/Berlin',
  ],
  [
    'a recipient',
    `${LIST}    answer: { to: [autor] }\n`,
    'FILE:5: lists.mm.answer.to.0: expected "author", "list" or an address',
  ],
  ['a list without address', `${LIST}    answer: { to: [list] }\n`, `FILE:5: to: "list" needs the list's address`],
  ['nobody', `${LIST}    answer: { mode: moderated }\n`, 'FILE:5: answer: names nobody to answer to'],
  ['no server', `${LIST}    answer: { mode: send, to: [author] }\n`, 'FILE:5: mode: send needs smtp'],
  [
    'a source',
    `${BOT}lists:\n  mm:\n    follow: [{ git: "https://example.org/mm" }]\n`,
    'FILE:4: git: expected a folder, not a URL',
  ],
  [
    'two in one',
    `${BOT}lists:\n  mm:\n    follow: [{ git: a, maildir: b }]\n`,
    'FILE:4: follow: expected one of git, nntp, imap and maildir',
  ],
  [
    'a server of another kind',
    `${BOT}lists:\n  mm:\n    follow: [{ nntp: "imap://h/x" }]\n`,
    'FILE:4: nntp: expected nntp://HOST/... or nntps://HOST/...',
  ],
  ['no list', `${BOT}lists: {}\n`, 'FILE:2: lists: names no list'],
  ['no YAML', 'a: [', 'FILE:1: '],
  ['aliases', 'bot: &a x\nlists: *a', 'FILE:1: aliases'],
])('refuses %s', async (_what, text, line) => {
  await expect(read(text)).rejects.toThrow(line);
});

it('reads the example of the documentation', async () => {
  const { lists } = await read(readFileSync(new URL('../../docs/watch.example.yaml', import.meta.url), 'utf8'));
  expect(lists.map(({ name, answer }) => [name, answer.mode])).toEqual([
    ['linux-mm', 'moderated'],
    ['private', 'send'],
  ]);
});

// SPDX-License-Identifier: GPL-2.0-or-later
// Sources that are followed: public-inbox's own servers and repositories, dovecot with IDLE, Maildirs. What comes is given
// once it is there, and nothing is left out by a renumbering, a rewrite, a rotation, or a server that goes away.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Follower, type FollowPlace, follow, followPlace } from '../../src/sources/follow/index.ts';
import { pastArrivals } from '../../src/sources/follow/past.ts';
import { messageIdOf, readHeader } from '../../src/sources/header.ts';
import { openArchive } from '../sources/archive.ts';
import { flaky } from '../support/flaky.ts';
import { deliver, startImap } from '../support/servers.ts';
import { git, rawMail } from './world.ts';

const mail = (n: number, minute = n) => rawMail({ id: `m${n}`, subject: `[PATCH] mm: ${n}`, minute });
const archive = await openArchive(
  [1, 2, 3, 4, 5, 6, 7].map((n) => mail(n)),
  [],
);
const dovecot = await startImap();
afterAll(() => {
  archive?.close();
  dovecot?.close();
});

async function following(place: FollowPlace): Promise<Follower> {
  const follower = await follow(place);
  onTestFinished(() => follower.close());
  return follower;
}

/** All that comes after a cursor: the mails by number, the last cursor, the notes. */
async function all(follower: Follower, cursor?: string, since?: number) {
  const names: string[] = [];
  const notes: string[] = [];
  for (let at = cursor; ; ) {
    const batch = await follower.poll(at, since);
    names.push(
      ...batch.arrivals.map(({ raw }) => messageIdOf(readHeader(raw)?.fields.get('message-id'))?.split('@')[0] ?? '?'),
    );
    notes.push(...batch.notes);
    at = batch.cursor;
    if (!batch.more) return { names, notes, cursor: at };
  }
}

if (!archive) it('NOT TESTED: following archives (no public-inbox here)', () => expect(archive).toBeUndefined());
if (!dovecot) it('NOT TESTED: following with IDLE (no dovecot here)', () => expect(dovecot).toBeUndefined());

describe.runIf(archive).each([
  ['git', archive?.folder ?? ''],
  ['nntp', archive?.nntp ?? ''],
  ['imap', archive?.imap ?? ''],
] as const)('public-inbox by %s', (kind, place) => {
  it('gives nothing of the past unless asked, then what is new', async () => {
    const follower = await following(followPlace(kind, place));
    const { names, cursor } = await all(follower);
    expect(names).toEqual([]);
    expect((await all(follower, cursor)).names).toEqual([]);
    const past = await all(follower, undefined, Date.now() - 10 * 86_400_000);
    expect(past.names.sort()).toEqual(['m1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7']);
    expect((await all(await following(followPlace(kind, place)), past.cursor)).names).toEqual([]);
  });

  it('reads a range that has gone by', async () => {
    const range = kind === 'git' ? '2020-01-01..' : '2..3';
    const names: string[] = [];
    for await (const { raw } of pastArrivals(followPlace(kind, place), range))
      names.push(messageIdOf(readHeader(raw)?.fields.get('message-id')) ?? '');
    expect(names.length).toBe(kind === 'git' ? 7 : 2);
  });
});

describe('a public-inbox repository', () => {
  /** Epochs of our own making, as public-inbox-v2-format(5) has them. */
  function inbox() {
    const folder = mkdtempSync(join(tmpdir(), 'rmapbot-inbox-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const work = join(folder, 'work');
    const epoch = (n: number) => join(folder, 'git', `${n}.git`);
    const rotate = (n: number) => {
      rmSync(work, { recursive: true, force: true });
      mkdirSync(epoch(n), { recursive: true });
      execFileSync('git', ['init', '-q', '--bare', '-b', 'master', epoch(n)]);
      execFileSync('git', ['clone', '-q', epoch(n), work], { stdio: 'ignore' });
      git(work, 'checkout', '-q', '-b', 'master');
    };
    rotate(0);
    const commit = (name: 'm' | 'd', text: string) => {
      rmSync(join(work, name === 'm' ? 'd' : 'm'), { force: true });
      writeFileSync(join(work, name), text);
      git(work, 'add', '-A');
      git(work, 'commit', '-q', '-m', 'x');
    };
    const push = () => git(work, 'push', '-q', '-f', 'origin', 'master');
    return { folder, work, rotate, commit, push };
  }

  it('is followed over a new epoch and a rewritten history', async () => {
    const { folder, work, rotate, commit, push } = inbox();
    const follower = await following(followPlace('git', folder));
    const empty = await all(follower);
    expect(empty.names).toEqual([]);
    for (const n of [1, 2, 3]) commit('m', mail(n));
    push();
    const first = await all(follower, empty.cursor);
    expect(first.names).toEqual(['m1', 'm2', 'm3']);
    // A purge: the same mails but one, every commit another one.
    git(work, 'reset', '-q', '--hard', 'HEAD~2');
    git(work, 'commit', '-q', '--amend', '-m', 'rewritten');
    for (const n of [3, 4]) commit('m', mail(n));
    push();
    const second = await all(follower, first.cursor);
    expect(second.names).toEqual(['m1', 'm3', 'm4']);
    expect(second.notes.join()).toMatch(/rewritten/);
    commit('m', mail(5));
    push();
    rotate(1);
    commit('m', mail(6));
    commit('m', mail(7));
    commit('d', mail(7));
    push();
    const third = await all(follower, second.cursor);
    expect(third.names).toEqual(['m5', 'm6']);
    expect((await all(follower, third.cursor)).names).toEqual([]);
    rmSync(join(folder, 'git', '0.git'), { recursive: true });
    commit('m', mail(8));
    push();
    expect((await all(follower, third.cursor)).names).toEqual(['m8']);
  });

  it('is read in batches, and goes on where one ended', async () => {
    const { folder } = inbox();
    const input = Array.from({ length: 410 }, (_, at) => {
      const text = mail(at + 1, at / 60);
      return `commit refs/heads/master\ncommitter a <a@example.org> ${1_700_000_000 + at} +0000\ndata 0\nM 100644 inline m\ndata ${text.length}\n${text}\n`;
    }).join('');
    execFileSync('git', ['-C', join(folder, 'git', '0.git'), 'fast-import', '--quiet'], { input });
    const follower = await following(followPlace('git', folder));
    const first = await follower.poll(undefined, 0);
    expect([first.arrivals.length, first.more]).toEqual([200, true]);
    const rest = await all(await following(followPlace('git', folder)), first.cursor);
    expect([rest.names.length, rest.names[0], rest.names.at(-1)]).toEqual([210, 'm201', 'm410']);
  });
});

describe('a Maildir', () => {
  function maildir(): string {
    const folder = mkdtempSync(join(tmpdir(), 'rmapbot-maildir-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    for (const sub of ['new', 'cur', 'tmp']) mkdirSync(join(folder, sub));
    return folder;
  }

  it('gives each mail once, however it is renamed', async () => {
    const folder = maildir();
    deliver(folder, mail(1));
    const follower = await following(followPlace('maildir', folder));
    const start = await all(follower);
    expect(start.names).toEqual([]);
    const name = deliver(folder, mail(2));
    const next = await all(follower, start.cursor);
    expect(next.names).toEqual(['m2']);
    renameSync(join(folder, 'new', name), join(folder, 'cur', `${name}:2,S`));
    expect((await all(follower, next.cursor)).names).toEqual([]);
    deliver(folder, mail(3));
    // Another process: what is young is given again, nothing is left out.
    expect((await all(await following(followPlace('maildir', folder)), next.cursor)).names).toContain('m3');
  });

  it('is an error where it is none', async () => {
    await expect((await following(followPlace('maildir', '/nonexistent'))).poll(undefined, 0)).rejects.toThrow(
      /Maildir/,
    );
  });
});

describe.runIf(dovecot)('IMAP by dovecot', () => {
  const place = followPlace('imap', `imap://127.0.0.1:${dovecot?.port}/INBOX`);

  it('tells by IDLE, survives a renumbering and a server that hangs up', async () => {
    vi.stubEnv('RMAPBOT_IMAP_USER', 'bot');
    vi.stubEnv('RMAPBOT_IMAP_PASSWORD', 'secret');
    const maildir = dovecot?.maildir ?? '';
    deliver(maildir, mail(1));
    const follower = await following(place);
    const start = await all(follower);
    expect(start.names).toEqual([]);
    const never = new AbortController().signal;
    let woken = false;
    const waiting = follower.wait(60_000, never).then(() => {
      woken = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(woken).toBe(false);
    deliver(maildir, mail(2));
    await waiting;
    const next = await all(follower, start.cursor);
    expect(next.names).toEqual(['m2']);

    // What dovecot knows of the folder is lost: other UIDs, another UIDVALIDITY.
    for (const name of readdirSync(maildir))
      if (name.startsWith('dovecot')) rmSync(join(maildir, name), { recursive: true });
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    follower.close();
    deliver(maildir, mail(3));
    const again = await all(await following(place), next.cursor);
    expect(again.names.sort()).toEqual(['m1', 'm2', 'm3']);
    expect(again.notes.join()).toMatch(/renumbered/);
    vi.unstubAllEnvs();
  });

  it('says what the server refuses', async () => {
    vi.stubEnv('RMAPBOT_IMAP_USER', 'bot');
    vi.stubEnv('RMAPBOT_IMAP_PASSWORD', 'wrong');
    await expect((await following(place)).poll(undefined, 0)).rejects.toThrow(/refuses user or password/);
    vi.unstubAllEnvs();
  });
});

it('a server that is away is an error, and no end', async () => {
  for (const kind of ['nntp', 'imap'] as const)
    await expect((await following(followPlace(kind, `${kind}://127.0.0.1:1/x.y`))).poll(undefined, 0)).rejects.toThrow(
      /nothing answers|no answer/,
    );
});

it.runIf(dovecot)('a connection that is cut in the middle leaves no mail out', { timeout: 120_000 }, async () => {
  vi.stubEnv('RMAPBOT_IMAP_USER', 'bot');
  vi.stubEnv('RMAPBOT_IMAP_PASSWORD', 'secret');
  for (let n = 100; n < 160; n++) deliver(dovecot?.maildir ?? '', mail(n));
  let turn = 0;
  // Cut after more and more bytes: before the login, within it, at each of the mails.
  const server = await flaky(dovecot?.port ?? 0, 'other', 1, () => [0, 0.9, (turn++ % 40) / 20][chances++ % 3] ?? 0);
  let chances = 0;
  const names = new Set<string>();
  let cursor: string | undefined;
  for (let tries = 0; tries < 200 && names.size < 60; tries++) {
    if (tries === 120) server.calm();
    const follower = await following(followPlace('imap', `imap://127.0.0.1:${server.port}/INBOX`));
    const batch = await follower.poll(cursor, 0).catch(() => undefined);
    follower.close();
    if (!batch) continue;
    cursor = batch.cursor;
    for (const { raw } of batch.arrivals) {
      const id = messageIdOf(readHeader(raw)?.fields.get('message-id'))?.split('@')[0] ?? '';
      if (/^m1[0-5]\d$/.test(id)) names.add(id);
    }
  }
  expect(names.size).toBe(60);
  expect(server.cuts).toBeGreaterThan(10);
  server.close();
  vi.unstubAllEnvs();
});

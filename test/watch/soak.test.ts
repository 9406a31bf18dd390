// SPDX-License-Identifier: GPL-2.0-or-later
// Thousands of mails by four ways (a Maildir that a real mail server fills, also by git send-email; dovecot; a
// public-inbox by NNTP and as a repository), servers that break, and a process that is killed again and again. Counted at
// the end: no answer twice, every series answered or ended with a reason, in doubt no more than kills fell into sending.
// The review is a stand-in (soak-process.ts): what is tested is everything around it, and 600 real ones take days.
// RMAPBOT_SOAK=MESSAGES makes it longer.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { messageIdOf, readHeader } from '../../src/sources/header.ts';
import { statusOf } from '../../src/watch/index.ts';
import { sampleReview } from '../report/sample.ts';
import { haveSendEmail, openArchive } from '../sources/archive.ts';
import { flaky } from '../support/flaky.ts';
import { deliver, startImap, startSmtp } from '../support/servers.ts';
import { rawMail, seriesMails } from './world.ts';

const MESSAGES = Number(process.env.RMAPBOT_SOAK ?? 2_000);
const KILLS = Math.ceil(MESSAGES / 100);
const folder = mkdtempSync(join(tmpdir(), 'rmapbot-soak-'));
const archive = await openArchive([rawMail({ id: 'first', subject: 'hello', body: 'hello\n' })], []);
const smtp = await startSmtp();
const imap = await startImap();
const sendEmail = haveSendEmail();
afterAll(() => {
  for (const one of [archive, smtp, imap]) one?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Chance that is the same in every run; the kills still fall where they may. */
let seed = 20_261_120;
const chance = () => {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
  return (seed >>> 8) / 2 ** 24;
};
const pick = <T>(all: readonly T[]): T => all[Math.floor(chance() * all.length)] as T;
const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A posting is known by its cover letter or, where that came after all was done, by a patch. */
const postingOf = (id: string) => id.replace(/^((?:violations|clean|refused)-.*)-\d+@/, '$1-0@');

interface Expected {
  id: string;
  verdict: string;
  /** Its last patch never comes. */
  incomplete: boolean;
  /** A newer version comes: it may have been answered before, or not. */
  superseded: boolean;
}

/** What is posted: mails in an order of their own by way, and what must become of the series. */
function postings(): { mails: { way: number; raw: string }[]; expected: Expected[] } {
  const mails: { way: number; raw: string }[] = [];
  const expected: Expected[] = [];
  for (let n = 0; mails.length < MESSAGES; n++) {
    const [verdict, way] = [
      pick(['violations', 'violations', 'violations', 'clean', 'refused']),
      Math.floor(chance() * 3),
    ];
    const name = `${verdict} s${n}`;
    const from = `Author ${n % 40} <author${n % 40}@example.org>`;
    const versions = chance() < 0.2 ? 2 : 1;
    for (let version = 1; version <= versions; version++) {
      const prefix = version === 1 ? 'PATCH' : `PATCH v${version}`;
      const key = `${name.replace(' ', '-')}.v${version}`;
      const raw = seriesMails(key, 1 + Math.floor(chance() * 4), { prefix, from }).map((one) =>
        one.replaceAll(`mm: ${verdict}-`, `mm: ${verdict} `),
      );
      const incomplete = chance() < 0.03;
      if (incomplete) raw.pop();
      expected.push({ id: `${key}-0@example.org`, verdict, incomplete, superseded: version < versions });
      // Lists do not keep an order; a series takes a while; some mails come by two lists.
      const shuffled = raw.map((one) => ({ one, at: chance() })).sort((a, b) => a.at - b.at);
      for (const { one } of shuffled) {
        mails.push({ way, raw: one });
        if (chance() < 0.1) mails.push({ way: (way + 1) % 3, raw: one });
      }
    }
    const noise = {
      id: `noise${n}`,
      from: 'Ned <ned@example.org>',
      references: [`${name.replace(' ', '-')}.v1-0`],
      body: '> x\n\nyes\n',
    };
    mails.push({ way, raw: rawMail({ ...noise, subject: `Re: [PATCH 0/1] mm: ${name}` }) });
    if (n % 10 === 0)
      mails.push({
        way,
        raw: rawMail({
          id: `bot${n}`,
          subject: `[PATCH] mm: bot ${n}`,
          headers: { 'Auto-Submitted': 'auto-generated' },
        }),
      });
  }
  return { mails, expected };
}

/** Series that git itself writes and sends. */
function gitSeries(count: number, port: number): Expected[] {
  const work = join(folder, 'work');
  mkdirSync(join(work, 'mm'), { recursive: true });
  const who = ['-c', 'user.name=Git', '-c', 'user.email=git@example.org', '-c', 'sendemail.confirm=never'];
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', work, ...who, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  git('init', '-q');
  writeFileSync(join(work, 'mm', 'rmap.c'), 'int a;\n');
  git('add', '.');
  git('commit', '-qm', 'base');
  const found: Expected[] = [];
  for (let n = 0; n < count; n++) {
    for (const part of ['one', 'two']) {
      appendFileSync(join(work, 'mm', 'rmap.c'), `int ${part}${n};\n`);
      git('commit', '-qam', `mm: violations git ${n} ${part}`);
    }
    rmSync(join(work, 'out'), { recursive: true, force: true });
    git('format-patch', '-q', '--thread', '-2', '-o', 'out');
    git(
      'send-email',
      '-q',
      `--smtp-server=127.0.0.1`,
      `--smtp-server-port=${port}`,
      '--from=git@example.org',
      '--to=list@example.org',
      '--suppress-cc=all',
      '--no-thread',
      'out',
    );
    const [first = ''] = readdirSync(join(work, 'out')).sort();
    const id = /^Message-ID: <(\S+)>$/im.exec(readFileSync(join(work, 'out', first), 'utf8'))?.[1] ?? '';
    found.push({ id, verdict: 'violations', incomplete: false, superseded: false });
  }
  return found;
}

const ready = archive !== undefined && smtp !== undefined && imap !== undefined && sendEmail;
it.runIf(ready)(
  `loses and repeats nothing: ${MESSAGES} mails, ${KILLS} kills`,
  { timeout: 300_000 + MESSAGES * 100 },
  async () => {
    if (!archive || !smtp || !imap) return;
    const post = await flaky(smtp.port, 'smtp', 0.4, chance);
    const mailbox = await flaky(imap.port, 'other', 0.5, chance);
    const news = await flaky(Number(new URL(archive.nntp).port), 'other', 0.5, chance);
    const sample = join(folder, 'review.json');
    writeFileSync(sample, JSON.stringify(await sampleReview('violations')));
    const answer = { mode: 'send', to: ['author'], 'daily-limit': 10_000 };
    const list = (follow: object[]) => ({
      follow,
      since: '2020-01-01',
      settle: '0 s',
      'complete-within': '20 s',
      answer,
    });
    const lists = {
      sink: list([{ maildir: smtp.maildir, every: '1 s' }]),
      box: list([{ imap: `imap://127.0.0.1:${mailbox.port}/INBOX` }]),
      group: list([
        { nntp: archive.nntp.replace(/:\d+\//, `:${news.port}/`), every: '1 s' },
        { git: archive.folder, every: '1 s' },
      ]),
    };
    const config = join(folder, 'watch.yaml');
    const bot = { from: 'Bot <rmap@example.org>' };
    const server = { host: '127.0.0.1', port: post.port, security: 'none' };
    writeFileSync(
      config,
      stringify({ state: 'state', bot, smtp: server, sent: [smtp.maildir], lists }, { aliasDuplicateObjects: false }),
    );

    const log = openSync(join(folder, 'log'), 'a');
    let child: ChildProcess | undefined;
    const start = () => {
      const program = fileURLToPath(new URL('./soak-process.ts', import.meta.url));
      const env = { ...process.env, RMAPBOT_IMAP_USER: 'bot', RMAPBOT_IMAP_PASSWORD: 'secret' };
      before = size();
      child = spawn(process.execPath, [program, config, join(folder, 'reviews'), sample], {
        env,
        stdio: ['ignore', log, log],
      });
    };
    const size = () => statSync(join(folder, 'log')).size;
    let before = 0;
    /** Waits until the log is longer than so many bytes; not for ever. */
    const grown = async (bytes: number, longest = 60_000) => {
      for (const end = Date.now() + longest; size() <= bytes && Date.now() < end; ) await sleep(5);
    };
    /** A mail is under way: killed at this moment, it is lost or it is taken, and nobody knows. */
    const sending = () =>
      new Promise<void>((resolve) => {
        post.onMail = () => {
          child?.kill('SIGKILL');
          delete post.onMail;
          resolve();
          return chance() < 0.3;
        };
      });
    let kills = 0;
    /** Mails that were under way when a kill came. */
    const underWay = new Set<string>();
    const kill = async () => {
      const over = child?.signalCode || child?.exitCode !== null;
      const ended = over ? [child?.exitCode, child?.signalCode] : once(child as ChildProcess, 'exit');
      delete post.onMail;
      child?.kill('SIGKILL');
      const [code, signal] = await ended;
      const last = readFileSync(join(folder, 'log'), 'utf8').slice(-2_000);
      expect([code, signal], `it ended by itself: ${last}`).toEqual([null, 'SIGKILL']);
      for (const id of idsIn(['sending'])) underWay.add(id);
      kills++;
    };
    const idsIn = (states: string[]): string[] => {
      if (!existsSync(join(folder, 'state', 'outbox.db'))) return []; // killed before it had begun
      const db = new DatabaseSync(join(folder, 'state', 'outbox.db'));
      try {
        const rows = db.prepare(`SELECT id FROM outbox WHERE state IN (${states.map(() => '?').join(', ')})`);
        return rows.all(...states).map(({ id }) => String(id));
      } finally {
        db.close();
      }
    };

    const { mails, expected } = postings();
    start();
    await sleep(1_500);
    let fed = false;
    const feeding = (async () => {
      const step = Math.ceil(mails.length / KILLS);
      for (let at = 0; at < mails.length; at += step) {
        const some = mails.slice(at, at + step);
        for (const { way, raw } of some) if (way < 2) deliver(way === 0 ? smtp.maildir : imap.maildir, raw);
        await archive.add(some.filter(({ way }) => way === 2).map(({ raw }) => raw));
        await sleep(200);
      }
      expected.push(...gitSeries(4, smtp.port));
      fed = true;
    })();
    while (!fed || kills < KILLS) {
      // By what it has done, not by the clock: a busy machine is to get as far as an idle one.
      await grown(before);
      if (chance() < 0.5) await Promise.race([sending(), sleep(3_000)]);
      else await grown(before + chance() * 3_000, 3_000);
      await kill();
      start();
    }
    await feeding;
    for (const one of [post, mailbox, news]) one.calm();
    await kill();
    start();
    const open = () =>
      statusOf(join(folder, 'state')).tasks.filter(({ state }) => ['waiting', 'ready', 'reviewing'].includes(state))
        .length;
    const waiting = () => idsIn(['approved', 'sending']).length;
    const known = () => new Set(statusOf(join(folder, 'state')).tasks.map(({ id }) => postingOf(id)));
    for (let quiet = 0, tries = 0; quiet < 3 && tries < 240; tries++) {
      await sleep(500);
      const ids = known();
      quiet = open() + waiting() === 0 && expected.every(({ id }) => ids.has(id)) ? quiet + 1 : 0;
    }
    // Once more, so that what was in doubt is looked up again.
    await kill();
    start();
    await sleep(3_000);
    await kill();

    const answers = readdirSync(join(smtp.maildir, 'new')).map(
      (name) => readHeader(readFileSync(join(smtp.maildir, 'new', name)))?.fields,
    );
    const ours = answers
      .map((fields) => messageIdOf(fields?.get('message-id')) ?? '')
      .filter((id) => id.startsWith('rmapbot-'));
    expect(new Set(ours).size, 'no mail twice').toBe(ours.length);
    const replied = answers
      .filter((fields) => fields?.has('x-rmapbot-verdict'))
      .map((fields) => postingOf(messageIdOf(fields?.get('in-reply-to')) ?? ''));
    expect(new Set(replied).size, 'no series answered twice').toBe(replied.length);

    const { tasks } = statusOf(join(folder, 'state'));
    expect(
      tasks.filter(({ state }) => ['waiting', 'ready', 'reviewing'].includes(state)),
      'every series has come to an end',
    ).toEqual([]);
    expect(
      tasks.filter(({ reason, reply }) => reason === '' && reply === ''),
      'with a reason',
    ).toEqual([]);
    expect(tasks.map(({ id }) => postingOf(id)).sort(), 'every series is known, once').toEqual(
      expected.map(({ id }) => id).sort(),
    );
    const doubtful = idsIn(['uncertain']).length;
    expect(doubtful, 'in doubt').toBeLessThanOrEqual(underWay.size);
    const known2 = new Map(tasks.map((task) => [postingOf(task.id), task]));
    const wrong = expected.filter(({ id, verdict, incomplete, superseded }) => {
      const task = known2.get(id);
      const was = `${task?.state} ${task?.verdict}`;
      if (superseded && /^superseded/.test(task?.reason ?? '')) return false;
      if (incomplete) return was !== 'done incomplete';
      if (verdict === 'refused') return was !== 'parked ';
      if (verdict === 'clean') return was !== 'done clean' || replied.includes(id);
      return was !== 'done violations' || !(replied.includes(id) || doubtful > 0);
    });
    expect(wrong).toEqual([]);
    const due = expected.filter(
      ({ id }) => known2.get(id)?.state === 'done' && known2.get(id)?.verdict === 'violations',
    ).length;
    expect(replied.length, 'answered').toBeGreaterThanOrEqual(due - doubtful);
    console.error(
      `soak: ${mails.length} mails, ${tasks.length} series, ${kills} kills of which ${underWay.size} in sending, ${post.cuts + mailbox.cuts + news.cuts} connections cut, ${replied.length} answers, ${doubtful} in doubt`,
    );
    for (const one of [post, mailbox, news]) one.close();
  },
);

it.runIf(!ready)('NOT TESTED: the soak (a server is missing here)', () => expect(ready).toBe(false));

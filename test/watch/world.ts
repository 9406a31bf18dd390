// SPDX-License-Identifier: GPL-2.0-or-later
// A world for the tests of the watch room: lists that are Maildirs, mails of ours, a reviewer that says what the test wants.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { Outbox, type OutboxEntry } from '../../src/delivery/index.ts';
import type { Review } from '../../src/review/values.ts';
import { type ReviewWish, readConfig, statusOf, type WatchConfig, watch } from '../../src/watch/index.ts';
import type { WatchOptions } from '../../src/watch/watch.ts';
import { sampleReview } from '../report/sample.ts';
import { patchBody } from '../series/mails.ts';
import { deliver } from '../support/servers.ts';

/** Configuration of a list, as YAML has it. */
export type ListYaml = Record<string, unknown>;

export interface World {
  folder: string;
  /** Maildirs by list. */
  maildir(list: string): string;
  config(): Promise<WatchConfig>;
  /** Runs until nothing is left to do now. */
  run(options?: WatchOptions): Promise<boolean>;
  /** Series as they stand: subject -> "state: verdict: reason". */
  tasks(): Record<string, string>;
  outbox(): OutboxEntry[];
  dry(): string[];
  log: string[];
  /** What was asked of the reviewer. */
  asked: ReviewWish[];
  /** What it says. */
  verdict: (wish: ReviewWish) => string | Error;
}

/** Lists of Maildirs; `more`: other parts of the configuration. */
export function world(lists: Record<string, ListYaml>, more: Record<string, unknown> = {}): World {
  const folder = mkdtempSync(join(tmpdir(), 'rmapbot-watch-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const yaml: Record<string, unknown> = {};
  for (const [name, list] of Object.entries(lists)) {
    for (const sub of ['new', 'cur', 'tmp']) mkdirSync(join(folder, name, sub), { recursive: true });
    yaml[name] = { since: '2020-01-01', settle: '0 s', 'complete-within': '1 h', follow: [{ maildir: name }], ...list };
  }
  const path = join(folder, 'watch.yaml');
  const bot = { from: 'rmap bot <bot-address@example.org>', 'reply-to': 'people@example.org' };
  writeFileSync(path, stringify({ state: 'state', bot, ...more, lists: yaml }, { aliasDuplicateObjects: false }));
  const at: World = {
    folder,
    maildir: (list) => join(folder, list),
    config: () => readConfig(path),
    async run(options) {
      return watch(await readConfig(path), ports, { once: true, ...options });
    },
    tasks: () =>
      Object.fromEntries(
        statusOf(join(folder, 'state')).tasks.map(({ version, subject, state, verdict, reason }) => [
          `v${version} ${subject}`,
          [state, verdict, reason].filter((one) => one !== '').join(': '),
        ]),
      ),
    outbox() {
      const box = new Outbox(join(folder, 'state', 'outbox.db'));
      try {
        return box.list();
      } finally {
        box.close();
      }
    },
    dry: () => filesOf(join(folder, 'state', 'dry-run')),
    log: [],
    asked: [],
    verdict: () => 'violations',
  };
  const ports = {
    log: (line: string) => void at.log.push(line),
    async review(wish: ReviewWish): Promise<Review> {
      at.asked.push(wish);
      const said = at.verdict(wish);
      if (said instanceof Error) throw said;
      return sampleReview(said);
    },
  };
  return at;
}

/** The contents of a folder's files; none where it is not there. */
export function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder)
      .sort()
      .map((name) => readFileSync(join(folder, name), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

export interface MailParts {
  id: string;
  subject: string;
  from?: string;
  /** Message-IDs without the domain. */
  references?: string[];
  body?: string;
  headers?: Record<string, string>;
  /** Minutes after the first mail of all. */
  minute?: number;
}

const START = Date.now() - 3_600_000;
let mails = 0;

/** A raw mail; patch mails touch mm/rmap.c. */
export function rawMail({ id, subject, from, references = [], body, headers = {}, minute }: MailParts): string {
  const date = new Date(START + (minute === undefined ? ++mails * 1_000 : minute * 60_000));
  const fields = {
    From: from ?? 'Ann Example <ann@example.org>',
    To: 'list@example.org',
    Date: date.toUTCString().replace('GMT', '+0000'),
    Subject: subject,
    'Message-ID': `<${id}@example.org>`,
    ...(references.length > 0 ? { References: references.map((one) => `<${one}@example.org>`).join(' ') } : {}),
    ...headers,
  };
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\n`);
  return `${head.join('')}\n${body ?? patchBody(id)}`;
}

/** A series: cover letter NAME-0 and patches NAME-1... */
export function seriesMails(
  name: string,
  count: number,
  more: Partial<MailParts> & { prefix?: string; path?: string } = {},
): string[] {
  const { prefix = 'PATCH', path = 'mm/rmap.c', references = [], ...rest } = more;
  const cover = rawMail({
    ...rest,
    id: `${name}-0`,
    subject: `[${prefix} 0/${count}] mm: ${titleOf(name)}`,
    references,
    body: 'why\n',
  });
  const patches = Array.from({ length: count }, (_, index) =>
    rawMail({
      ...rest,
      id: `${name}-${index + 1}`,
      subject: `[${prefix} ${index + 1}/${count}] mm: ${titleOf(name)} ${index + 1}`,
      references: [...references, `${name}-0`],
      body: patchBody(`${name}${index}`).replaceAll('mm/rmap.c', path),
    }),
  );
  return [cover, ...patches];
}

/** Versions of one series have one title: what stands before the "." of a name. */
function titleOf(name: string): string {
  return name.split('.')[0] ?? name;
}

/** Delivers mails into a list's Maildir. */
export function post(at: World, list: string, ...raw: string[]): void {
  for (const one of raw) deliver(at.maildir(list), one);
}

/** Makes a git repository of a folder's public-inbox epoch, for tests that rewrite it. */
export function git(folder: string, ...args: string[]): string {
  const who = ['-c', 'user.name=a', '-c', 'user.email=a@example.org'];
  return execFileSync('git', ['-C', folder, ...who, ...args], { encoding: 'utf8' }).trim();
}

// SPDX-License-Identifier: GPL-2.0-or-later
// What is kept of mails: Message-IDs of all that were read, the whole of patch mails, and which of those hang together.
import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { parseSubject, titleKey } from '../series/subject.ts';
import type { Message } from '../series/values.ts';
import type { Database } from './db.ts';
import { CLUSTER_MAILS_MAX, CLUSTER_THREADS_MAX, DAY_MS, KEEP_MS, REJOIN_MS, SEEN_MS } from './limits.ts';

/** Patch mails that may belong together. */
export interface Cluster {
  messages: Message[];
  /** By Message-ID: the lists that carried it, when it arrived, the Message-ID it had, its thread. */
  about: Map<string, { lists: string[]; arrived: number; wire: string; thread: number }>;
  /** Message-IDs of the thread that was asked for. */
  own: Set<string>;
  /** Number of the last mail among them. */
  upTo: number;
}

const rowSchema = z.object({
  seq: z.number(),
  id: z.string(),
  wire: z.string(),
  thread: z.number(),
  sender: z.string(),
  title: z.string(),
  change: z.string(),
  date: z.number(),
  arrived: z.number(),
  lists: z.string(),
  content: z.instanceof(Uint8Array),
});
const ids = z.array(z.object({ thread: z.number() }));

const hash = (text: string) => createHash('sha256').update(text).digest().subarray(0, 16);

export class Mails {
  private readonly db: Database['db'];

  constructor({ db }: Database) {
    this.db = db;
  }

  /** Whether a mail of this Message-ID and date was read. The lists change subjects and bodies, but no dates. */
  knows(id: string, date: number): boolean {
    const row = this.db.prepare('SELECT date FROM seen WHERE key = ?').get(hash(id));
    return row !== undefined && row.date === date;
  }

  /**
   * What a mail is to those that were read: new; the same again; or another one that has the Message-ID of an earlier
   * one (both date and subject differ).
   */
  compare(id: string, date: number, subject: string): 'new' | 'same' | 'reused' {
    const row = this.db.prepare('SELECT date, subject FROM seen WHERE key = ?').get(hash(id));
    if (row === undefined) return 'new';
    return row.date === date || subjectHash(subject).equals(row.subject as Uint8Array) ? 'same' : 'reused';
  }

  /** Notes that a mail was read. */
  note(id: string, date: number, subject: string, now: number): void {
    this.db
      .prepare('INSERT INTO seen VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING')
      .run(hash(id), date, subjectHash(subject), Math.floor(now / DAY_MS));
  }

  /** Keeps a patch mail. `wire`: the Message-ID that it had. */
  keep(message: Message, wire: string, list: string, now: number): void {
    const { messageId, references, from, subject, date, body } = message;
    const title = titleKey(parseSubject(subject).title);
    const change = /^change-id: *(\S{1,200})/im.exec(body)?.[1] ?? '';
    const content = deflateRawSync(JSON.stringify(message));
    this.db
      .prepare(
        'INSERT INTO mail (id, wire, thread, sender, title, change, date, arrived, lists, content, dirty) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT DO NOTHING',
      )
      .run(
        messageId,
        wire,
        this.join([messageId, ...references]),
        from.address.toLowerCase(),
        title,
        change,
        date === undefined ? now : Date.parse(date),
        now,
        JSON.stringify([list]),
        content,
      );
  }

  /** A mail that is kept came by another list too. */
  alsoOn(id: string, list: string): void {
    const row = this.db.prepare('SELECT lists FROM mail WHERE id = ?').get(id);
    if (row === undefined) return;
    const lists: string[] = JSON.parse(String(row.lists));
    if (lists.includes(list)) return;
    this.db.prepare('UPDATE mail SET lists = ?, dirty = 1 WHERE id = ?').run(JSON.stringify([...lists, list]), id);
  }

  /** Threads with mails that were not put together yet, oldest first. */
  dirty(max: number): number[] {
    const rows = this.db.prepare(
      'SELECT thread, min(seq) AS first FROM mail WHERE dirty = 1 GROUP BY thread ORDER BY first LIMIT ?',
    );
    return ids.parse(rows.all(max)).map(({ thread }) => thread);
  }

  /** A thread, and those that may hold parts or other versions of the same series. */
  cluster(thread: number): Cluster {
    const all = (where: string, ...values: (string | number)[]) =>
      z.array(rowSchema).parse(this.db.prepare(`SELECT * FROM mail WHERE ${where}`).all(...values));
    const own = all('thread = ? ORDER BY seq DESC LIMIT ?', thread, CLUSTER_MAILS_MAX);
    const others = new Set<number>();
    const related = (where: string, ...values: (string | number)[]) => {
      if (others.size >= CLUSTER_THREADS_MAX) return;
      const rows = this.db.prepare(`SELECT DISTINCT thread FROM mail WHERE ${where} ORDER BY seq DESC LIMIT ?`);
      for (const one of ids.parse(rows.all(...values, CLUSTER_THREADS_MAX))) others.add(one.thread);
    };
    for (const { change } of own) if (change !== '') related('change = ?', change);
    for (const [sender, mails] of Map.groupBy(own, (one) => one.sender)) {
      for (const title of new Set(mails.map((one) => one.title)))
        if (title !== '') related('sender = ? AND title = ?', sender, title);
      const dates = mails.map(({ date }) => date);
      const [from, to] = [Math.min(...dates) - REJOIN_MS, Math.max(...dates) + REJOIN_MS];
      related('sender = ? AND date BETWEEN ? AND ?', sender, from, to);
    }
    others.delete(thread);
    const rows = [...own];
    for (const other of [...others].slice(0, CLUSTER_THREADS_MAX)) {
      if (rows.length < CLUSTER_MAILS_MAX)
        rows.push(...all('thread = ? ORDER BY seq DESC LIMIT ?', other, CLUSTER_MAILS_MAX - rows.length));
    }
    rows.sort((a, b) => a.seq - b.seq);
    return {
      messages: rows.map(({ content }) => JSON.parse(inflateRawSync(content).toString('utf8')) as Message),
      about: new Map(
        rows.map(({ id, lists, arrived, wire, thread: at }) => [
          id,
          { lists: JSON.parse(lists) as string[], arrived, wire, thread: at },
        ]),
      ),
      own: new Set(own.map(({ id }) => id)),
      upTo: Math.max(0, ...own.map(({ seq }) => seq)),
    };
  }

  /** The thread of a mail that is kept. */
  threadOf(id: string): number | undefined {
    const row = this.db.prepare('SELECT thread FROM mail WHERE id = ?').get(id);
    return row === undefined ? undefined : Number(row.thread);
  }

  /** The thread's mails up to a number have been put together. */
  clean(thread: number, upTo: number): void {
    this.db.prepare('UPDATE mail SET dirty = 0 WHERE thread = ? AND seq <= ? AND dirty = 1').run(thread, upTo);
  }

  /** Forgets what is too old to matter. */
  prune(now: number): void {
    this.db.prepare('DELETE FROM mail WHERE dirty = 0 AND arrived < ?').run(now - KEEP_MS);
    this.db.prepare('DELETE FROM node WHERE thread NOT IN (SELECT thread FROM mail)').run();
    this.db.prepare('DELETE FROM seen WHERE day < ?').run(Math.floor((now - SEEN_MS) / DAY_MS));
  }

  /** One thread for all these Message-IDs. */
  private join(all: readonly string[]): number {
    const threads = new Set<number>();
    const find = this.db.prepare('SELECT thread FROM node WHERE id = ?');
    for (const id of all) {
      const row = find.get(id);
      if (row !== undefined) threads.add(Number(row.thread));
    }
    const [first, ...others] = [...threads].sort((a, b) => a - b);
    const next = 'SELECT coalesce(max(thread), 0) + 1 AS thread FROM node';
    const thread = first ?? Number(this.db.prepare(next).get()?.thread);
    for (const other of others)
      for (const table of ['node', 'mail'])
        this.db.prepare(`UPDATE ${table} SET thread = ? WHERE thread = ?`).run(thread, other);
    const insert = this.db.prepare('INSERT INTO node VALUES (?, ?) ON CONFLICT DO NOTHING');
    for (const id of all) insert.run(id, thread);
    return thread;
  }
}

/** Of what lists leave alone in a subject: they add words in brackets. */
function subjectHash(subject: string): Buffer {
  const { version, number, total, title } = parseSubject(subject);
  return hash(JSON.stringify([version, number ?? 0, total ?? 0, titleKey(title)])).subarray(0, 8);
}

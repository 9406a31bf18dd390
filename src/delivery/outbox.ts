// SPDX-License-Identifier: GPL-2.0-or-later
// The outbox: answers that wait for a person's word, and what became of them. One SQLite file; each change of state is
// on the disk before anything follows from it. A series and version enters once, for ever: better no mail than two.
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { InputError } from '../errors.ts';
import { cleanLine } from '../report/sanitise.ts';

/**
 * queued: waits for a person; approved: may be sent; sending: a process is at it; sent; dropped; uncertain: it may or
 * may not have been sent, a person must look; retracted: was sent, and taken back.
 */
export type OutboxState = 'queued' | 'approved' | 'sending' | 'sent' | 'dropped' | 'uncertain' | 'retracted';

const rowSchema = z.object({
  id: z.string(),
  state: z.enum(['queued', 'approved', 'sending', 'sent', 'dropped', 'uncertain', 'retracted']),
  subject: z.string(),
  verdict: z.string(),
  sender: z.string(),
  recipients: z.string().transform((text) => z.array(z.string()).parse(JSON.parse(text))),
  signatures: z.string().transform((text) => z.array(z.string()).parse(JSON.parse(text))),
  raw: z.instanceof(Uint8Array).transform((bytes) => Buffer.from(bytes)),
  note: z.string(),
  changed: z.string(),
  list: z.string(),
  due: z.number(),
});

/**
 * `id`: the mail's Message-ID without brackets. `note`: why it is in this state, where somebody or something said.
 * `list`: the list of `rmapbot watch` that it answers, else empty. `due`: not to be sent before, milliseconds.
 */
export type OutboxEntry = z.output<typeof rowSchema>;

/** What goes in. `approved`: no person needs to look at it. */
export type OutboxMail = Pick<OutboxEntry, 'id' | 'subject' | 'verdict' | 'sender' | 'recipients' | 'signatures'> & {
  raw: Uint8Array;
  list?: string;
  due?: number;
  approved?: boolean;
};

const SCHEMA = `
CREATE TABLE IF NOT EXISTS outbox (
  id TEXT PRIMARY KEY, state TEXT NOT NULL, subject TEXT NOT NULL, verdict TEXT NOT NULL, sender TEXT NOT NULL,
  recipients TEXT NOT NULL, signatures TEXT NOT NULL, raw BLOB NOT NULL, note TEXT NOT NULL DEFAULT '', changed TEXT NOT NULL,
  pid INTEGER NOT NULL DEFAULT 0
) STRICT`;

/** What the table lacked in earlier versions. */
const ADDED = [
  ['list', "TEXT NOT NULL DEFAULT ''"],
  ['due', 'INTEGER NOT NULL DEFAULT 0'],
  ['started', "TEXT NOT NULL DEFAULT ''"],
] as const;

/** Which states a person may move an entry out of. */
const MOVES = { approved: ['queued', 'uncertain'], dropped: ['queued', 'approved', 'uncertain'] } as const;

export class Outbox {
  private readonly db: DatabaseSync;

  /** Opens or makes the file. InputError where it is no outbox or cannot be written. */
  constructor(path: string) {
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      this.db = new DatabaseSync(path);
      this.db.exec('PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
      this.db.exec(SCHEMA);
      const columns = this.db.prepare("SELECT name FROM pragma_table_info('outbox')").all();
      const known = new Set(columns.map(({ name }) => name));
      for (const [name, type] of ADDED)
        if (!known.has(name)) this.db.exec(`ALTER TABLE outbox ADD COLUMN ${name} ${type}`);
    } catch (error) {
      throw new InputError(`the outbox ${path} cannot be opened: ${(error as Error).message}`);
    }
  }

  /** Puts an answer in; false where its series and version has been in before, whatever became of it. */
  add(mail: OutboxMail): boolean {
    const { id, subject, verdict, sender, recipients, signatures, raw, list = '', due = 0, approved = false } = mail;
    const insert = this.db.prepare(
      'INSERT INTO outbox (id, state, subject, verdict, sender, recipients, signatures, raw, changed, list, due) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    );
    const state = approved ? 'approved' : 'queued';
    const [to, known] = [JSON.stringify(recipients), JSON.stringify(signatures)];
    return insert.run(id, state, subject, verdict, sender, to, known, raw, now(), list, due).changes === 1;
  }

  /** All entries, or those in some states, latest change last. Those that a dead process was sending become uncertain. */
  list(...states: OutboxState[]): OutboxEntry[] {
    for (const { id, pid, started } of z
      .array(z.object({ id: z.string(), pid: z.number(), started: z.string() }))
      .parse(this.db.prepare("SELECT id, pid, started FROM outbox WHERE state = 'sending'").all())) {
      if (!alive(pid, started)) this.move(id, ['sending'], 'uncertain', 'the sender ended while it was sending');
    }
    const only = states.length === 0 ? '' : `WHERE state IN (${states.map(() => '?').join(', ')})`;
    const rows = this.db.prepare(`SELECT * FROM outbox ${only} ORDER BY changed, id`).all(...states);
    return z.array(rowSchema).parse(rows);
  }

  /** The entry whose id begins so. InputError where there is none, or several. */
  find(start: string): OutboxEntry {
    const found = this.list().filter(({ id }) => id.startsWith(start.replace(/^</, '').replace(/>$/, '')));
    const [entry] = found;
    if (entry && found.length === 1) return entry;
    throw new InputError(
      `${found.length === 0 ? 'no entry' : 'several entries'} of the outbox: ${cleanLine(start, 100)}`,
    );
  }

  /** A person's word. InputError where the entry's state does not allow it. */
  decide(start: string, state: keyof typeof MOVES, why: string): OutboxEntry {
    const entry = this.find(start);
    if (!this.move(entry.id, MOVES[state], state, why)) throw new InputError(`${entry.id} is ${entry.state}`);
    return entry;
  }

  /** Drops what has not been sent yet, where that is so; nothing else changes. */
  withdraw(id: string, why: string): boolean {
    return this.move(id, ['queued', 'approved'], 'dropped', why);
  }

  /** A mail of ours has been seen where it was sent to: what was uncertain is certain. */
  seen(id: string, where: string): boolean {
    return this.move(id, ['uncertain'], 'sent', `seen in ${where}`);
  }

  /** How many mails for a list went out, or may have, since a time (milliseconds). */
  sentSince(list: string, time: number): number {
    const count = this.db.prepare(
      "SELECT count(*) AS n FROM outbox WHERE list = ? AND state IN ('sending', 'sent', 'uncertain', 'retracted') AND changed > ?",
    );
    return z.object({ n: z.number() }).parse(count.get(list, new Date(time).toISOString())).n;
  }

  /** Takes back what was sent, and lets the mail that says so be sent: both or nothing. InputError where it was not sent. */
  retract(id: string, mail: OutboxMail, why: string): void {
    this.db.exec('BEGIN IMMEDIATE');
    try {
      if (!this.move(id, ['sent', 'uncertain'], 'retracted', why)) throw new InputError(`${id} was not sent`);
      if (!this.add({ ...mail, approved: true })) throw new Error(`${mail.id} is in already`);
      this.db.exec('COMMIT');
    } catch (error) {
      this.db.exec('ROLLBACK');
      throw error;
    }
  }

  /** Which of some signatures have been taken back. */
  retracted(signatures: readonly string[]): string[] {
    const gone = new Set(this.list('retracted').flatMap((entry) => entry.signatures));
    return signatures.filter((one) => gone.has(one));
  }

  /** Takes an approved entry for sending; false where another process has it. */
  claim(id: string): boolean {
    return this.move(id, ['approved'], 'sending', '', 0, process.pid);
  }

  /** What became of an entry that this process had claimed. `due`: when it may be tried again. */
  settle(id: string, state: 'sent' | 'approved' | 'queued' | 'uncertain', note: string, due = 0): void {
    if (!this.move(id, ['sending'], state, note, due)) throw new Error(`the outbox has lost ${id}`);
  }

  /** An approved entry that a server has refused before it was claimed. */
  refused(id: string, state: 'approved' | 'queued', note: string, due = 0): void {
    this.move(id, ['approved'], state, note, due);
  }

  close(): void {
    this.db.close();
  }

  private move(id: string, from: readonly OutboxState[], to: OutboxState, note: string, due = 0, pid = 0): boolean {
    const marks = from.map(() => '?').join(', ');
    const update = this.db.prepare(
      `UPDATE outbox SET state = ?, note = ?, changed = ?, due = max(due, ?), pid = ?, started = ? WHERE id = ? AND state IN (${marks})`,
    );
    return update.run(to, note, now(), due, pid, pid === 0 ? '' : startOf(pid), id, ...from).changes === 1;
  }
}

const now = () => new Date().toISOString();

/** When a process began, in the kernel's words: numbers of processes are used again. Empty where the system has no /proc. */
function startOf(pid: number): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    // proc_pid_stat(5): the name may hold anything but ends with the last bracket; starttime is the 20th field behind it.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/s, '').trim().split(' ');
    return `${boot} ${fields[19]}`;
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}

function alive(pid: number, started: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return started === '' || startOf(pid) === started;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// The outbox: answers that wait for a person's word, and what became of them. One SQLite file; each change of state is
// on the disk before anything follows from it. A series and version enters once, for ever: better no mail than two.
import { mkdirSync } from 'node:fs';
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
});

/** `id`: the mail's Message-ID without brackets. `note`: why it is in this state, where somebody or something said. */
export type OutboxEntry = z.output<typeof rowSchema>;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS outbox (
  id TEXT PRIMARY KEY, state TEXT NOT NULL, subject TEXT NOT NULL, verdict TEXT NOT NULL, sender TEXT NOT NULL,
  recipients TEXT NOT NULL, signatures TEXT NOT NULL, raw BLOB NOT NULL, note TEXT NOT NULL DEFAULT '', changed TEXT NOT NULL,
  pid INTEGER NOT NULL DEFAULT 0
) STRICT`;

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
    } catch (error) {
      throw new InputError(`the outbox ${path} cannot be opened: ${(error as Error).message}`);
    }
  }

  /** Puts an answer in; false where its series and version has been in before, whatever became of it. */
  add(entry: Omit<OutboxEntry, 'state' | 'note' | 'changed' | 'raw'> & { raw: Uint8Array }): boolean {
    const { id, subject, verdict, sender, recipients, signatures, raw } = entry;
    const insert = this.db.prepare(
      "INSERT INTO outbox (id, state, subject, verdict, sender, recipients, signatures, raw, changed) VALUES (?, 'queued', ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
    );
    return (
      insert.run(id, subject, verdict, sender, JSON.stringify(recipients), JSON.stringify(signatures), raw, now())
        .changes === 1
    );
  }

  /** All entries, latest change last. Those that a dead process was sending become uncertain. */
  list(): OutboxEntry[] {
    for (const { id, pid } of z
      .array(z.object({ id: z.string(), pid: z.number() }))
      .parse(this.db.prepare("SELECT id, pid FROM outbox WHERE state = 'sending'").all())) {
      if (!alive(pid)) this.move(id, ['sending'], 'uncertain', 'the sender ended while it was sending');
    }
    return z.array(rowSchema).parse(this.db.prepare('SELECT * FROM outbox ORDER BY changed, id').all());
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

  /** Takes back what was sent, and lets the mail that says so be sent: both or nothing. InputError where it was not sent. */
  retract(
    id: string,
    mail: Omit<OutboxEntry, 'state' | 'note' | 'changed' | 'raw'> & { raw: Uint8Array },
    why: string,
  ): void {
    this.db.exec('BEGIN IMMEDIATE');
    try {
      if (!this.move(id, ['sent', 'uncertain'], 'retracted', why)) throw new InputError(`${id} was not sent`);
      if (!this.add(mail) || !this.move(mail.id, ['queued'], 'approved', ''))
        throw new Error(`${mail.id} is in already`);
      this.db.exec('COMMIT');
    } catch (error) {
      this.db.exec('ROLLBACK');
      throw error;
    }
  }

  /** Which of some signatures have been taken back. */
  retracted(signatures: readonly string[]): string[] {
    const gone = new Set(this.list().flatMap((entry) => (entry.state === 'retracted' ? entry.signatures : [])));
    return signatures.filter((one) => gone.has(one));
  }

  /** Takes an approved entry for sending; false where another process has it. */
  claim(id: string): boolean {
    return this.move(id, ['approved'], 'sending', '', process.pid);
  }

  /** What became of an entry that this process had claimed. */
  settle(id: string, state: 'sent' | 'approved' | 'queued' | 'uncertain', note: string): void {
    if (!this.move(id, ['sending'], state, note)) throw new Error(`the outbox has lost ${id}`);
  }

  close(): void {
    this.db.close();
  }

  private move(id: string, from: readonly OutboxState[], to: OutboxState, note: string, pid = 0): boolean {
    const marks = from.map(() => '?').join(', ');
    const update = this.db.prepare(
      `UPDATE outbox SET state = ?, note = ?, changed = ?, pid = ? WHERE id = ? AND state IN (${marks})`,
    );
    return update.run(to, note, now(), pid, id, ...from).changes === 1;
  }
}

const now = () => new Date().toISOString();

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

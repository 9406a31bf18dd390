// SPDX-License-Identifier: GPL-2.0-or-later
// What is kept of series: one task for each posting, known by the Message-IDs of its mails.
import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { Task, TaskState } from './values.ts';

const taskSchema = z.object({
  key: z.number(),
  id: z.string(),
  version: z.number(),
  list: z.string(),
  subject: z.string(),
  author: z.string(),
  state: z.enum(['waiting', 'ready', 'reviewing', 'done', 'skipped', 'parked']),
  reason: z.string(),
  verdict: z.string(),
  due: z.number(),
  attempts: z.number(),
  arrived: z.number(),
  print: z.string(),
  identity: z.string(),
  reply: z.string(),
  stopped: z.number().transform((value) => value === 1),
  changed: z.string(),
});

/** Columns that change, besides state. */
type Changes = Partial<Omit<Task, 'key' | 'state'>>;

/** A task with the time of its last change, ISO 8601. */
export type StoredTask = z.output<typeof taskSchema>;

export class Tasks {
  private readonly db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.db = db;
  }

  /** The tasks that hold any of some mails, oldest first. */
  of(messageIds: readonly string[]): StoredTask[] {
    const find = this.db.prepare('SELECT task FROM member WHERE id = ?');
    const keys = new Set(messageIds.flatMap((id) => Number(find.get(id)?.task ?? 0) || []));
    return [...keys].sort((a, b) => a - b).map((key) => this.get(key));
  }

  get(key: number): StoredTask {
    return taskSchema.parse(this.db.prepare('SELECT * FROM task WHERE key = ?').get(key));
  }

  /** The task that a mail of ours answers. */
  answeredBy(reply: string): StoredTask | undefined {
    const row = this.db.prepare("SELECT * FROM task WHERE reply = ? AND reply <> ''").get(reply);
    return row === undefined ? undefined : taskSchema.parse(row);
  }

  /** Tasks with the same patches. */
  withPrint(print: string): StoredTask[] {
    const rows = this.db.prepare('SELECT * FROM task WHERE print = ? ORDER BY key').all(print);
    return z.array(taskSchema).parse(rows);
  }

  /** Those in some states that are due, the longest due first. */
  due(states: readonly TaskState[], now: number, max: number): StoredTask[] {
    const marks = states.map(() => '?').join(', ');
    const rows = this.db.prepare(`SELECT * FROM task WHERE state IN (${marks}) AND due <= ? ORDER BY due, key LIMIT ?`);
    return z.array(taskSchema).parse(rows.all(...states, now, max));
  }

  all(): StoredTask[] {
    return z.array(taskSchema).parse(this.db.prepare('SELECT * FROM task ORDER BY key').all());
  }

  add(task: Omit<Task, 'key'>): StoredTask {
    const { id, version, list, subject, author, state, reason, verdict, due, attempts, arrived, print, reply } = task;
    const insert = this.db.prepare(
      'INSERT INTO task (id, version, list, subject, author, state, reason, verdict, due, attempts, arrived, print, reply, stopped, changed, identity) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    );
    const columns = [id, version, list, subject, author, state, reason, verdict, due, attempts, arrived, print, reply];
    const { lastInsertRowid } = insert.run(...columns, Number(task.stopped), new Date().toISOString(), task.identity);
    return this.get(Number(lastInsertRowid));
  }

  /** These mails are its own. */
  own(key: number, messageIds: readonly string[]): void {
    const insert = this.db.prepare(
      'INSERT INTO member VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET task = excluded.task',
    );
    for (const id of messageIds) insert.run(id, key);
  }

  membersOf(key: number): string[] {
    return this.db
      .prepare('SELECT id FROM member WHERE task = ?')
      .all(key)
      .map(({ id }) => String(id));
  }

  /** Moves a task, where it is in one of the states `from`; false where it is not. */
  move(key: number, from: readonly TaskState[], state: TaskState, changes: Changes = {}): boolean {
    const marks = from.map(() => '?').join(', ');
    const entries = Object.entries(changes).map(([name, value]) => [name, typeof value === 'boolean' ? +value : value]);
    const set = entries.map(([name]) => `, ${name} = ?`).join('');
    const update = this.db.prepare(
      `UPDATE task SET state = ?, changed = ?${set} WHERE key = ? AND state IN (${marks})`,
    );
    const values = entries.map(([, value]) => value as string | number);
    return update.run(state, new Date().toISOString(), ...values, key, ...from).changes === 1;
  }

  /** Reviews that a process which was ended was at are to be made again. */
  reopen(): void {
    this.db.prepare("UPDATE task SET state = 'ready' WHERE state = 'reviewing'").run();
  }

  /** The same where this process ends in good order: no attempt that failed. */
  release(): void {
    this.db.prepare("UPDATE task SET state = 'ready', attempts = attempts - 1 WHERE state = 'reviewing'").run();
  }
}

/** States from which a task may still move by itself. */
export const OPEN: readonly TaskState[] = ['waiting', 'ready', 'reviewing'];
export const ANY: readonly TaskState[] = ['waiting', 'ready', 'reviewing', 'done', 'skipped', 'parked'];

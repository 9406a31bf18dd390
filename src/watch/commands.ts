// SPDX-License-Identifier: GPL-2.0-or-later
// What is kept of commands: one a mail, answered once.
import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { Asked } from '../delivery/index.ts';
import type { Request } from './command-lines.ts';

/** What a mail asked for, and who wrote it. */
export interface CommandContent {
  asked: Asked;
  request: Request;
}

const commandSchema = z.object({
  id: z.string(),
  content: z.string().transform((text) => JSON.parse(text) as CommandContent),
  state: z.enum(['new', 'running', 'done', 'refused']),
  reason: z.string(),
  task: z.number(),
  due: z.number(),
  attempts: z.number(),
  arrived: z.number(),
  reply: z.string(),
});

export type Command = z.output<typeof commandSchema>;

export class Commands {
  private readonly db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.db = db;
  }

  add(content: CommandContent, now: number): void {
    this.db
      .prepare("INSERT INTO command VALUES (?, ?, 'new', '', 0, 0, 0, ?, '') ON CONFLICT DO NOTHING")
      .run(content.asked.messageId, JSON.stringify(content), now);
  }

  /** Those to be looked at. */
  due(now: number, max: number): Command[] {
    const rows = this.db.prepare("SELECT * FROM command WHERE state = 'new' AND due <= ? ORDER BY arrived, id LIMIT ?");
    return z.array(commandSchema).parse(rows.all(now, max));
  }

  all(): Command[] {
    return z.array(commandSchema).parse(this.db.prepare('SELECT * FROM command ORDER BY arrived, id').all());
  }

  /** How many of a task were answered, or are being. */
  ofTask(task: number): number {
    const row = this.db.prepare("SELECT count(*) AS n FROM command WHERE task = ? AND state IN ('done', 'running')");
    return Number(row.get(task)?.n);
  }

  /** The task of the command that a mail of ours answers. */
  answeredBy(reply: string): number | undefined {
    const row = this.db.prepare("SELECT task FROM command WHERE reply = ? AND reply <> ''").get(reply);
    return row === undefined ? undefined : Number(row.task);
  }

  set(
    id: string,
    state: Command['state'],
    more: Partial<Pick<Command, 'reason' | 'task' | 'due' | 'attempts' | 'reply'>>,
  ) {
    const entries = Object.entries(more);
    const set = entries.map(([name]) => `, ${name} = ?`).join('');
    this.db
      .prepare(`UPDATE command SET state = ?${set} WHERE id = ?`)
      .run(state, ...entries.map(([, value]) => value), id);
  }

  /** Those that a process which has ended was at are to be answered again. */
  reopen(): void {
    this.db.prepare("UPDATE command SET state = 'new' WHERE state = 'running'").run();
  }
}

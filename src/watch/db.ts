// SPDX-License-Identifier: GPL-2.0-or-later
// The durable state of a watch: one SQLite file. What belongs together is written in one transaction, and is on the disk
// when that returns; SQLite was chosen over files of our own for that.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { InputError } from '../errors.ts';

const SCHEMA = `
CREATE TABLE IF NOT EXISTS source (name TEXT PRIMARY KEY, cursor TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS seen (key BLOB PRIMARY KEY, date INTEGER NOT NULL, subject BLOB NOT NULL, day INTEGER NOT NULL)
  STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS node (id TEXT PRIMARY KEY, thread INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS node_thread ON node (thread);
CREATE TABLE IF NOT EXISTS mail (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, wire TEXT NOT NULL, thread INTEGER NOT NULL,
  sender TEXT NOT NULL, title TEXT NOT NULL, change TEXT NOT NULL, date INTEGER NOT NULL, arrived INTEGER NOT NULL,
  lists TEXT NOT NULL, content BLOB NOT NULL, dirty INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS mail_thread ON mail (thread);
CREATE INDEX IF NOT EXISTS mail_sender ON mail (sender, date);
CREATE INDEX IF NOT EXISTS mail_change ON mail (change) WHERE change <> '';
CREATE INDEX IF NOT EXISTS mail_dirty ON mail (thread) WHERE dirty = 1;
CREATE TABLE IF NOT EXISTS task (
  key INTEGER PRIMARY KEY, id TEXT NOT NULL, version INTEGER NOT NULL, list TEXT NOT NULL, subject TEXT NOT NULL,
  author TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL, verdict TEXT NOT NULL, due INTEGER NOT NULL,
  attempts INTEGER NOT NULL, arrived INTEGER NOT NULL, print TEXT NOT NULL, identity TEXT NOT NULL, reply TEXT NOT NULL,
  stopped INTEGER NOT NULL, changed TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS task_state ON task (state, due);
CREATE INDEX IF NOT EXISTS task_print ON task (print) WHERE print <> '';
CREATE INDEX IF NOT EXISTS task_reply ON task (reply) WHERE reply <> '';
CREATE TABLE IF NOT EXISTS member (id TEXT PRIMARY KEY, task INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS member_task ON member (task);
CREATE TABLE IF NOT EXISTS command (
  id TEXT PRIMARY KEY, content TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL, task INTEGER NOT NULL,
  due INTEGER NOT NULL, attempts INTEGER NOT NULL, arrived INTEGER NOT NULL, reply TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS command_state ON command (state, due);
CREATE INDEX IF NOT EXISTS command_reply ON command (reply) WHERE reply <> '';
`;

export class Database {
  readonly db: DatabaseSync;
  private readonly lock: DatabaseSync;

  /** Opens or makes the state. InputError where another process watches with it, or it cannot be written. */
  constructor(folder: string) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      // A lock that ends with its process, however that ends.
      this.lock = new DatabaseSync(join(folder, 'watch.lock'));
      this.lock.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    } catch (error) {
      const busy = /locked/.test((error as Error).message);
      throw new InputError(`${folder}: ${busy ? 'another process watches with this state' : (error as Error).message}`);
    }
    this.db = openState(folder);
  }

  /** All of it, or nothing. */
  transaction<T>(work: () => T): T {
    this.db.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.db.exec('COMMIT');
      return result;
    } catch (error) {
      this.db.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.db.close();
    this.lock.close();
  }
}

/** The state alone, to look at: another process may be at work on it. */
export function openState(folder: string): DatabaseSync {
  try {
    const db = new DatabaseSync(join(folder, 'watch.db'));
    db.exec('PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    db.exec(SCHEMA);
    return db;
  } catch (error) {
    throw new InputError(`${folder}: the state cannot be opened: ${(error as Error).message}`);
  }
}

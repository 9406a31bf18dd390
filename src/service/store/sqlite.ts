// SPDX-License-Identifier: GPL-2.0-or-later
// The embedded store: one SQLite file that any number of processes of one machine share. Every commit is on the disk
// when it returns. Chosen over PGlite by measurement, see docs/operate.md.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { InputError } from '../../errors.ts';
import { BUSY_MS } from '../limits.ts';
import type { Database, Row, Sql, Value } from './sql.ts';

/** Opens or makes `service.db` in a folder. InputError where it cannot be written. */
export async function openSqlite(folder: string): Promise<Database> {
  let db: DatabaseSync;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    db = new DatabaseSync(join(folder, 'service.db'));
    db.exec('PRAGMA busy_timeout = 0; PRAGMA synchronous = FULL');
    await patiently(() => db.exec('PRAGMA journal_mode = WAL'));
  } catch (error) {
    throw new InputError(`${folder}: the service's store cannot be opened: ${(error as Error).message}`);
  }
  return new Sqlite(db);
}

class Sqlite implements Database {
  readonly kind = 'sqlite';
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  /** One connection: whoever is in a transaction is alone. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  query(text: string, values: readonly Value[] = []): Promise<Row[]> {
    return this.#alone(() => patiently(() => this.#run(text, values)));
  }

  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#alone(async () => {
      await patiently(() => this.#db.exec('BEGIN IMMEDIATE'));
      try {
        const result = await work({ query: async (text, values = []) => this.#run(text, values) });
        this.#db.exec('COMMIT');
        return result;
      } catch (error) {
        this.#db.exec('ROLLBACK');
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    await this.#alone(async () => this.#db.close());
  }

  #run(text: string, values: readonly Value[]): Row[] {
    let statement = this.#statements.get(text);
    if (!statement) {
      statement = this.#db.prepare(text);
      this.#statements.set(text, statement);
    }
    return statement.all(Object.fromEntries(values.map((value, index) => [`$${index + 1}`, value]))) as Row[];
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }
}

const SQLITE_BUSY = 5;

/** Waits for another connection's transaction. SQLite's own waiting would stop the whole process meanwhile. */
async function patiently<T>(work: () => T): Promise<T> {
  for (const until = Date.now() + BUSY_MS; ; await setTimeout(1 + Math.random() * 4)) {
    try {
      return work();
    } catch (error) {
      if ((error as { errcode?: number }).errcode !== SQLITE_BUSY || Date.now() > until) throw error;
    }
  }
}

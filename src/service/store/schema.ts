// SPDX-License-Identifier: GPL-2.0-or-later
// The tables of the service, the same in both stores, and how they come to be.
import { InputError } from '../../errors.ts';
import type { Database } from './sql.ts';

/** Key of the advisory lock under which tables are made: two processes may start at the same moment. */
const SETUP_LOCK = 7_266_707;

/** What each version adds to the one before; never edited once released. */
const VERSIONS: readonly (readonly string[])[] = [
  [
    `CREATE TABLE job (
  id TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, repository TEXT NOT NULL, repository_id TEXT NOT NULL, owner TEXT NOT NULL,
  lane TEXT NOT NULL, tag BIGINT NOT NULL, at BIGINT NOT NULL, thread TEXT NOT NULL, version BIGINT NOT NULL, title TEXT NOT NULL, author TEXT NOT NULL,
  link TEXT NOT NULL, payload TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL, verdict TEXT NOT NULL,
  attempts BIGINT NOT NULL, worker TEXT NOT NULL, created BIGINT NOT NULL, started BIGINT NOT NULL, ended BIGINT NOT NULL)`,
    'CREATE INDEX job_state ON job (state, created)',
    'CREATE INDEX job_thread ON job (thread, version)',
    'CREATE INDEX job_created ON job (created)',
    'CREATE TABLE review (job TEXT PRIMARY KEY, content TEXT NOT NULL)',
    // Whose turn it is may be forgotten when a server crashes; it need not wait for the disk.
    'CREATE UNLOGGED TABLE fair (lane TEXT NOT NULL, repository TEXT NOT NULL, tag BIGINT NOT NULL, PRIMARY KEY (lane, repository))',
    'CREATE TABLE busy (thread TEXT PRIMARY KEY, job TEXT NOT NULL)',
    'CREATE TABLE worker (id TEXT PRIMARY KEY, host TEXT NOT NULL, started BIGINT NOT NULL, seen BIGINT NOT NULL, job TEXT NOT NULL)',
  ],
];

/** Brings the tables up to date. InputError where they are of a newer rmapbot. */
export async function migrate(database: Database): Promise<void> {
  await database.transaction(async (sql) => {
    if (database.kind === 'postgres') await sql.query(`SELECT pg_advisory_xact_lock(${SETUP_LOCK})::text`);
    await sql.query('CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BIGINT NOT NULL)');
    const [row] = await sql.query("SELECT value FROM meta WHERE name = 'version'");
    const version = Number(row?.value ?? 0);
    if (version > VERSIONS.length) {
      throw new InputError(`the store is of a newer rmapbot (version ${version}, this one knows ${VERSIONS.length})`);
    }
    for (const statement of VERSIONS.slice(version).flat()) {
      await sql.query(database.kind === 'sqlite' ? statement.replace('UNLOGGED ', '') : statement);
    }
    await sql.query(
      "INSERT INTO meta (name, value) VALUES ('version', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      [VERSIONS.length],
    );
  });
}

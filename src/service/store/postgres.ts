// SPDX-License-Identifier: GPL-2.0-or-later
// The store of a fleet: PostgreSQL, in a schema of our own.
import pg from 'pg';
import { InputError } from '../../errors.ts';
import { CONNECT_MS, CONNECTIONS } from '../limits.ts';
import type { Database, Row, Sql, Value } from './sql.ts';

const BIGINT = 20;

export interface PostgresDatabase extends Database {
  readonly kind: 'postgres';
  readonly pool: pg.Pool;
}

/** Connects to PostgreSQL by URL. InputError, without the password, where that fails. `onError`: an idle connection broke. */
export async function openPostgres(url: string, onError: (error: Error) => void): Promise<PostgresDatabase> {
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    options: '-c search_path=rmapbot',
    application_name: 'rmapbot',
    types: {
      getTypeParser: (oid: number, format?: 'text') => (oid === BIGINT ? Number : pg.types.getTypeParser(oid, format)),
    } as pg.CustomTypesConfig,
  });
  pool.on('error', onError);
  try {
    await pool.query('CREATE SCHEMA IF NOT EXISTS rmapbot');
  } catch (error) {
    await pool.end();
    const { code, message } = error as NodeJS.ErrnoException;
    // 23505, 42P06: another process makes it at this moment.
    if (code === '23505' || code === '42P06') return openPostgres(url, onError);
    throw new InputError(`the database cannot be reached: ${message || code}`);
  }
  const over = (client: Pick<pg.Pool, 'query'>): Sql => ({
    query: async (text: string, values: readonly Value[] = []) => (await client.query<Row>(text, [...values])).rows,
  });
  return {
    kind: 'postgres',
    pool,
    ...over(pool),
    async transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
      const client = await pool.connect();
      let broken: Error | undefined;
      try {
        await client.query('BEGIN');
        const result = await work(over(client));
        await client.query('COMMIT');
        return result;
      } catch (error) {
        await client.query('ROLLBACK').catch((lost: Error) => {
          broken = lost; // the connection is gone, and the transaction with it
        });
        throw error;
      } finally {
        client.release(broken);
      }
    },
    close: () => pool.end(),
  };
}

// SPDX-License-Identifier: GPL-2.0-or-later
// One small SQL for two stores. Texts keep to what SQLite and PostgreSQL both read: `$1` for values, TEXT and BIGINT,
// ON CONFLICT, RETURNING. Numbers are whole and below 2^53; no text holds a NUL.

export type Value = string | number | null;
export type Row = Record<string, Value>;

export interface Sql {
  query(text: string, values?: readonly Value[]): Promise<Row[]>;
}

export interface Database extends Sql {
  readonly kind: 'sqlite' | 'postgres';
  /** All of it, or nothing. `work` uses only the Sql that it is given. */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** What is stored of a text from outside: PostgreSQL refuses NUL. */
export const storable = (text: string): string => text.replaceAll('\0', '\uFFFD');

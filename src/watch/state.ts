// SPDX-License-Identifier: GPL-2.0-or-later
// Everything that a watch keeps, opened together, and what every part of the room needs of it.
import { join } from 'node:path';
import { Outbox } from '../delivery/index.ts';
import { loadRules, type Rules } from '../semantics/index.ts';
import { Commands } from './commands.ts';
import { Database } from './db.ts';
import { Mails } from './mails.ts';
import { Tasks } from './tasks.ts';
import type { ListConfig, WatchConfig, WatchPorts } from './values.ts';

export interface State {
  config: WatchConfig;
  ports: WatchPorts;
  database: Database;
  mails: Mails;
  tasks: Tasks;
  commands: Commands;
  outbox: Outbox;
  /** What is ours. */
  scope: Rules['scope'];
}

/** Opens the state. InputError where it cannot be, or another process has it. */
export async function openWatch(config: WatchConfig, ports: WatchPorts): Promise<State & { close(): void }> {
  const { scope } = await loadRules();
  const database = new Database(config.state);
  const outbox = new Outbox(join(config.state, 'outbox.db'));
  const [mails, tasks, commands] = [new Mails(database), new Tasks(database.db), new Commands(database.db)];
  const close = () => {
    outbox.close();
    database.close();
  };
  return { config, ports, database, mails, tasks, commands, outbox, scope, close };
}

/** The list of a task, while the configuration still has it. */
export function listNamed({ config }: Pick<State, 'config'>, name: string): ListConfig | undefined {
  return config.lists.find((list) => list.name === name);
}

/** Where a source goes on. */
export function cursorOf({ database }: Pick<State, 'database'>, source: string): string | undefined {
  const row = database.db.prepare('SELECT cursor FROM source WHERE name = ?').get(source);
  return row === undefined ? undefined : String(row.cursor);
}

/** To be called in the transaction that keeps what was read up to there. */
export function keepCursor({ database }: Pick<State, 'database'>, source: string, cursor: string): void {
  database.db
    .prepare('INSERT INTO source VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET cursor = excluded.cursor')
    .run(source, cursor);
}

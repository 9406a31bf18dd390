// SPDX-License-Identifier: GPL-2.0-or-later
// What a watch has done and what it waits for, read from its state while it may be at work.
import { type Command, Commands } from './commands.ts';
import { openState } from './db.ts';
import { type StoredTask, Tasks } from './tasks.ts';

export interface Status {
  tasks: StoredTask[];
  commands: Command[];
}

/** Throws InputError where the folder cannot be opened. */
export function statusOf(state: string): Status {
  const db = openState(state);
  try {
    return { tasks: new Tasks(db).all(), commands: new Commands(db).all() };
  } finally {
    db.close();
  }
}

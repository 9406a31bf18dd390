// SPDX-License-Identifier: GPL-2.0-or-later
// What a job does to the world outside, once, however often the job is tried. That it begins is on the disk before it
// begins; where a process ended in between, the world is asked whether it has happened.
import { type Database, storable } from './store/sql.ts';

export interface Effect {
  /** What it is known by for ever. */
  key: string;
  job: string;
  /** What the world knows of it: its result, or undefined where it did not happen. Asked only after a broken attempt. */
  find(): Promise<string | undefined>;
  /** Does it. Returns what it is known by outside (an id, a URL). */
  act(): Promise<string>;
}

/** Does an effect that was not done yet; the result of now or of then. An error of `act` leaves it to the next attempt. */
export async function once(database: Database, { key, job, find, act }: Effect): Promise<string> {
  const [known] = await database.query('SELECT state, result FROM effect WHERE key = $1', [key]);
  if (known?.state === 'done') return String(known.result);
  let result = known === undefined ? undefined : await find();
  if (result === undefined) {
    if (known === undefined) {
      const begin = "INSERT INTO effect (key, job, state, result, at) VALUES ($1, $2, 'begun', '', $3)";
      await database.query(`${begin} ON CONFLICT (key) DO NOTHING`, [key, job, Date.now()]);
    }
    result = await act();
  }
  await database.query("UPDATE effect SET state = 'done', result = $2, at = $3 WHERE key = $1", [
    key,
    storable(result),
    Date.now(),
  ]);
  return result;
}

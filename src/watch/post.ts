// SPDX-License-Identifier: GPL-2.0-or-later
// Sends what may be sent now, and finds out about what may have been sent.
import { type OutboxEntry, sendApproved } from '../delivery/index.ts';
import { InputError } from '../errors.ts';
import { cleanLine } from '../report/sanitise.ts';
import { holdsMessage } from '../sources/holds.ts';
import { DAY_MS, LOOK_UP_MS, LOOK_UP_SOON_MS, SMTP_RETRY_MS } from './limits.ts';
import { listNamed, type State } from './state.ts';
import type { ListConfig } from './values.ts';

export class Post {
  private readonly state: State;
  private nextSend = 0;
  private nextLookUp = 0;
  private away = false;

  constructor(state: State) {
    this.state = state;
  }

  /** Sends what is due; true where something was sent. */
  async send(now = Date.now()): Promise<boolean> {
    const { config, outbox, ports } = this.state;
    if (!config.smtp || now < this.nextSend) return false;
    try {
      const results = await sendApproved(outbox, config.smtp, (entry) => mayGo(this.state, entry, Date.now()));
      for (const { id, state, note } of results) ports.log(`${state}: <${id}>${note === '' ? '' : `: ${note}`}`);
      if (this.away) ports.log('the mail server is back');
      this.away = false;
      if (results.some(({ state }) => state === 'uncertain')) this.nextLookUp = 0;
      if (results.some(({ state }) => state !== 'sent')) this.nextSend = Date.now() + SMTP_RETRY_MS;
      return results.length > 0;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      if (!this.away) ports.log(error.message);
      this.away = true;
      this.nextSend = Date.now() + SMTP_RETRY_MS;
      return false;
    }
  }

  /** Looks for the mails that may have been sent; true where one was found. */
  async lookUp(now = Date.now()): Promise<boolean> {
    if (now < this.nextLookUp) return false;
    const uncertain = this.state.outbox.list('uncertain');
    // A mail takes its time to get to where it is looked for.
    const young = uncertain.some(({ changed }) => now - Date.parse(changed) < 10 * LOOK_UP_SOON_MS);
    this.nextLookUp = now + (young ? LOOK_UP_SOON_MS : LOOK_UP_MS);
    let any = false;
    for (const entry of uncertain) {
      const where = await this.find(entry);
      if (where !== undefined && this.state.outbox.seen(entry.id, where)) any = true;
      const what = where === undefined ? 'not found: a person must look' : `seen in ${where}: sent`;
      this.state.ports.log(`uncertain: <${entry.id}>: ${what}`);
    }
    return any;
  }

  /** Where a mail of ours is: in a Sent folder, or the archive of its list. */
  private async find({ id, list, changed }: OutboxEntry): Promise<string | undefined> {
    const sources = listNamed(this.state, list)?.follow ?? [];
    const places = [...this.state.config.sent, ...sources.map(({ text }) => text)];
    for (const place of places) {
      try {
        if (await holdsMessage(place, id, Date.parse(changed) - DAY_MS)) return place;
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        this.state.ports.log(`looking for <${id}>: ${cleanLine(error.message, 300)}`);
      }
    }
    return undefined;
  }
}

/** By the policy of its list, as it is now. What answers no list of ours waits for `rmapbot outbox send`. */
export function mayGo(
  state: Pick<State, 'config' | 'outbox'>,
  entry: Pick<OutboxEntry, 'list' | 'verdict'>,
  now: number,
): boolean {
  const list = listNamed(state, entry.list);
  if (!list || list.answer.mode === 'dry-run') return false;
  if (entry.verdict === 'retraction') return true;
  if (isQuiet(list.answer, now)) return false;
  return state.outbox.sentSince(list.name, now - DAY_MS) < list.answer.dailyLimit;
}

/** Whether a time lies in the quiet hours, which may begin before midnight and end after it. */
export function isQuiet({ quiet }: Pick<ListConfig['answer'], 'quiet'>, now: number): boolean {
  if (!quiet) return false;
  const format = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: quiet.timezone } as const;
  const [hour = 0, minute = 0] = new Intl.DateTimeFormat('en-GB', format).format(now).split(':').map(Number);
  const at = hour * 60 + minute;
  return quiet.from <= quiet.to ? at >= quiet.from && at < quiet.to : at >= quiet.from || at < quiet.to;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// A review -> the answer, by the list's policy: a file (dry run), a mail that waits for a person, or one that is sent.
import { mkdirSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Asked,
  composeReply,
  type OfferOptions,
  offer,
  type ReplyMail,
  type ReplyPolicy,
  told,
} from '../delivery/index.ts';
import type { Review } from '../review/values.ts';
import type { Series } from '../series/values.ts';
import type { Cluster } from './mails.ts';
import type { State } from './state.ts';
import type { StoredTask } from './tasks.ts';
import type { ListConfig } from './values.ts';

export interface Answerable {
  task: StoredTask;
  list: ListConfig;
  review: Review;
  found: { series: Series; cluster: Cluster };
  /** The command that this answers. */
  asked?: Asked;
}

/** `reply`: the answer's Message-ID, empty where there is none. `reason`: what became of it, or why there is none. */
export async function answer(
  state: State,
  { task, list, review, found, asked }: Answerable,
): Promise<{ reply: string; reason: string }> {
  const policy = replyPolicy(state, list);
  const series = answered(found);
  const { mode } = list.answer;
  if (mode === 'dry-run') {
    if (!asked && !told(review, policy)) return { reply: '', reason: `${review.verdict} is not mailed` };
    const mail = await composeReply(review, series, policy, asked ? { asked } : { identity: task.identity });
    return { reply: mail.messageId, reason: `dry run: ${await writeDry(state, mail)}` };
  }
  const offered = await offer(state.outbox, review, series, policy, {
    ...fate(task, list, series, asked),
    ...(asked ? { asked } : {}),
  });
  return 'why' in offered
    ? { reply: offered.id ?? '', reason: offered.why }
    : { reply: offered.id, reason: `outbox: ${mode}` };
}

/** When, and whether without a person's word. What is asked for is neither old nor early. */
export function fate(task: StoredTask, list: ListConfig, series: Series, asked: Asked | undefined): OfferOptions {
  const { mode, delay, maxAge } = list.answer;
  const age = Date.now() - (series.date === undefined ? task.arrived : Date.parse(series.date));
  const approved = mode === 'send' && (asked !== undefined || age <= maxAge);
  return { list: list.name, approved, identity: task.identity || series.id, due: asked ? 0 : task.arrived + delay };
}

export function replyPolicy(
  { config }: Pick<State, 'config'>,
  { answer: { toAuthor, to, cc, clean }, commands }: ListConfig,
): ReplyPolicy {
  return { ...config.bot, toAuthor, to, cc, clean, commands: commands.author || commands.from.length > 0 };
}

/** A mail that shares its Message-ID with another one is known by a digest here, but answered as it was sent. */
export function answered({ series, cluster }: { series: Series; cluster: Cluster }): Series {
  const { head } = series;
  const wire = head && cluster.about.get(head.messageId)?.wire;
  if (!head || wire === undefined || wire === head.messageId) return series;
  const { subject, references } = head;
  return Object.create(series, { head: { value: { subject, references, messageId: wire }, enumerable: true } });
}

/** The same answer has the same file. */
export async function writeDry({ config }: Pick<State, 'config'>, { messageId, raw }: ReplyMail): Promise<string> {
  const folder = join(config.state, 'dry-run');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${messageId.slice(0, messageId.indexOf('@'))}.eml`);
  await writeFile(`${path}.part`, raw);
  await rename(`${path}.part`, path);
  return path;
}

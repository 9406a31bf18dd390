// SPDX-License-Identifier: GPL-2.0-or-later
// The configuration of `rmapbot watch`. In: a YAML file. Out: WatchConfig, or an InputError with file and line.
import { isAbsolute, join, resolve } from 'node:path';
import type { z } from 'zod';
import { stateRoot } from '../cache-dir.ts';
import { InputError } from '../errors.ts';
import { loadRules } from '../semantics/index.ts';
import { followPlace } from '../sources/follow/index.ts';
import { checkYaml, didYouMean, readYaml, type YamlFile, yamlFault } from '../yaml-file.ts';
import { configSchema, type ListInput } from './config-schema.ts';
import { CONFIG_BYTES_MAX } from './limits.ts';
import type { AnswerPolicy, ListConfig, Source, WatchConfig } from './values.ts';

/** Addresses of bots, whatever the domain: they post patches of their own, and answer each other. */
const BOTS = ['syzbot*@*', 'tip-bot*@*', 'lkp@*', 'patchwork-bot*@*', '*-bot@*', 'bot@*', 'mailer-daemon@*'];

/** Reads the configuration. Places are relative to the file's folder. */
export async function readConfig(path: string): Promise<WatchConfig> {
  const source = await readYaml(path, CONFIG_BYTES_MAX);
  const read: z.output<typeof configSchema> = checkYaml(source, configSchema);
  const names = Object.keys(read.lists);
  if (names.length === 0) yamlFault(source, ['lists'], 'lists: names no list');
  const folder = resolve(path, '..');
  const here = (text: string) =>
    /^[a-z][a-z0-9+.-]*:\/\//i.test(text) || isAbsolute(text) ? text : join(folder, text);
  const { jobs, tree, budget, 'time-cap': timeCap } = read.review;
  const { 'reply-to': replyTo, from, stop } = read.bot;
  const known = (await loadRules()).areas.map(({ id }) => id);
  const lists = Object.entries(read.lists).map(([name, list]) =>
    listOf(source, name, list, here, [...known, 'other-mm']),
  );
  const sends = lists.find(({ answer }) => answer.mode === 'send');
  if (sends && !read.smtp) yamlFault(source, ['lists', sends.name, 'answer', 'mode'], 'mode: send needs smtp');
  return {
    state: read.state === undefined ? stateRoot() : here(read.state),
    bot: { from, ...present({ replyTo, stop }) },
    ...present({ smtp: read.smtp }),
    sent: read.sent.map(here),
    review: present({ tree, jobs, budget, timeCap: timeCap === undefined ? undefined : Math.ceil(timeCap / 1000) }),
    lists,
  };
}

function listOf(
  source: YamlFile,
  name: string,
  list: ListInput,
  here: (text: string) => string,
  areas: readonly string[],
): ListConfig {
  for (const [index, area] of (list.areas ?? []).entries()) {
    if (areas.includes(area)) continue;
    yamlFault(source, ['lists', name, 'areas', index], `areas: no area "${area}"${didYouMean(area, areas)}`);
  }
  const { since, authors, settle, commands } = list;
  const follow = list.follow.map((one, index) => sourceOf(source, ['lists', name, 'follow', index], one, here));
  const own = follow.find(({ place }) => place.kind !== 'maildir')?.text;
  return {
    name,
    follow,
    ...present({
      archive: list.archive === undefined ? own : here(list.archive),
      since,
      areas: list.areas,
      authors: authors?.map(lower),
    }),
    within: list['complete-within'],
    settle,
    ignore: [...BOTS, ...list.ignore.map(lower)],
    answer: answerOf(source, name, list),
    commands: {
      author: commands.from.includes('author'),
      from: commands.from.filter((one) => one !== 'author').map(lower),
    },
  };
}

function sourceOf(
  source: YamlFile,
  path: PropertyKey[],
  { every, ...where }: ListInput['follow'][number],
  here: (text: string) => string,
): Source {
  const given = Object.entries(where).filter(([, text]) => text !== undefined);
  const [first] = given;
  if (!first || given.length > 1) yamlFault(source, path, 'follow: expected one of git, nntp, imap and maildir');
  const [kind, written] = first as ['git' | 'nntp' | 'imap' | 'maildir', string];
  const text = here(written);
  try {
    // A Maildir costs nothing to look at; IMAP tells by itself.
    const usual = { git: 60_000, nntp: 60_000, imap: 600_000, maildir: 10_000 }[kind];
    return { name: `${String(path[1])} ${kind} ${text}`, text, place: followPlace(kind, text), every: every ?? usual };
  } catch (error) {
    if (error instanceof InputError) yamlFault(source, path, error.message);
    throw error;
  }
}

function answerOf(source: YamlFile, name: string, { answer, address }: ListInput): AnswerPolicy {
  const fault = (path: PropertyKey[], why: string) => yamlFault(source, ['lists', name, 'answer', ...path], why);
  const people = (key: 'to' | 'cc') =>
    answer[key].flatMap((one, index) => {
      if (one === 'author') return key === 'to' ? [] : fault([key, index], 'cc: "author" goes into "to"');
      if (one !== 'list') return [one];
      return address ? [address] : fault([key, index], `${key}: "list" needs the list's address`);
    });
  const quiet = answer['quiet-hours'];
  const policy: AnswerPolicy = {
    mode: answer.mode,
    toAuthor: answer.to.includes('author'),
    to: people('to'),
    cc: people('cc'),
    clean: answer.clean,
    delay: answer.delay,
    dailyLimit: answer['daily-limit'],
    maxAge: answer['max-age'],
    ...present({ quiet: quiet && { ...quiet, from: minutes(quiet.from), to: minutes(quiet.to) } }),
  };
  if (policy.mode !== 'dry-run' && !policy.toAuthor && policy.to.length + policy.cc.length === 0)
    fault([], 'answer: names nobody to answer to');
  return policy;
}

const lower = (text: string) => text.toLowerCase();
const minutes = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));

/** Without the fields that are undefined. */
function present<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// The values of the watch room: its configuration, what it keeps of a series, and what it needs from outside.
import type { Mailbox, SmtpServer } from '../delivery/index.ts';
import type { Review } from '../review/values.ts';
import type { Assembly, Series } from '../series/values.ts';
import type { FollowPlace } from '../sources/follow/index.ts';

export interface WatchConfig {
  /** Folder of all state. */
  state: string;
  bot: { from: Mailbox; replyTo?: Mailbox; stop?: string };
  smtp?: SmtpServer;
  /** Where mails of ours are looked for after a crash, as `--archive` takes it, or a Maildir. */
  sent: string[];
  review: { tree?: string; jobs?: number; budget?: number; timeCap?: number };
  /** In the order of the file: of two lists that carry a series, the first one's policy counts. */
  lists: ListConfig[];
}

export interface Source {
  /** Key of its cursor: what it is, in words. */
  name: string;
  place: FollowPlace;
  /** The place as it is written, with folders in full. */
  text: string;
  /** Milliseconds between two polls. */
  every: number;
}

export interface ListConfig {
  name: string;
  follow: Source[];
  /** Where what a series needs is looked up, as `--archive` takes it. */
  archive?: string;
  /** Mails sent before are passed over, milliseconds; without it only what arrives from now on is read. */
  since?: number;
  /** Ids of the areas that count; without it all. */
  areas?: string[];
  /** How long a series may stay incomplete, milliseconds. */
  within: number;
  /** How long a complete series rests before it is reviewed, milliseconds: a cover letter may come last. */
  settle: number;
  /** Globs on addresses of authors; without it everybody. */
  authors?: string[];
  /** Globs on addresses of bots. */
  ignore: string[];
  answer: AnswerPolicy;
  /** Who may give commands: globs on addresses, and whether a series' author may. */
  commands: { author: boolean; from: string[] };
}

export interface AnswerPolicy {
  mode: 'dry-run' | 'moderated' | 'send';
  toAuthor: boolean;
  to: Mailbox[];
  cc: Mailbox[];
  clean: boolean;
  /** Milliseconds between arrival and answer. */
  delay: number;
  /** Mails in any 24 hours. */
  dailyLimit: number;
  /** Answers about older series wait for a person, milliseconds. */
  maxAge: number;
  /** Minutes of the day in which nothing is sent. */
  quiet?: { from: number; to: number; timezone: string };
}

/**
 * waiting: for missing patches; ready: to be reviewed; reviewing; done; skipped: needs no review; parked: a person must
 * look. The last three are the ends, each with its reason.
 */
export type TaskState = 'waiting' | 'ready' | 'reviewing' | 'done' | 'skipped' | 'parked';

/** One version of a series. */
export interface Task {
  key: number;
  /** Message-ID of its head. */
  id: string;
  version: number;
  list: string;
  subject: string;
  author: string;
  state: TaskState;
  reason: string;
  verdict: string;
  /** When it is looked at next, milliseconds. */
  due: number;
  attempts: number;
  /** When its first mail arrived. */
  arrived: number;
  /** Digest of its diffs; empty while incomplete. */
  print: string;
  /** Message-ID of its head when its review was first begun: what its answer is known by. Empty before. */
  identity: string;
  /** Message-ID of the answer, where there is one. */
  reply: string;
  /** Somebody asked that nothing more be said about it. */
  stopped: boolean;
}

export interface ReviewWish {
  series: Series;
  assembly: Assembly;
  areas?: string[];
  /** Name of the list that it came from. */
  list: string;
  /** Archive in which what the series needs is looked up. */
  archive?: string;
  base?: string;
  scenarios?: string;
  /** Message-ID of the command that asked for it. */
  asked?: string;
}

/** What the room needs from outside. */
export interface WatchPorts {
  /** Reviews a series. InputError for what cannot be reviewed; any other error is our own and is tried again. */
  review(wish: ReviewWish): Promise<Review>;
  log(line: string): void;
}

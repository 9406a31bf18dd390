// SPDX-License-Identifier: GPL-2.0-or-later
// Patch mails -> groups, one for each posting of a series. In: light records of patch mails and cover letters.
// Out: groups with unique counters. The order of the input does not matter where references tell who belongs to whom.
import type { Place } from './pack.ts';
import type { Subject } from './subject.ts';
import type { Threads } from './thread.ts';
import type { Furniture } from './trailers.ts';
import type { Message, Trailer } from './values.ts';

/** What is remembered of a patch mail or cover letter; its body lies in the pack. */
export interface Mail {
  /** Position in the input. */
  index: number;
  node: number;
  references: number[];
  message: Omit<Message, 'body' | 'references'>;
  subject: Subject;
  /** 0 for a cover letter. */
  number: number;
  place: Place;
  furniture: Furniture;
  /** Trailers from replies. */
  replies: Trailer[];
}

/** One posting of a series. */
export interface Group {
  version: number;
  /** As promised by the counters; undefined for single patches without one. */
  total: number | undefined;
  /** Address that sent it. */
  sender: string;
  mails: Map<number, Mail>;
}

/** A rejoin by sender only bridges this much, milliseconds. git send-email needs seconds for a series. */
const REJOIN_WINDOW = 24 * 3600 * 1000;
/** Groups looked back at when rejoining. */
const REJOIN_DEPTH = 50;

/** Groups the mails. */
export function groupMails(mails: readonly Mail[], threads: Threads): Group[] {
  const buckets = new Map<string, Bucket>();
  const groups: Group[] = [];
  for (const mail of [...mails].sort(byDate)) {
    const { version, total } = mail.subject;
    const key = `${threads.thread(mail.node)} ${version} ${total ?? '-'}`;
    let bucket = buckets.get(key);
    if (!bucket) {
      bucket = { byNode: new Map(), bySender: new Map() };
      buckets.set(key, bucket);
    }
    let group = findGroup(bucket, mail);
    if (!group) {
      group = { version, total, sender: senderOf(mail), mails: new Map() };
      groups.push(group);
    }
    group.mails.set(mail.number, mail);
    for (const node of [mail.node, ...mail.references.slice(-1)]) {
      if (node === mail.node || !bucket.byNode.has(node)) bucket.byNode.set(node, group);
    }
    bucket.bySender.set(senderOf(mail), group);
  }
  return rejoin(groups).sort((a, b) => firstIndex(a) - firstIndex(b));
}

/** Groups of one thread, version and total: by member (or the mail that members answer), and the latest of a sender. */
interface Bucket {
  byNode: Map<number, Group>;
  bySender: Map<string, Group>;
}

function findGroup(bucket: Bucket, mail: Mail): Group | undefined {
  if (mail.subject.total === undefined) return undefined;
  for (const node of [mail.node, ...mail.references.toReversed()]) {
    const group = bucket.byNode.get(node);
    if (group) return group.mails.has(mail.number) ? undefined : group;
  }
  const group = bucket.bySender.get(senderOf(mail));
  return group && !group.mails.has(mail.number) ? group : undefined;
}

/** Joins parts of one posting whose references are broken or were never there. */
function rejoin(groups: readonly Group[]): Group[] {
  const kept: Group[] = [];
  const open = new Map<string, Group[]>();
  for (const group of [...groups].sort((a, b) => firstIndex(a) - firstIndex(b))) {
    const { version, total } = group;
    if (total === undefined || total < 1 || isWhole(group)) {
      kept.push(group);
      continue;
    }
    const key = `${version} ${total}`;
    const others = open.get(key) ?? [];
    open.set(key, others);
    const match = others.slice(-REJOIN_DEPTH).findLast((other) => belongTogether(other, group));
    if (match) {
      for (const [number, mail] of group.mails) match.mails.set(number, mail);
    } else {
      others.push(group);
      kept.push(group);
    }
  }
  return kept;
}

function belongTogether(a: Group, b: Group): boolean {
  for (const number of b.mails.keys()) if (a.mails.has(number)) return false;
  const last = [...a.mails.values()].reduce((x, y) => (y.index > x.index ? y : x));
  const first = [...b.mails.values()].reduce((x, y) => (y.index < x.index ? y : x));
  // git format-patch writes neither Message-ID nor references, and the authors as senders: the file's order tells.
  if (isNameless(last) && isNameless(first)) return a.sender === b.sender || first.index === last.index + 1;
  // The cover letter may come from another address than the patches.
  const senders = new Set([...a.mails.values()].map(senderOf));
  if (![...b.mails.values()].some((mail) => senders.has(senderOf(mail)))) return false;
  const [x, y] = [timeOf(last), timeOf(first)];
  return x !== undefined && y !== undefined && Math.abs(x - y) <= REJOIN_WINDOW;
}

/** Whether all promised patches are there. */
export function isWhole(group: Group): boolean {
  return group.mails.size - (group.mails.has(0) ? 1 : 0) === expectedOf(group);
}

/** How many patches a group promises. */
export function expectedOf(group: Group): number {
  const highest = Math.max(0, ...group.mails.keys());
  return Math.max(group.total ?? 1, highest, 1);
}

/** Cover letter, else the patch with the lowest number. */
export function headOf(group: Group): Mail {
  const first = group.mails.get(Math.min(...group.mails.keys()));
  if (first === undefined) throw new Error('a group without mails');
  return first;
}

export function firstIndex(group: Group): number {
  return Math.min(...[...group.mails.values()].map((mail) => mail.index));
}

/** Address that a mail was sent from, for comparisons. */
export function senderOf(mail: Mail): string {
  return mail.message.from.address.toLowerCase();
}

/** Milliseconds since 1970, if the mail has a date. */
export function timeOf(mail: Mail): number | undefined {
  return mail.message.date === undefined ? undefined : Date.parse(mail.message.date);
}

function isNameless(mail: Mail): boolean {
  return mail.message.messageId.startsWith('sha256:');
}

function byDate(a: Mail, b: Mail): number {
  const [x, y] = [timeOf(a) ?? Number.POSITIVE_INFINITY, timeOf(b) ?? Number.POSITIVE_INFINITY];
  return x === y ? a.number - b.number || a.index - b.index : x - y;
}

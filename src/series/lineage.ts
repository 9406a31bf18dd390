// SPDX-License-Identifier: GPL-2.0-or-later
// Which groups are versions of one series. In: groups and threads. Out: for each group its lineage, its thread, its
// predecessor and the patches it takes over from there (an author may re-send only some: "[PATCH v2 3/5]" as an
// answer to v1's 3/5).
import { firstIndex, type Group, headOf, isWhole, type Mail, senderOf, timeOf } from './group.ts';
import { titleKey } from './subject.ts';
import { Sets, type Threads } from './thread.ts';

/** Earlier versions looked at for predecessors. */
const LOOK_BACK = 50;

export interface Placed {
  group: Group;
  /** Equal for versions of one series. */
  lineage: number;
  /** Equal for groups whose threads hang together. */
  thread: number;
  /** The group of the next lower version. */
  previous?: Group;
  /** Mails taken over from an earlier version, by number. */
  takenOver: Map<number, Mail>;
}

/** Finds the relations. Groups come in the order of the input, and stay in it. */
export function placeGroups(groups: readonly Group[], threads: Threads): Placed[] {
  const lineages = new Sets();
  for (const _ of groups) lineages.add();
  linkByKeys(groups, lineages, threads);
  linkBySender(groups, lineages, threads);

  // Threads that a lineage spans become one: v2 is often sent apart from v1.
  const spans = new Sets();
  const spanOf = new Map<number, number>();
  const spanIds = groups.map((group, index) => {
    const own = spans.add();
    for (const key of [threads.thread(headOf(group).node) * 2, lineages.find(index) * 2 + 1]) {
      const known = spanOf.get(key);
      if (known === undefined) spanOf.set(key, own);
      else spans.join(known, own);
    }
    return own;
  });
  const versions = Map.groupBy(groups.entries(), ([index]) => lineages.find(index));
  const earlierOf = new Map<Group, Group[]>();
  for (const members of versions.values())
    lookBack(
      members.map(([, group]) => group),
      earlierOf,
    );
  return groups.map((group, index) => {
    const lineage = lineages.find(index);
    const earlier = earlierOf.get(group) ?? [];
    const placed: Placed = { group, lineage, thread: spans.find(spanIds[index] ?? 0), takenOver: new Map() };
    if (earlier[0]) placed.previous = earlier[0];
    placed.takenOver = takeOver(group, earlier);
    return placed;
  });
}

/** For each of the groups of one lineage, those of lower versions, nearest first, at most LOOK_BACK. */
function lookBack(members: readonly Group[], earlierOf: Map<Group, Group[]>): void {
  const order = members
    .map((group) => ({ group, latest: latestOf(group), index: firstIndex(group) }))
    .sort((a, b) => a.group.version - b.group.version || a.latest - b.latest || a.index - b.index);
  let start = 0; // of the groups with the same version
  for (const [at, { group }] of order.entries()) {
    if (order[start]?.group.version !== group.version) start = at;
    const earlier = order.slice(Math.max(0, start - LOOK_BACK), start).reverse();
    earlierOf.set(
      group,
      earlier.map((one) => one.group),
    );
  }
}

/** The latest date in a group, milliseconds; 0 if there is none. */
export function latestOf(group: Group): number {
  return Math.max(0, ...[...group.mails.values()].map((mail) => timeOf(mail) ?? 0));
}

/** Same change-id; same title by the same sender or in the same thread. */
function linkByKeys(groups: readonly Group[], lineages: Sets, threads: Threads): void {
  const first = new Map<string, number>();
  for (const [index, group] of groups.entries()) {
    const head = headOf(group);
    const title = titleKey(head.subject.title);
    const keys: string[] = [];
    for (const mail of group.mails.values()) {
      if (mail.furniture.changeId !== undefined) keys.push(`change ${mail.furniture.changeId}`);
    }
    if (title !== '') {
      keys.push(`sender ${senderOf(head)} ${title}`, `thread ${threads.thread(head.node)} ${title}`);
    }
    for (const key of keys) {
      const known = first.get(key);
      if (known === undefined) first.set(key, index);
      else lineages.join(known, index);
    }
  }
}

/**
 * A later version by the same sender in the same thread whose title changed: linked to the earlier one with a patch
 * title in common, else, where both are of several patches, to the latest of them.
 */
function linkBySender(groups: readonly Group[], lineages: Sets, threads: Threads): void {
  const seen = new Map<string, Earlier>();
  const order = [...groups.entries()].sort(([, a], [, b]) => a.version - b.version || firstIndex(a) - firstIndex(b));
  for (const [index, group] of order) {
    const head = headOf(group);
    const key = `${threads.thread(head.node)} ${senderOf(head)}`;
    const known = seen.get(key) ?? { titles: new Map<string, number>() };
    seen.set(key, known);
    const titles = [...group.mails.values()]
      .map((mail) => titleKey(mail.subject.title))
      .filter((title) => title !== '');
    const multi = (group.total ?? 1) > 1;
    if (multi && known.latest !== undefined && groups[known.latest]?.version !== group.version) {
      known.lower = known.latest;
    }
    const shared = titles.map((title) => known.titles.get(title)).find((other) => other !== undefined);
    const match = shared ?? (multi ? known.lower : undefined);
    if (match !== undefined && groups[match]?.version !== group.version) lineages.join(match, index);
    if (multi) known.latest = index;
    for (const title of titles) known.titles.set(title, index);
  }
}

/** What a sender has posted to a thread: by patch title, the latest of several patches, and that of a lower version. */
interface Earlier {
  titles: Map<string, number>;
  latest?: number;
  lower?: number;
}

/**
 * Fills a partial re-roll: it has no cover letter of its own, and every mail of it answers the mail with its number
 * in an earlier version (b4 has the same rule).
 */
function takeOver(group: Group, earlier: readonly Group[]): Map<number, Mail> {
  const taken = new Map<number, Mail>();
  if (isWhole(group) || group.mails.has(0)) return taken;
  const base = earlier.find((other) => other.total === group.total && isWhole(other));
  if (!base) return taken;
  for (const [number, mail] of group.mails) {
    const old = base.mails.get(number);
    if (!old || !mail.references.includes(old.node)) return taken;
  }
  for (const [number, mail] of base.mails) if (!group.mails.has(number)) taken.set(number, mail);
  return taken;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// Messages -> all series among them. Lists that may be long (patches, missing numbers) are made when first asked for:
// an input may hold thousands of series, and one is wanted.
import { InputError } from '../errors.ts';
import { type Collection, collect } from './collect.ts';
import { expectedOf, type Group, groupMails, headOf, type Mail } from './group.ts';
import { latestOf, type Placed, placeGroups } from './lineage.ts';
import { coverText, parsePatch } from './patch.ts';
import { addTrailers, type Furniture } from './trailers.ts';
import type { Assembly, Message, MessageSource, Patch, Series } from './values.ts';

/**
 * Finds every series of the messages, each version apart. The same messages in another order give the same series.
 * Throws InputError if there is no patch at all, unless `coversToo`: then cover letters without patches are series as
 * well. A source's warnings are taken over.
 */
export async function assembleSeries(
  messages: AsyncIterable<Message> | Iterable<Message> | MessageSource,
  { coversToo = false }: { coversToo?: boolean } = {},
): Promise<Assembly> {
  const found = await collect(messages);
  const warnings = 'warnings' in messages ? [...messages.warnings, ...found.warnings] : found.warnings;
  if (!coversToo && !found.mails.some((mail) => mail.number > 0)) {
    throw new InputError(`no patch among ${found.count} message${found.count === 1 ? '' : 's'}`);
  }
  const placed = placeGroups(groupMails(found.mails, found.threads), found.threads);
  const names = new Map<string, string>();
  const heads = placed.map((one) => ({ ...one, head: headOf(one.group).message }));
  const order = ({ date, messageId }: { date?: string; messageId: string }) => `${date ?? ''} ${messageId}`;
  for (const { lineage, thread, head } of heads.sort((a, b) => (order(a.head) < order(b.head) ? -1 : 1))) {
    const id = head.messageId;
    for (const key of [`l${lineage}`, `t${thread}`]) if (!names.has(key)) names.set(key, id);
  }
  const series = placed.map((one) =>
    build(one, found, names.get(`l${one.lineage}`) ?? '', names.get(`t${one.thread}`) ?? ''),
  );
  for (const one of series) {
    if (one.takenOver) {
      warnings.push(
        `${named(one)} re-sends only some patches: ${one.takenOver.join(', ')} are taken from an earlier version`,
      );
    }
  }
  return { series, warnings };
}

/** How errors and warnings name a series. */
export function named(series: Series): string {
  return `v${series.version} "${series.subject}" <${series.id}>`;
}

function build(placed: Placed, { pack, threads }: Collection, lineage: string, thread: string): Series {
  const { group, takenOver, previous } = placed;
  const mails = new Map([...group.mails, ...takenOver].sort(([a], [b]) => a - b));
  const head = headOf(group);
  const titled = mails.get(0) ?? head;
  const coverMail = mails.get(0);
  const body = (mail: Mail): Message => ({ ...mail.message, references: [], body: pack.get(mail.place) });
  const expected = Math.max(expectedOf(group), ...mails.keys());
  let missing: number[] | undefined;

  let references: string[] | undefined;
  let patches: Patch[] | undefined;
  const series: Series = {
    id: head.message.messageId,
    version: group.version,
    subject: titled.subject.title,
    tags: [...new Set([...mails.values()].slice(0, 2).flatMap((mail) => mail.subject.tags))],
    author: titled.message.from,
    head: {
      messageId: head.message.messageId,
      subject: head.message.subject,
      get references(): string[] {
        references ??= threads.names(head.references);
        return references;
      },
    },
    get patches(): Patch[] {
      patches ??= [...mails]
        .filter(([number]) => number > 0)
        .map(([number, mail]) => {
          const patch = parsePatch(body(mail), number);
          addTrailers(patch.trailers, mail.replies);
          if (coverMail) addTrailers(patch.trailers, coverMail.replies);
          return patch;
        });
      return patches;
    },
    expected,
    get missing(): number[] {
      missing ??= Array.from({ length: expected }, (_, index) => index + 1).filter((number) => !mails.has(number));
      return missing;
    },
    ...joinFurniture([...mails.values()], relatives(placed)),
    thread,
    lineage,
    messageIds: [...group.mails].sort(([a], [b]) => a - b).map(([, mail]) => mail.message.messageId),
  };
  const date = dateOf(group);
  if (date !== undefined) series.date = date;
  if (previous) series.supersedes = headOf(previous).message.messageId;
  if (takenOver.size > 0) series.takenOver = [...takenOver.keys()].filter((number) => number > 0).sort((a, b) => a - b);
  if (coverMail) {
    let text: string | undefined;
    series.cover = {
      messageId: coverMail.message.messageId,
      get text(): string {
        text ??= coverText(body(coverMail).body);
        return text;
      },
    };
  }
  return series;
}

/** The series' date: of its head, else the latest there is. */
function dateOf(group: Group): string | undefined {
  const latest = latestOf(group);
  return headOf(group).message.date ?? (latest > 0 ? new Date(latest).toISOString() : undefined);
}

/** Message-IDs of the series itself and of the version before: no series needs those. */
function relatives({ group, takenOver, previous }: Placed): Set<string> {
  const mails = [...group.mails.values(), ...takenOver.values(), ...(previous?.mails.values() ?? [])];
  return new Set(mails.map(({ message }) => message.messageId));
}

/** What cover letter and patches say together; the first base and change-id count. */
function joinFurniture(all: readonly Mail[], related: ReadonlySet<string>): Furniture {
  const joined: Furniture = { prerequisites: [] };
  const seen = new Set([...related].map((id) => `message-id ${id}`));
  for (const { base, changeId, prerequisites } of all.map(({ furniture }) => furniture)) {
    if (base !== undefined) joined.base ??= base;
    if (changeId !== undefined) joined.changeId ??= changeId;
    for (const one of prerequisites) {
      if (seen.has(`${one.kind} ${one.value}`)) continue;
      seen.add(`${one.kind} ${one.value}`);
      joined.prerequisites.push(one);
    }
  }
  return joined;
}

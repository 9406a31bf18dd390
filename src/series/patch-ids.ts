// SPDX-License-Identifier: GPL-2.0-or-later
// Patches by git's stable patch id. In: ids, series at hand, an archive. Out: for each id a patch that has it.
import { InputError } from '../errors.ts';
import { gitPatchIds } from '../sources/git.ts';
import { assembleSeries } from './assemble.ts';
import { MAX_PATCH_ID_CANDIDATES, PATCH_ID_BATCH } from './limits.ts';
import { seemsPatch } from './patch.ts';
import { parseSubject } from './subject.ts';
import type { Library, Message, Patch, Series } from './values.ts';

export interface Hit {
  series: Series;
  patch: Patch;
  from: string;
}

/**
 * Of the series at hand the nearest patches are compared: those of the thread first, then the latest before it. `path`:
 * the series that need the patches; their own do not count.
 */
export async function patchesById(
  ids: readonly string[],
  shelves: readonly { series: readonly Series[]; from: string }[],
  path: readonly Series[],
  library: Library | undefined,
): Promise<Map<string, Hit>> {
  const hits = new Map<string, Hit>();
  const open = new Set(ids);
  const match = async (candidates: readonly Hit[]): Promise<void> => {
    for (let at = 0; at < candidates.length && open.size > 0; at += PATCH_ID_BATCH) {
      const some = candidates.slice(at, at + PATCH_ID_BATCH);
      for (const [index, id] of (await gitPatchIds(some.map(({ patch }) => patch.diff))).entries()) {
        const hit = some[index];
        if (id === undefined || hit === undefined || !open.delete(id)) continue;
        hits.set(id, hit);
      }
    }
  };
  await match(atHand(shelves, path));
  if (open.size === 0 || !library) return hits;
  const own = new Set(path.flatMap(({ messageIds }) => messageIds ?? []));
  const others = async (mails: readonly Message[]): Promise<void> => {
    const patches = mails.filter(
      ({ messageId, subject, body }) => !own.has(messageId) && parseSubject(subject).patch && seemsPatch(body),
    );
    if (patches.length === 0) return;
    const series = await seriesOf(patches);
    await match(series.flatMap((one) => one.patches.map((patch) => ({ series: one, patch, from: library.name }))));
  };
  if (library.search) {
    for (const id of [...open]) await others(await library.search(`patchid:${id}`));
  } else if (library.all) {
    let batch: Message[] = [];
    for await (const mail of library.all()) {
      if (!seemsPatch(mail.body)) continue;
      batch.push(mail);
      if (batch.length < PATCH_ID_BATCH) continue;
      await others(batch);
      batch = [];
      if (open.size === 0) break;
    }
    await others(batch);
  }
  return hits;
}

/** The series of mails; none where what looked like patches are answers with a diff. */
export async function seriesOf(mails: readonly Message[]): Promise<Series[]> {
  try {
    return (await assembleSeries(mails)).series;
  } catch (error) {
    if (error instanceof InputError) return [];
    throw error;
  }
}

function atHand(shelves: readonly { series: readonly Series[]; from: string }[], path: readonly Series[]): Hit[] {
  const asked = path.at(-1);
  const own = new Set(path.flatMap(({ lineage, id }) => lineage ?? id));
  const all = shelves.flatMap(({ series, from }) => series.map((one) => ({ series: one, from })));
  const order = ({ series }: { series: Series }) => `${series.thread === asked?.thread ? 1 : 0} ${series.date ?? ''}`;
  const near = all
    .filter(({ series }) => !own.has(series.lineage ?? series.id))
    .sort((a, b) => (order(a) > order(b) ? -1 : 1));
  const found: Hit[] = [];
  for (const { series, from } of near) {
    if (found.length >= MAX_PATCH_ID_CANDIDATES) break;
    for (const patch of series.patches) if (patch.diff !== '') found.push({ series, patch, from });
  }
  return found;
}

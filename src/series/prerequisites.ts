// SPDX-License-Identifier: GPL-2.0-or-later
// What a series needs before it, and what that needs. In: the series, the input that it came in, an archive if there is
// one. Out: the patches to apply first, in order, and what cannot be had. Only what is named exactly is looked for.
import { MAX_LOOKUPS, MAX_NEEDED_DEPTH, MAX_NEEDED_SERIES } from './limits.ts';
import { type BoundedLibrary, boundedLibrary } from './lookups.ts';
import { patchesById, seriesOf } from './patch-ids.ts';
import { furnitureOf } from './trailers.ts';
import type {
  Assembly,
  Library,
  Message,
  MissingPrerequisite,
  Patch,
  Prerequisite,
  PrerequisiteKind,
  Prerequisites,
  Series,
} from './values.ts';

/** Series at hand, and where they are from. */
interface Shelf {
  series: readonly Series[];
  from: string;
}

type Named = { kind: PrerequisiteKind; value: string };

/**
 * Looks in the input first, then in the archive. What a named series needs itself comes before it; of patches named by
 * patch id nothing more is asked, as git names all of them. Throws InputError where the archive cannot be reached.
 */
export async function findPrerequisites(series: Series, input: Assembly, library?: Library): Promise<Prerequisites> {
  return new Search(input, library).of(series);
}

class Search {
  private readonly shelves: Shelf[];
  private readonly library: BoundedLibrary | undefined;
  private readonly found: Prerequisite[] = [];
  private readonly missing: MissingPrerequisite[] = [];
  /** Message-IDs of patches that are on the list already. */
  private readonly taken = new Set<string>();
  /** Ids of series that were looked into: many may need the same one. */
  private readonly done = new Set<string>();

  constructor(input: Assembly, library: Library | undefined) {
    this.shelves = [{ series: input.series, from: 'the same input' }];
    this.library = library && boundedLibrary(library);
  }

  async of(series: Series): Promise<Prerequisites> {
    await this.needs(series, []);
    return { found: this.found, missing: this.missing };
  }

  /** `above`: the series that need this one, the one asked about first. */
  private async needs(series: Series, above: readonly Series[]): Promise<void> {
    const path = [...above, series];
    const by = above.length > 0 ? { neededBy: series.id } : {};
    const ids = series.prerequisites.filter(({ kind }) => kind === 'patch-id').map(({ value }) => value);
    const byId = ids.length === 0 ? undefined : await this.patches(ids, path);
    for (const named of series.prerequisites) {
      if (named.kind === 'patch-id') {
        const hit = byId?.get(named.value);
        if (hit) this.take(named, hit.series, [hit.patch], hit.from, by);
        else this.missing.push({ ...named, ...by, why: this.absent('no patch with this id', true) });
        continue;
      }
      const hit = await this.series(named);
      if ('why' in hit) this.missing.push({ ...named, ...by, why: hit.why });
      else await this.include(named, hit, path, by);
    }
  }

  /** Puts a series on the list, behind what it needs itself. */
  private async include(
    named: Named,
    { series, from }: { series: Series; from: string },
    path: readonly Series[],
    by: { neededBy?: string },
  ): Promise<void> {
    const refuse = (why: string) => this.missing.push({ ...named, ...by, why });
    if (path.some((one) => isSame(one, series))) {
      const round = [...path.slice(path.findIndex((one) => isSame(one, series))), series];
      refuse(`series that need each other: ${round.map(({ id }) => `<${id}>`).join(' needs ')}`);
      return;
    }
    if (this.done.has(series.id)) return;
    this.done.add(series.id);
    if (series.missing.length > 0) refuse(`patch ${series.missing.join(', ')} of ${series.expected} is missing`);
    else if (path.length > MAX_NEEDED_DEPTH) refuse(`more than ${MAX_NEEDED_DEPTH} series in a row need each other`);
    else if (new Set(this.found.map((one) => one.series.id)).size >= MAX_NEEDED_SERIES)
      refuse(`more than ${MAX_NEEDED_SERIES} series would have to be applied first`);
    else {
      const bad = series.patches.find(({ unusable }) => unusable !== undefined);
      if (bad) return void refuse(`its patch ${bad.number} cannot be used: ${bad.unusable}`);
      await this.needs(series, path);
      this.take(named, series, series.patches, from, by);
    }
  }

  private take(named: Named, series: Series, patches: readonly Patch[], from: string, by: { neededBy?: string }): void {
    const fresh = patches.filter(({ messageId }) => !this.taken.has(messageId));
    for (const { messageId } of fresh) this.taken.add(messageId);
    if (fresh.length === 0) return;
    const last = this.found.at(-1);
    // Patches of one series that are named one by one stand together.
    if (named.kind === 'patch-id' && last?.kind === 'patch-id' && last.series.id === series.id) {
      last.patches.push(...fresh);
      return;
    }
    const { id, version, subject } = series;
    this.found.push({ ...named, series: { id, version, subject }, patches: [...fresh], from, ...by });
  }

  private async series({ kind, value }: Named): Promise<{ series: Series; from: string } | { why: string }> {
    const [changeId, version] = value.split(/:v(?=\d+$)/);
    const fits = (one: Series): boolean =>
      kind === 'message-id'
        ? one.messageIds?.includes(value) === true
        : one.changeId === changeId && (version === undefined || one.version === Number(version));
    const onShelf = () => {
      for (const { series, from } of this.shelves) {
        const hits = series.filter(fits).sort((a, b) => a.version - b.version);
        const hit = hits.findLast((one) => one.missing.length === 0) ?? hits.at(-1);
        if (hit) return { series: hit, from };
      }
      return undefined;
    };
    const known = onShelf();
    if (known) return known;
    if (kind === 'message-id') {
      const thread = await this.library?.thread(value);
      if (thread === undefined) return { why: this.absent('no such message') };
      await this.shelve(thread);
      return onShelf() ?? { why: `in ${this.library?.name} it is no patch and no cover letter` };
    }
    for (const id of await this.mailsWith(changeId ?? '')) await this.shelve((await this.library?.thread(id)) ?? []);
    return onShelf() ?? { why: this.absent('no such series', true) };
  }

  /** Message-IDs of the archive's mails that carry a change-id. */
  private async mailsWith(changeId: string): Promise<string[]> {
    const ids: string[] = [];
    const look = ({ body, messageId }: Message) => {
      const found = body.includes(changeId) ? furnitureOf(body).changeId : undefined;
      if (found === changeId && ids.length < MAX_NEEDED_SERIES) ids.push(messageId);
    };
    if (this.library?.search) for (const mail of await this.library.search(`nq:"change-id: ${changeId}"`)) look(mail);
    else if (this.library?.all) for await (const mail of this.library.all()) look(mail);
    return ids;
  }

  private async patches(
    ids: readonly string[],
    path: readonly Series[],
  ): Promise<Map<string, { series: Series; patch: Patch; from: string }>> {
    const hits = await patchesById(ids, this.shelves, path, this.library);
    for (const { series, from } of hits.values())
      if (!this.shelves.some((shelf) => shelf.series.includes(series))) this.shelves.push({ series: [series], from });
    return hits;
  }

  private async shelve(messages: readonly Message[]): Promise<void> {
    if (this.library) this.shelves.push({ series: await seriesOf(messages), from: this.library.name });
  }

  /** `search`: a thread by Message-ID is not enough. */
  private absent(what: string, search = false): string {
    if (!this.library) return `${what} in the input, and no archive was named`;
    const { name, search: by, all } = this.library;
    if (this.library.left() === 0) return `${what} in the input; ${name} was asked ${MAX_LOOKUPS} times, and no more`;
    return search && !by && !all
      ? `${what} in the input; ${name} cannot be searched for it`
      : `${what} in the input and in ${name}`;
  }
}

function isSame(a: Series, b: Series): boolean {
  return a.id === b.id || a.messageIds?.includes(b.id) === true;
}

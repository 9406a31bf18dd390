// SPDX-License-Identifier: GPL-2.0-or-later
// The part of recount that speaks of folios.
import type { FolioUse, World } from '../world.ts';
import type { Broken } from './values.ts';

/** mapcounts and reference counts of every folio that a page table leads to, and of those that none does. */
export function* recountFolios(world: World): Iterable<Broken> {
  const batches = world.machine.batchReferences();
  const seen = new Set<number>();
  for (const used of world.used) {
    seen.add(used.folio.pfn);
    yield* mapcounts(world, used);
    const isolated = world.inFlight.some(({ pfn }) => pfn === used.folio.pfn) ? 1 : 0;
    yield* references(world, used, batches.get(used.folio.pfn) ?? 0, isolated);
  }
  for (const folio of world.machine.folios()) {
    if (!seen.has(folio.pfn) && folio.mapcount !== 0) {
      yield {
        shape: 'mapcount of an unmapped folio',
        evidence: `a folio that no page table maps has mapcount ${folio.mapcount}`,
      };
    }
  }
}

function* mapcounts(world: World, { folio, uses }: FolioUse): Iterable<Broken> {
  const present = uses.filter((use) => use.mapping.kind === 'present');
  const name = (): string => {
    const first = uses[0];
    return first === undefined
      ? world.names.folio(folio.pfn)
      : `${world.names.folio(folio.pfn)} (${world.names.at(first.mm, first.mapping.vaddr)})`;
  };
  if (folio.mapcount !== present.length) {
    yield {
      shape: 'folio mapcount wrong',
      evidence: `mapcount of ${name()} is ${folio.mapcount}, page tables map it ${present.length} times`,
    };
  }
  if (folio.pageMapcounts === undefined || folio.order === 0) return;
  const byPage = new Array<number>(folio.pageMapcounts.length).fill(0);
  for (const { mapping } of present) {
    const page = mapping.pfn - folio.pfn;
    if (mapping.level === 'pte') byPage[page] = (byPage[page] ?? 0) + 1;
  }
  const wrong = byPage.findIndex((count, page) => count !== folio.pageMapcounts?.[page]);
  if (wrong >= 0) {
    yield {
      shape: 'page mapcount wrong',
      evidence: `mapcount of page ${wrong} of ${name()} is ${folio.pageMapcounts[wrong]}, page tables map it ${byPage[wrong]} times`,
    };
  }
}

/** One for each entry that maps it, one a page for the page cache or the swap cache, and what batches and migrations in flight hold. */
function* references(world: World, { folio, uses }: FolioUse, batched: number, isolated: number): Iterable<Broken> {
  const first = uses[0];
  if (first === undefined) return;
  const present = uses.filter((use) => use.mapping.kind === 'present').length;
  const cached = !folio.anon || folio.swapCache ? 2 ** folio.order : 0;
  const expected = present + cached + batched + isolated;
  if (folio.refcount === expected) return;
  const parts = [`${present} by page tables`];
  if (cached > 0) parts.push(`${cached} by the ${folio.swapCache ? 'swap' : 'page'} cache`);
  if (isolated > 0) parts.push('one by its migration');
  if (batched > 0) parts.push(`${batched} by batches`);
  yield {
    shape: folio.refcount > expected ? 'folio references too many' : 'folio references too few',
    evidence: `reference count of ${world.names.folio(folio.pfn)} (${world.names.at(first.mm, first.mapping.vaddr)}) is ${folio.refcount}, a recount gives ${expected}: ${parts.join(', ')}`,
  };
}

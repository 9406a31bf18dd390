// SPDX-License-Identifier: GPL-2.0-or-later
// exclusive: a page marked as belonging to one process only is mapped once.
import type { SpaceView } from '../world.ts';
import type { Invariant } from './values.ts';

export const exclusive: Invariant = {
  id: 'exclusive',
  statement:
    'An anonymous page that is marked exclusive is mapped at most once; an exclusive swap or migration entry stands at most once.',
  exceptions: ['A page mapped once need not be exclusive.', 'A pinned page is copied at fork rather than shared.'],
  *check(world) {
    const { names } = world;
    for (const { folio, uses } of world.used) {
      if (!folio.anon || uses.length < 2 || !uses.some((use) => use.mapping.exclusive)) continue;
      const byPage = new Map<number, (typeof uses)[number][]>();
      for (const use of uses) {
        const same = byPage.get(use.mapping.pfn);
        if (same === undefined) byPage.set(use.mapping.pfn, [use]);
        else same.push(use);
      }
      for (const same of byPage.values()) {
        if (same.length < 2 || !same.some((use) => use.mapping.exclusive)) continue;
        const places = same.map((use) => names.at(use.mm, use.mapping.vaddr)).join(', ');
        yield {
          shape: 'exclusive page mapped twice',
          evidence: `a page of ${names.folio(folio.pfn)} is marked exclusive, yet mapped ${same.length} times: ${places}`,
        };
      }
    }
    const swapped = new Map<number, { mm: SpaceView; vaddr: number; exclusive: boolean }>();
    for (const mm of world.mms) {
      for (const mapping of mm.mappings) {
        if (mapping.kind !== 'swap') continue;
        const other = swapped.get(mapping.pfn);
        if (other !== undefined && (other.exclusive || mapping.exclusive)) {
          yield {
            shape: 'exclusive swap entry twice',
            evidence: `${names.at(mm, mapping.vaddr)} and ${names.at(other.mm, other.vaddr)} hold the same swap entry, marked exclusive`,
          };
        }
        swapped.set(mapping.pfn, { mm, vaddr: mapping.vaddr, exclusive: mapping.exclusive });
      }
    }
  },
};

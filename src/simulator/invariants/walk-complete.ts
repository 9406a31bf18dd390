// SPDX-License-Identifier: GPL-2.0-or-later
// walk-complete: starting from a folio, the kernel finds every page-table entry that maps it.
import type { Visit } from '../../machine/values.ts';
import { PAGE_SIZE } from '../limits.ts';
import type { FolioUse, Use, World } from '../world.ts';
import { type Broken, type Invariant, listed } from './values.ts';

export const walkComplete: Invariant = {
  id: 'walk-complete',
  statement:
    'Every page-table entry that maps a folio, migration entries included, is visited by a reverse-map walk that starts from the folio.',
  exceptions: [
    'The zero page and special entries have no reverse map.',
    'A KSM folio is sure to be found everywhere only right after ksmd has scanned all address spaces: an exiting process drops its items, and those that it forked are found again by the next scan.',
  ],
  *check(world) {
    for (const used of world.used) {
      if (used.folio.ksm && !world.ksmScanned) continue;
      const visits = world.walk(used.folio.pfn);
      const byVma = Map.groupBy(visits, (visit) => visit.vma);
      const bytes = PAGE_SIZE * 2 ** used.folio.order;
      for (const use of used.uses) {
        if (use.vma === undefined) yield stray(world, used, use);
        else if (!visited(byVma.get(use.vma.ptr) ?? [], use, bytes)) yield missed(world, used, use, visits);
      }
    }
  },
};

/** A walk gives one visit a VMA, at the first page of the folio in it; callbacks go on from there to the folio's end. */
function visited(visits: readonly Visit[], use: Use, bytes: number): boolean {
  const { vaddr } = use.mapping;
  for (const visit of visits) {
    if (visit.vaddr <= vaddr && vaddr < visit.vaddr + bytes) return true;
  }
  return false;
}

function missed(world: World, used: FolioUse, use: Use, visits: readonly Visit[]): Broken {
  const { names } = world;
  const seen = visits.map((visit) => {
    const known = world.vmas.get(visit.vma);
    return known === undefined ? names.vmaPointer(visit.vma) : names.at(known.mm, visit.vaddr);
  });
  const entry = use.mapping.kind === 'migration' ? 'has a migration entry at' : 'is mapped at';
  const only = seen.length === 0 ? 'nobody' : `only ${listed(seen)}`;
  return {
    shape: use.mapping.kind === 'migration' ? 'migration entry missed' : 'mapping missed',
    evidence: `${names.folio(used.folio.pfn)} ${entry} ${names.at(use.mm, use.mapping.vaddr)}, but a walk from it visits ${only}`,
  };
}

function stray(world: World, used: FolioUse, use: Use): Broken {
  const { names } = world;
  return {
    shape: 'entry without a VMA',
    evidence: `${names.folio(used.folio.pfn)} is mapped at ${names.at(use.mm, use.mapping.vaddr)}, where no VMA is: no walk can find it`,
  };
}

// SPDX-License-Identifier: GPL-2.0-or-later
// walk-sound: a walk visits only what is there.
import type { FolioView, Visit, VmaView } from '../../machine/values.ts';
import { PAGE_SIZE } from '../limits.ts';
import type { Invariant } from './values.ts';

export const walkSound: Invariant = {
  id: 'walk-sound',
  statement:
    'Every VMA that a walk visits is live and stands in an address space, the address lies in it and in the folio, and none is visited twice.',
  exceptions: [
    'Visiting a VMA whose page tables do not map the folio is allowed: callbacks look at the entries. How many is a cost.',
    'A KSM folio has no offset in the VMAs that map it.',
  ],
  *check(world) {
    const { names } = world;
    for (const { folio } of world.used) {
      if (folio.ksm) continue;
      const visits = world.walk(folio.pfn);
      for (const visit of visits) {
        const known = world.vmas.get(visit.vma);
        const walk = `a walk from ${names.folio(folio.pfn)}`;
        if (known === undefined) {
          yield { shape: 'detached VMA visited', evidence: `${walk} visits a VMA that stands in no address space` };
          continue;
        }
        const { vma, mm } = known;
        const at = names.at(mm, visit.vaddr);
        if (visit.vaddr < vma.start || visit.vaddr >= vma.end) {
          yield {
            shape: 'address outside the VMA',
            evidence: `${walk} visits ${names.vma(vma, mm)} at ${at}, which lies outside it`,
          };
        } else if (!inFolio(folio, vma, visit)) {
          yield {
            shape: 'address outside the folio',
            evidence: `${walk} visits ${at}, which is none of the folio's pages`,
          };
        }
      }
      if (visits.length > 1 && new Set(visits.map((visit) => visit.vma)).size < visits.length) {
        const twice = visits.find((visit, i) => visits.some((other, j) => j < i && other.vma === visit.vma));
        yield {
          shape: 'VMA visited twice',
          evidence: `a walk from ${names.folio(folio.pfn)} visits ${names.vmaPointer(twice?.vma ?? 0)} twice`,
        };
      }
    }
  },
};

/** The page offset of the visited address is one of the folio's. */
function inFolio(folio: FolioView, vma: VmaView, visit: Visit): boolean {
  const start = folio.anon ? vma.anonPgoff : vma.pgoff;
  const offset = start + (visit.vaddr - vma.start) / PAGE_SIZE;
  return offset >= folio.index && offset < folio.index + 2 ** folio.order;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// recount: the kernel's counters equal what a recount from page tables and VMAs gives.
import { recountAnonVmas } from './recount-anon-vma.ts';
import { recountFolios } from './recount-folio.ts';
import { recountSpaces } from './recount-space.ts';
import type { Invariant } from './values.ts';

export const recount: Invariant = {
  id: 'recount',
  statement:
    'map_count, total_vm, locked_vm and rss of an address space, mapcounts and reference counts of folios, and num_children, num_active_vmas and reference counts of anon_vmas (where the tree has them) equal a recount.',
  exceptions: [
    'An anon_vma whose tree is empty is already uncounted in its parent (second pass of unlink_anon_vmas).',
    'Batches that wait for the LRU, the page cache and the swap cache hold references: they are added to the expected sum.',
    "An item of KSM's stable tree holds a reference to its anon_vma: it is added to the expected sum.",
    'A migration in flight holds the folio and its anon_vma: one reference each is added.',
    'An exited address space that ksmd still holds keeps its counters as they were.',
    'Per-page mapcounts are checked only where the configuration has them.',
  ],
  *check(world) {
    yield* recountSpaces(world);
    yield* recountFolios(world);
    yield* recountAnonVmas(world);
  },
};

// SPDX-License-Identifier: GPL-2.0-or-later
// failure: a step that lacks memory leaves the world whole. The trials are made by src/simulator/failure/.
import type { Invariant } from './values.ts';

export const failure: Invariant = {
  id: 'failure',
  statement:
    'A step of which an allocation fails ends with an error that is documented for it, or succeeds without; all other invariants hold then, the step succeeds when it is tried again, the rest of the history goes on as if nothing had been, and nothing is leaked at its end.',
  exceptions: [
    'What a failed step changes all the same is compared with the base, failed at the same call site: a first split may stay, a failed fault keeps its anon_vma and page tables, a failed fork leaves entries write-protected.',
    'mprotect() may have protected the first pages of its range; what MAP_FIXED and MREMAP_FIXED replace may be gone; a process that was to fork has no child.',
    'Allocations with __GFP_NOFAIL never fail. One that may not wait and is tried again with waiting fails both times.',
  ],
};

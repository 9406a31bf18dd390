// SPDX-License-Identifier: GPL-2.0-or-later
// The fidelity room. In: a kernel tree and histories that were measured on a running kernel. Out: how many counts and
// topologies are equal, and for each difference the kernel change that made it, proved by a run without that change.
export { type Change, GROUND_TRUTH, loadChanges } from './changes.ts';
export { type Fidelity, type FidelityRooms, type HistoryResult, measureTree, NotBuilt } from './measure.ts';
export { figuresOf, loadRecorded, type Recorded } from './recorded.ts';
export { fidelityRooms } from './rooms.ts';
export { exitCodeOf, explainedBy, type FamilyRow, familyRows } from './summary.ts';

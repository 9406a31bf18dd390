// SPDX-License-Identifier: GPL-2.0-or-later
// The contract's part on locks: who takes which how often, over all scenarios and in each, and what it costs many
// processors that do the same.
import { z } from 'zod';

/** How often one class of locks was taken, over all scenarios. */
export const lockRow = z.strictObject({
  lock: z.string().describe('As "anon_vma.rwsem"'),
  mode: z.string().describe('spin, read, write or mutex'),
  before: z.int(),
  after: z.int(),
  heldBefore: z.int().optional().describe('Basic blocks of the tree executed while it was held'),
  heldAfter: z.int().optional(),
  nodesBefore: z.int().optional().describe('Nodes of the trees of reverse-map walks touched while it was held'),
  nodesAfter: z.int().optional(),
});

const use = z.strictObject({
  taken: z.int(),
  blocks: z.int().describe('Basic blocks of the tree executed while it was held'),
  nodes: z.int().describe('Nodes of the trees of reverse-map walks visited, added or removed while it was held'),
});

/** The same in one scenario. */
export const lockProfileRow = z.strictObject({
  scenario: z.string(),
  lock: z.string(),
  mode: z.string(),
  before: use,
  after: use,
});

/** A profile replayed: docs/locks.md names what that assumes. */
export const contention = z.strictObject({
  processors: z.array(z.int()).describe('Points of each curve'),
  curves: z.array(
    z.strictObject({
      operation: z.string().describe('Kind of step that every processor repeats'),
      steps: z.int().describe('Recorded steps that are replayed'),
      before: z
        .array(z.int())
        .describe('Basic blocks that one operation waits for locks on average, for each number of processors'),
      after: z.array(z.int()),
    }),
  ),
});

const position = z.strictObject({ file: z.string(), line: z.int(), function: z.string() });

/** Further stacks of a finding: where the other lock was taken. */
export const findingStacks = z.array(z.strictObject({ what: z.string(), where: z.array(position) }));

// SPDX-License-Identifier: GPL-2.0-or-later
// The parts of the contract that are there to be shown: pictures of the world around a failing step, what steps do
// differently, and the comparison with an earlier version's review.
import { z } from 'zod';

const pictureVma = z.strictObject({
  id: z.int().describe('Equal for the same VMA before and after the step'),
  space: z.string().describe('The process, as "C2" or "P and V"'),
  from: z.string().describe('First page, as "A+3"'),
  pages: z.int(),
  access: z.string().describe('As in /proc/PID/maps: "rw-p"'),
  anonVma: z.string().optional().describe('What vma->anon_vma leads to, as "AV2"'),
  file: z.string().optional().describe('The file that it maps, as "file 1"'),
});

const pictureEntry = z.strictObject({
  vma: z.int().optional().describe('The VMA it lies in; absent where no VMA is'),
  at: z.string().describe('As "C2:A+3"'),
  kind: z.enum(['present', 'migration']),
  visited: z.boolean().optional().describe('Whether a walk from the folio came here; absent where none was made'),
});

const pictureFolios = z.strictObject({
  names: z.array(z.string()).describe('"folio 1", ...: the first ones of many'),
  count: z.int().describe('Folios that are mapped by the same VMAs and found by the same walk'),
  order: z.int(),
  kind: z.enum(['anon', 'ksm', 'file']),
  anchor: z.string().describe('Where a walk starts: "AV1", "file 1"'),
  entries: z.array(pictureEntry).describe('Page-table entries that map the first of them'),
  idle: z.array(z.int()).describe('VMAs that the walk visits though nothing of the folio is mapped there'),
});

const picture = z.strictObject({
  vmas: z.array(pictureVma),
  anonVmas: z.array(z.strictObject({ name: z.string(), root: z.string(), parent: z.string(), refcount: z.int() })),
  chains: z
    .array(
      z.strictObject({
        vma: z.int(),
        anonVma: z.string(),
        inTree: z.boolean().describe("Whether the anon_vma's interval tree holds it"),
      }),
    )
    .describe('anon_vma_chains'),
  folios: z.array(pictureFolios).describe('Those that a walk does not find everywhere first'),
  omitted: z
    .strictObject({ vmas: z.int(), anonVmas: z.int(), folios: z.int() })
    .describe('What a picture has no room for'),
});

/** The world before and after a finding's step. */
export const pictures = z
  .strictObject({ before: picture.optional(), after: picture.optional() })
  .describe('The world before and after the step; after a crash there is no second one');

const operation = z.strictObject({
  operation: z.string().describe('As "fork" or "fork in a child"'),
  steps: z.int().describe('Steps of this kind that differ'),
  before: z.int().describe('Summed over these steps'),
  after: z.int(),
});

/** One thing that steps do more or less often than on the base, over all scenarios. */
export const effect = z.strictObject({
  what: z
    .enum(['allocated', 'freed', 'lock', 'faults', 'copies', 'walks', 'visits'])
    .describe('visits: VMAs visited by reverse-map walks from every mapped folio after the step'),
  name: z.string().describe('The object, or the lock as "anon_vma.rwsem (write)"; "" for the others'),
  direction: z.enum(['more', 'fewer']),
  before: z.int().describe('Summed over the steps that differ'),
  after: z.int(),
  scenarios: z.int().describe('In how many scenarios'),
  cause: z.int().describe('Equal for effects that differ in exactly the same steps: told in one sentence'),
  operations: z.array(operation).describe('By kind of step, the largest difference first'),
  example: z.strictObject({
    scenario: z.string(),
    step: z.int(),
    stepText: z.string(),
    before: z.int(),
    after: z.int(),
  }),
});

const comparedFinding = z.strictObject({
  state: z.enum(['still there', 'fixed', 'new']),
  invariant: z.string(),
  scenario: z.string(),
  summary: z.string(),
  finding: z.int().optional().describe('Index in findings; absent where it is fixed'),
});

const comparedPatch = z.strictObject({
  change: z.enum(['same', 'changed', 'added', 'dropped', 'unknown']).describe('unknown: the older review does not say'),
  number: z.int().nullable().describe('In this version; null where it was dropped'),
  previous: z.int().nullable().describe('In the previous version; null where it is new'),
  title: z.string(),
});

/** This version against an earlier one. */
export const previous = z.strictObject({
  version: z.int(),
  id: z.string().describe('Message-ID of the earlier series'),
  verdict: z.string(),
  base: z.string(),
  from: z.enum(['file', 'thread']).describe('--previous, or the earlier version in the same thread, reviewed as well'),
  findings: z.array(comparedFinding),
  patches: z.array(comparedPatch),
});

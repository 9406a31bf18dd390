// SPDX-License-Identifier: GPL-2.0-or-later
// The parts of the contract that say what a series changes: functions with what they touch, configuration, exports,
// and what came with the code or did not.
import { z } from 'zod';

const names = z.array(z.string());
const patches = z.array(z.int()).describe('Numbers of the patches that changed it, ascending');

const facts = z.strictObject({
  reads: names.describe('Fields of the structs of the reverse map that it reads itself, as "vm_area_struct.anon_vma"'),
  writes: names.describe('Fields that it writes itself'),
  locks: z.array(
    z.strictObject({
      lock: z.string().describe('As "anon_vma (write)", "pte", "vm_area_struct.vm_lock"'),
      does: z.enum(['takes', 'tries', 'drops', 'asserts']),
      with: z.string().describe('The function or macro called'),
    }),
  ),
  allocates: names.describe('Caches that it allocates from, as "anon_vma_chain_cachep", or "pages", "kmalloc"'),
  frees: names.describe('Caches that it frees to'),
  reaches: names
    .optional()
    .describe('Entry points of the reverse map that it calls, however deep; absent where no image was built'),
  reachedFrom: names.optional().describe('Entry points of the reverse map from which it is called, however deep'),
});

const match = z.strictObject({
  name: z.string(),
  file: z.string(),
  similarity: z.number().min(0).max(1).describe('Share of the tokens that both have in common, in order'),
});

/** A function that the series, or one patch, changes. */
export const functionChange = z.strictObject({
  name: z.string(),
  file: z.string(),
  change: z.string().describe('added, removed, changed, moved (from another file) or renamed'),
  patches,
  startLine: z.int().optional().describe('In the final file, or in the base where it was removed'),
  endLine: z.int().optional(),
  from: match.optional().describe('moved, renamed: what it was'),
  closest: match.optional().describe('added, removed: the function on the other side that is most like it'),
  unreadable: z.boolean().optional().describe('The parser could not read it: treated as changed, no facts'),
  before: facts.optional().describe('What it did; absent where it was added or could not be read'),
  after: facts.optional().describe('What it does now; absent where it was removed or could not be read'),
});

const structChange = z.strictObject({ name: z.string(), file: z.string(), change: z.string(), patches });

const configChange = z.strictObject({
  symbol: z.string(),
  kind: z.enum(['kconfig', 'static-key', 'boot-parameter', 'module-parameter']),
  change: z.enum(['added', 'removed', 'changed']),
  file: z.string(),
  patches,
});

const exportChange = z.strictObject({
  symbol: z.string(),
  change: z.enum(['added', 'removed', 'changed']),
  /** "EXPORT_SYMBOL_GPL" and the like. */
  before: z.string().nullable(),
  after: z.string().nullable(),
  file: z.string(),
  patches,
});

const companions = z.strictObject({
  documentation: names.describe('Documentation files touched'),
  tests: names.describe("The kernel's own tests touched"),
  missing: names.describe('One sentence each, as "changes anon_vma_clone, touches no test"'),
});

export const semantics = z.strictObject({
  functions: z.array(functionChange),
  structs: z.array(structChange),
  areas: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string(),
      why: names.describe('What in the series led to this area'),
      invariants: names.describe('Invariants at stake'),
      about: z.string().optional().describe('What the area is, in two sentences'),
      questions: names.optional().describe('What a reviewer would ask'),
    }),
  ),
  outOfScope: z.boolean(),
  why: z.string(),
  unreadable: names.describe('Files or functions that the parser could not read; treated as changed'),
  config: z.array(configChange).optional(),
  exports: z.array(exportChange).optional(),
  companions: companions.optional(),
  patches: z
    .array(
      z.strictObject({
        number: z.int(),
        areas: names,
        functions: z.array(functionChange),
        structs: z.array(structChange),
        config: z.array(configChange),
        exports: z.array(exportChange),
        companions,
      }),
    )
    .optional()
    .describe('The same, patch by patch, each against the tree before it'),
});

const member = z.strictObject({
  name: z.string().describe('Dotted path; members of anonymous structs and unions by their own name'),
  type: z.string(),
  offset: z.int(),
  size: z.int(),
  bitOffset: z.int().optional().describe('Bit fields: first bit within the byte at offset'),
  bitSize: z.int().optional(),
  cacheLine: z.int().describe('Cache line of 64 bytes in which it begins'),
  hole: z.int().optional().describe('Unused bytes right before it'),
});

const layout = z.strictObject({
  size: z.int(),
  align: z.int(),
  cacheLines: z.int().describe('Cache lines of 64 bytes that it spans'),
  holes: z.int().describe('Number of holes'),
  holeBytes: z.int(),
  padding: z.int().describe('Unused bytes at the end'),
  members: z.array(member),
});

/** A struct before and after, as pahole would show it. */
export const layouts = z.array(
  z.strictObject({
    bits: z.union([z.literal(64), z.literal(32)]),
    before: layout.nullable(),
    after: layout.nullable(),
    notBuilt: z.string().optional().describe('Why there is no layout for this word size'),
  }),
);

/** Why changed executable lines did not run. */
export const unexecuted = z.enum([
  'configuration-off',
  'architecture',
  'not-built',
  'error-path',
  'function-not-reached',
  'branch-not-taken',
]);

/** Why a scenario was chosen. */
export const chosen = z.strictObject({
  scenario: z.string(),
  why: z.string().describe('In one sentence'),
  areas: names.describe('Touched areas that it declares (rules)'),
  functions: names.describe(
    'Changed functions that it executed on the base (measured), the most lines first; at most ten',
  ),
  lines: z.int().describe('Lines of the base that the series changes, and that it executed'),
  files: names.describe('Changed files of which it executed lines'),
  includers: names.describe('Files that include a changed header, of which it executed lines; at most five'),
  ran: z.boolean(),
});

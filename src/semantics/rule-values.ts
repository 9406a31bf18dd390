// SPDX-License-Identifier: GPL-2.0-or-later
// What rule files say, as a schema and as types: areas (one file each), scope.yaml, irrelevant.yaml.

import { z } from 'zod';

/** The invariants that a rule may name; each is one file of the simulator, and a test holds the two lists together. */
export const invariantIds = [
  'walk-complete',
  'walk-sound',
  'no-dangling',
  'no-leak',
  'recount',
  'exclusive',
  'keys',
  'data',
  'failure',
  'locks',
  'lock-missing',
  'lock-order',
  'lock-context',
  'kernel-says',
  'returns',
  'bounded',
  'races',
  'step-result',
] as const;

const id = z
  .string()
  .max(60)
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'not a kebab-case id');
const symbol = z
  .string()
  .max(100)
  .regex(/^[A-Za-z_]\w*$/, 'not a C identifier');
// At most six wildcards: more make a match slow, and no real pattern needs them.
const glob = z
  .string()
  .max(200)
  .regex(/^[^*?]*(?:\*{1,2}[^*?]*|\?[^*?]*){0,6}$/, 'not a glob, or more than six wildcards');
const sentence = z.string().min(1).max(600);

const names = z.array(glob);

/** A structural query: what the text of a changed function does, before or after; every key must match something. */
const querySchema = z
  .strictObject({
    calls: names.optional().describe('Functions and macros that it calls'),
    reads: names.optional().describe('Fields that it reads, as vm_area_struct.vm_pgoff'),
    writes: names.optional(),
    locks: names.optional().describe('Locks that it takes, tries, drops or asserts, as "anon_vma (write)"'),
    allocates: names.optional().describe('Caches that it allocates from, as anon_vma_chain_cachep'),
    frees: names.optional(),
  })
  .refine((query) => Object.keys(query).length > 0, 'an empty query');

const matchSchema = z.strictObject({
  functions: z.array(symbol).optional().describe('Functions or macros by name, the names of every kernel era'),
  patterns: z.array(glob).optional().describe('Globs on such names'),
  queries: z.array(querySchema).optional().describe('What functions do, whatever their names'),
  paths: z.array(glob).optional().describe('Globs on paths: any change of code there belongs to the area'),
  structs: z.array(symbol).optional(),
});

/** One area: rules/ID.yaml. */
export const areaSchema = z.strictObject({
  id: id.describe("The file's name without .yaml; never renamed"),
  name: sentence,
  about: sentence.describe('Two sentences: what the area is, and what goes wrong in it'),
  match: matchSchema,
  entry: z
    .array(symbol)
    .optional()
    .describe('Functions through which other code enters the area: reports say which changed code reaches them'),
  invariants: z.array(z.enum(invariantIds)).min(1).describe('Invariants at stake'),
  questions: z.array(sentence).min(1).describe('What a reviewer would ask'),
  sources: z.array(sentence).min(1),
  control: id.optional().describe('The planted bug that must be found where the area is touched'),
});

/** What a file of a user adds to an area that there is. */
export const extensionSchema = z.strictObject({
  extends: id.describe('The area'),
  match: matchSchema,
  entry: z.array(symbol).optional(),
  invariants: z.array(z.enum(invariantIds)).optional(),
  questions: z.array(sentence).optional(),
  sources: z.array(sentence).optional(),
});

export const scopeSchema = z.strictObject({ paths: z.array(glob), except: z.array(glob) });

export const irrelevantSchema = z.strictObject({ functions: z.record(symbol, sentence) });

export type AreaRule = z.infer<typeof areaSchema>;
export type AreaExtension = z.infer<typeof extensionSchema>;
export type StructuralQuery = z.infer<typeof querySchema>;

/** The JSON Schema of a rule file, as published in docs/: an area, or what is added to one. */
export function ruleJsonSchema(): object {
  return {
    $id: 'urn:rmapbot:rule:1',
    title: 'rmapbot.rule/1',
    ...z.toJSONSchema(z.union([areaSchema, extensionSchema])),
  };
}

/** All rules that apply to a review. */
export interface Rules {
  /** By id, in the order of ids; without other-mm. */
  areas: AreaRule[];
  /** The area for what is in scope and matched by none. */
  other: AreaRule;
  scope: { paths: string[]; except: string[] };
  /** Reviewed functions that belong to no area, with the reason. */
  irrelevant: Map<string, string>;
}

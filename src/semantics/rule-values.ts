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

/** One area: rules/ID.yaml. */
export const areaSchema = z.strictObject({
  id,
  name: sentence,
  /** Two sentences: what the area is, and what goes wrong in it. */
  about: sentence,
  match: z.strictObject({
    /** Names of functions or macros, those of every supported kernel era. */
    functions: z.array(symbol).optional(),
    /** Globs on such names. */
    patterns: z.array(glob).optional(),
    /** Globs on paths: any change of code there belongs to the area. */
    paths: z.array(glob).optional(),
    structs: z.array(symbol).optional(),
  }),
  /** Functions through which other code enters the area: reports say which changed code reaches them. */
  entry: z.array(symbol).optional(),
  invariants: z.array(z.enum(invariantIds)).min(1),
  questions: z.array(sentence).min(1),
  sources: z.array(sentence).min(1),
  control: id.optional(),
});

export const scopeSchema = z.strictObject({ paths: z.array(glob), except: z.array(glob) });

export const irrelevantSchema = z.strictObject({ functions: z.record(symbol, sentence) });

export type AreaRule = z.infer<typeof areaSchema>;

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

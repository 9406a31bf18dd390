// SPDX-License-Identifier: GPL-2.0-or-later
// A recipe's YAML text -> a checked Recipe. Unknown keys are errors, so that a misspelt operator cannot pass.
import { parse } from 'yaml';
import { z } from 'zod';
import { RecipeError } from './errors.ts';
import { MAX_RECIPE_BYTES } from './limits.ts';
import type { Edit, Recipe } from './values.ts';

const kebab = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'a kebab-case id');
const count = z.number().int().min(1);
const words = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);
const pattern = z.union([
  words,
  z.strictObject({ has: words, nth: count.optional(), of: count.optional(), inside: words.optional() }),
]);
const path = z.string().regex(/^(?!.*\.\.)[A-Za-z0-9_][\w./+-]*$/, 'a relative path');
const file = { in: z.union([path, z.array(path).min(1)]) };
const place = { ...file, function: words };

const edit: z.ZodType<Edit> = z.lazy(() =>
  z.union([
    z.strictObject({ ...place, drop: pattern, comment: z.literal(true).optional() }),
    z.strictObject({ ...place, duplicate: pattern }),
    z.strictObject({ ...place, negate: pattern }),
    z.strictObject({ ...place, swap: z.tuple([pattern, pattern]) }),
    z.strictObject({ ...place, move: pattern, before: pattern }),
    z.strictObject({ ...place, move: pattern, after: pattern }),
    z.strictObject({ ...place, insert: z.string(), before: pattern }),
    z.strictObject({ ...place, insert: z.string(), after: pattern }),
    z.strictObject({ ...place, insert: z.string(), into: pattern }),
    z.strictObject({ ...place, insert: z.string(), start: z.literal(true) }),
    z.strictObject({ ...place, replace: words, by: z.string(), where: pattern.optional(), times: count.optional() }),
    z.strictObject({ ...place, instead: z.string(), of: pattern }),
    z.strictObject({
      ...place,
      extract: z.tuple([pattern, pattern]),
      signature: z.string(),
      call: z.string(),
      about: z.string().optional(),
    }),
    z.strictObject({ ...place, inline: z.string() }),
    z.strictObject({ ...place, define: z.string() }),
    z.strictObject({ ...file, rename: z.string(), to: z.string() }),
    z.strictObject({ ...file, struct: z.string(), member: z.string() }),
    z.strictObject({ ...file, create: z.string() }),
    z.strictObject({ ...file, append: z.string() }),
    z.strictObject({ ...file, beforeLast: z.string(), add: z.string() }),
    z.strictObject({ either: z.array(z.array(edit).min(1)).min(2) }),
  ]),
) as z.ZodType<Edit>;

const recipe = z.strictObject({
  name: kebab,
  kind: z.enum(['example', 'wrong', 'correct', 'control']),
  about: z.string().min(1),
  area: kebab.optional(),
  version: z
    .string()
    .regex(/^\d+\.\d+$/)
    .optional(),
  missed: z.record(z.string().regex(/^\d+\.\d+$/), z.string().min(1)).optional(),
  invariants: z.array(kebab).default([]),
  firstBad: count.optional(),
  history: z.string().optional(),
  needs: z.array(kebab).default([]),
  names: z.record(z.string(), z.array(z.string()).min(1)).default({}),
  cover: z.strictObject({ title: z.string(), text: z.string() }).optional(),
  patches: z
    .array(z.strictObject({ title: z.string().min(1), message: z.string(), edits: z.array(edit).min(1) }))
    .min(1),
});

/** What must hold between the fields of a recipe. */
function checkSense(made: Recipe, where: string): void {
  const plants = made.firstBad !== undefined;
  if ((made.kind === 'wrong' || made.kind === 'control') && !plants)
    throw new RecipeError(`${where}: a ${made.kind} recipe names its firstBad patch`);
  if (made.kind === 'correct' && plants) throw new RecipeError(`${where}: a correct recipe has no firstBad patch`);
  if (plants !== made.invariants.length > 0)
    throw new RecipeError(`${where}: invariants belong to a planted bug, and a bug trips some`);
  if ((made.firstBad ?? 1) > made.patches.length) throw new RecipeError(`${where}: there is no patch ${made.firstBad}`);
  if (made.kind === 'control' && (made.area === undefined || made.patches.length !== 1))
    throw new RecipeError(`${where}: a control names its area and is one patch`);
}

/**
 * Reads a recipe.
 *
 * In: YAML text and the name to call it in errors. Out: the recipe with defaults filled in.
 * Throws RecipeError with the place and what is expected there.
 */
export function readRecipe(text: string, where: string): Recipe {
  if (text.length > MAX_RECIPE_BYTES) throw new RecipeError(`${where}: larger than ${MAX_RECIPE_BYTES} bytes`);
  let data: unknown;
  try {
    data = parse(text);
  } catch (error) {
    throw new RecipeError(`${where}: ${(error as Error).message.split('\n')[0]}`);
  }
  const result = recipe.safeParse(data);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw new RecipeError(`${where}: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const made = result.data as Recipe;
  checkSense(made, where);
  return made;
}

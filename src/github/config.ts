// SPDX-License-Identifier: GPL-2.0-or-later
// .github/rmapbot.yml of a repository: what it wishes, or everything that is wrong with it, line by line.
import { z } from 'zod';
import { type CONCLUSIONS, LEVELS } from '../report/check-run.ts';
import type { Rules } from '../semantics/index.ts';
import { INVARIANTS } from '../simulator/invariants/index.ts';
import { didYouMean, faultAt, readBy, YamlFault, yamlText } from '../yaml-file.ts';
import { BUDGET_MAX, CONFIG_BYTES_MAX, GLOBS_MAX, TIME_CAP_S_MAX } from './limits.ts';

export const CONFIG_PATH = '.github/rmapbot.yml';

const glob = z
  .string()
  .regex(/^[\w./*?+-]{1,200}$/, 'expected a path, in which * stands for a name and ** for folders as well')
  .refine((text) => (text.match(/\*+/g)?.length ?? 0) <= 4, 'at most four wildcards');

/** Verdicts whose conclusion a repository may choose, and among what: what could not be judged never looks like success. */
const conclusions = z.strictObject({
  inconclusive: z.enum(['neutral', 'failure', 'action_required']).optional(),
  'does-not-build': z.enum(['failure', 'neutral', 'action_required']).optional(),
  'out-of-scope': z.enum(['neutral', 'success']).optional(),
  incomplete: z.enum(['action_required', 'failure', 'neutral']).optional(),
  'does-not-apply': z.enum(['action_required', 'failure', 'neutral']).optional(),
}) satisfies z.ZodType<Record<string, (typeof CONCLUSIONS)[number] | undefined>>;

const schema = z
  .strictObject({
    paths: z.array(glob).min(1).max(GLOBS_MAX).optional(),
    areas: z.array(z.string()).min(1).max(100).optional(),
    scenarios: z
      .string()
      .regex(/^[a-z0-9*?-]{1,80}$/, 'expected the name of a scenario, in which * stands for anything')
      .optional(),
    budget: z.int().min(1).max(BUDGET_MAX).optional(),
    'time-cap': z.int().min(1).max(TIME_CAP_S_MAX).optional(),
    severities: z.record(z.string(), z.enum(LEVELS)).default({}),
    conclusions: conclusions.default({}),
    comment: z.enum(['findings', 'always', 'never']).default('findings'),
  })
  .prefault({});

export type RepositoryConfig = z.output<typeof schema>;

/** What holds where a repository says nothing. */
export function defaultConfig(): RepositoryConfig {
  return schema.parse({});
}

export interface ConfigFault {
  line: number;
  why: string;
}

/** `areas`: ids of all that there are. An empty file says nothing. */
export function readConfig(
  content: Buffer,
  areas: Rules['areas'],
): { config: RepositoryConfig } | { faults: ConfigFault[] } {
  if (content.length > CONFIG_BYTES_MAX) return { faults: [{ line: 1, why: `larger than ${CONFIG_BYTES_MAX} bytes` }] };
  try {
    const source = yamlText(CONFIG_PATH, content.toString('utf8'));
    const nothing = source.document.contents === null;
    const { value, faults } = nothing ? { value: defaultConfig(), faults: [] } : readBy(source, schema);
    const ids = areas.map(({ id }) => id);
    const invariants = INVARIANTS.map(({ id }) => id as string);
    const unknown = [
      ...(value?.areas ?? []).flatMap((id, at) =>
        ids.includes(id) ? [] : [faultAt(source, ['areas', at], `no area "${id}"${didYouMean(id, ids)}`)],
      ),
      ...Object.keys(value?.severities ?? {}).flatMap((id) =>
        invariants.includes(id)
          ? []
          : [faultAt(source, ['severities', id], `no invariant "${id}"${didYouMean(id, invariants)}`)],
      ),
    ];
    const all = [...faults, ...unknown];
    return value && all.length === 0 ? { config: value } : { faults: all.map(({ line, why }) => ({ line, why })) };
  } catch (error) {
    if (error instanceof YamlFault) return { faults: [{ line: error.line, why: error.why }] };
    throw error;
  }
}

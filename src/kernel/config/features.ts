// SPDX-License-Identifier: GPL-2.0-or-later
// Feature probes: what a tree has, asked of its text. In: simulations/machine/features.yaml, a tree with its overlay, the
// configuration's symbols. Out: names of the features it has. The only knowledge of how kernels differ.
import { createHash } from 'node:crypto';
import { parse } from 'yaml';
import { z } from 'zod';
import { keyOf, type Store } from '../store.ts';
import { bodiesOf, type CToken, cTokens, declarationsOf, definesMacro, hasMember, hasPhrase } from './ctext.ts';
import { ANSWERS_MAX } from './limits.ts';
import { readMachineFile } from './machine-files.ts';
import type { TreeReader } from './read.ts';

const where = z.union([z.string(), z.array(z.string()).min(1)]).transform((files) => [files].flat());
const word = z.string().regex(/^[A-Za-z_]\w*$/);
const why = z.string().min(1).optional();

const simple = z.union([
  z.strictObject({
    in: where,
    function: word,
    parameters: z.number().int().optional(),
    takes: z.string().optional(),
    why,
  }),
  z.strictObject({ in: where, macro: word, why }),
  z.strictObject({ in: where, struct: word, member: word.optional(), why }),
  z.strictObject({ in: where, enum: word, member: word.optional(), why }),
  z.strictObject({ in: where, text: z.string().min(1), why }),
  z.strictObject({ file: z.string(), why }),
  z.strictObject({ config: word, why }),
]);

export type Probe =
  | z.output<typeof simple>
  | { all: Probe[]; why?: string | undefined }
  | { any: Probe[]; why?: string | undefined }
  | { not: Probe; why?: string | undefined };

const probe: z.ZodType<Probe> = z.lazy(() =>
  z.union([
    simple,
    z.strictObject({ all: z.array(probe), why }),
    z.strictObject({ any: z.array(probe), why }),
    z.strictObject({ not: probe, why }),
  ]),
);

const table = z.record(z.string().regex(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/), probe);

/** The probes of features.yaml; each must say why. */
export async function readProbes(): Promise<Map<string, Probe>> {
  const parsed = table.parse(parse(await readMachineFile('features.yaml')));
  for (const [name, { why }] of Object.entries(parsed))
    if (why === undefined) throw new Error(`features.yaml: ${name} does not say why`);
  return new Map(Object.entries(parsed));
}

/** Names of the features that the tree has, in the order of the probes. */
export async function probeFeatures(
  probes: ReadonlyMap<string, Probe>,
  reader: TreeReader,
  symbols: ReadonlyMap<string, string>,
  store?: Store,
): Promise<Set<string>> {
  const kept = store && KEPT.of(store);
  const files = new Map<string, Asked | undefined>();
  const asking = async (file: string): Promise<Asked | undefined> => {
    if (!files.has(file)) {
      const text = await reader.text(file);
      files.set(file, text === undefined ? undefined : new Asked(text, kept?.answers));
    }
    return files.get(file);
  };
  const has = async (asked: Probe): Promise<boolean> => {
    if ('all' in asked) {
      for (const part of asked.all) if (!(await has(part))) return false;
      return true;
    }
    if ('any' in asked) {
      for (const part of asked.any) if (await has(part)) return true;
      return false;
    }
    if ('not' in asked) return !(await has(asked.not));
    if ('file' in asked) return (await reader.text(asked.file)) !== undefined;
    if ('config' in asked) return symbols.has(asked.config);
    for (const file of asked.in) {
      if ((await asking(file))?.holds(asked) === true) return true;
    }
    return false;
  };
  const features = new Set<string>();
  for (const [name, asked] of probes) if (await has(asked)) features.add(name);
  kept?.keep();
  return features;
}

type TextProbe = Extract<Probe, { in: string[] }>;

/**
 * Answers by content of a file and probe: a review asks the same of every configuration, before and after, and the next
 * review of nearly the same files.
 */
class KeptAnswers {
  readonly answers: Map<string, boolean>;
  readonly #store: Store;
  #kept: number;

  constructor(store: Store) {
    this.#store = store;
    const text = store.get(...PLACE);
    this.answers = new Map(text ? (JSON.parse(text.toString('utf8')) as [string, boolean][]) : []);
    this.#kept = this.answers.size;
  }

  /** Writes them where there are new ones. */
  keep(): void {
    if (this.answers.size === this.#kept) return;
    if (this.answers.size > ANSWERS_MAX) this.answers.clear();
    this.#kept = this.answers.size;
    this.#store.put(...PLACE, Buffer.from(JSON.stringify([...this.answers])));
  }
}

const PLACE = ['probes-1', keyOf('answers')] as const;

/** One a cache folder, for as long as the process lives. */
const KEPT = {
  known: new Map<string, KeptAnswers>(),
  of(store: Store): KeptAnswers {
    const kept = this.known.get(store.folder) ?? new KeptAnswers(store);
    this.known.set(store.folder, kept);
    return kept;
  },
};

/** A file's text, cut into tokens when something is asked that is not known. */
class Asked {
  readonly #text: string;
  readonly #hash: string;
  #tokens: CToken[] | undefined;

  readonly #answers: Map<string, boolean>;

  constructor(text: string, answers = new Map<string, boolean>()) {
    this.#answers = answers;
    this.#text = text;
    this.#hash = createHash('sha256').update(text).digest('base64');
  }

  holds(asked: TextProbe): boolean {
    const { why, in: where, ...question } = asked;
    const key = `${this.#hash} ${JSON.stringify(question)}`;
    let answer = this.#answers.get(key);
    if (answer === undefined) {
      this.#tokens ??= cTokens(this.#text);
      answer = holds(asked, this.#tokens);
      this.#answers.set(key, answer);
    }
    return answer;
  }
}

function holds(asked: TextProbe, tokens: readonly CToken[]): boolean {
  if ('function' in asked)
    return declarationsOf(tokens, asked.function).some(
      (parameters) =>
        (asked.parameters === undefined || parameters.length === asked.parameters) &&
        (asked.takes === undefined || parameters.some((one) => hasPhrase(one, words(asked.takes as string)))),
    );
  if ('macro' in asked) return definesMacro(tokens, asked.macro);
  if ('text' in asked) {
    const texts = tokens.map((token) => token.text);
    return hasPhrase(texts, words(asked.text));
  }
  const kind = 'struct' in asked ? 'struct' : 'enum';
  const bodies = bodiesOf(tokens, kind, 'struct' in asked ? asked.struct : asked.enum);
  const { member } = asked;
  return bodies.some((body) => member === undefined || hasMember(body, member));
}

function words(text: string): string[] {
  return cTokens(text).map((token) => token.text);
}

/** <generated/features.h>: KF_ANON_PGOFF for anon-pgoff. */
export function featuresHeader(features: ReadonlySet<string>): string {
  const lines = [...features].map((name) => `#define KF_${name.toUpperCase().replaceAll('-', '_')} 1`);
  return [
    "/* Probed from this tree's text, see simulations/machine/features.yaml. */",
    '#ifndef _RMAPBOT_FEATURES_H',
    '#define _RMAPBOT_FEATURES_H',
    ...lines,
    '#endif',
    '',
  ].join('\n');
}

// SPDX-License-Identifier: GPL-2.0-or-later
// YAML files that people write -> checked values. What is wrong is said with file, line and, for a key that we do not
// know, the nearest one that we do.
import { readFileSync, statSync } from 'node:fs';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { InputError } from './errors.ts';

export interface YamlFile {
  file: string;
  document: Document;
  lines: LineCounter;
}

/** A file's text. `shown` is its name in errors: InputError where it is not there, too large or cannot be read. */
export function readText(file: string, bytesMax: number, shown = file): string {
  try {
    if (statSync(file).size > bytesMax) throw new InputError(`${shown}: larger than ${bytesMax} bytes`);
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof InputError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new InputError(`${shown}: ${code === 'ENOENT' ? 'no such file' : `cannot be read (${code})`}`);
  }
}

/** Reads a file. InputError where it is not there, too large, or no YAML. */
export async function readYaml(file: string, bytesMax: number): Promise<YamlFile> {
  return yamlText(file, readText(file, bytesMax));
}

/** A fault of a file at a line; its message is "FILE:LINE: why". */
export class YamlFault extends InputError {
  override name = 'YamlFault';
  readonly line: number;
  readonly why: string;

  constructor(file: string, line: number, why: string) {
    super(`${file}:${line}: ${why}`);
    this.line = line;
    this.why = why;
  }
}

/** As readYaml, of a text that is there already; `file` is what errors call it. */
export function yamlText(file: string, text: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const error = document.errors[0];
  if (error !== undefined) {
    const [first] = error.message.split('\n');
    throw new YamlFault(file, lines.linePos(error.pos[0]).line, `${first?.replace(/ at line.*$/, '')}`);
  }
  return { file, document, lines };
}

/** The file's content by a schema. YamlFault with the line of the first fault. */
export function checkYaml<S extends z.ZodType>(source: YamlFile, schema: S): z.infer<S> {
  const read = readBy(source, schema);
  const [first] = read.faults;
  if (first) throw first;
  return read.value as z.infer<S>;
}

/** As checkYaml, but tells all faults. `value`: only where there are none. */
export function readBy<S extends z.ZodType>(
  source: YamlFile,
  schema: S,
): { value?: z.infer<S>; faults: readonly YamlFault[] } {
  const read = schema.safeParse(contentOf(source));
  if (read.success) return { value: read.data, faults: [] };
  return { faults: read.error.issues.flatMap((issue) => faultsOf(source, schema, issue)) };
}

function faultsOf(source: YamlFile, schema: z.ZodType, issue: z.core.$ZodIssue): YamlFault[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, path);
    return issue.keys.map((key) => faultAt(source, [...path, key], `unknown key "${key}"${didYouMean(key, known)}`));
  }
  const at = path.join('.');
  return [faultAt(source, path, `${at === '' ? '' : `${at}: `}${issue.message}`)];
}

function contentOf(source: YamlFile): unknown {
  try {
    return source.document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    // What a few lines of aliases unfold to has no bound that a person could want.
    if (error instanceof ReferenceError) yamlFault(source, [], 'aliases (&name, *name) are not read');
    throw error;
  }
}

/** Throws YamlFault "FILE:LINE: why". */
export function yamlFault(source: YamlFile, path: readonly PropertyKey[], why: string): never {
  throw faultAt(source, path, why);
}

/** A fault at the deepest part of a path that is there. */
export function faultAt(source: YamlFile, path: readonly PropertyKey[], why: string): YamlFault {
  let line = 1;
  for (let depth = path.length; depth > 0; depth--) {
    const node = source.document.getIn(path.slice(0, depth), true);
    if (!isNode(node) || !node.range) continue;
    line = source.lines.linePos(node.range[0]).line;
    break;
  }
  return new YamlFault(source.file, line, why);
}

/** `, did you mean "WORD"?` where a word is near enough, else nothing. */
export function didYouMean(word: string, words: readonly string[]): string {
  const near = words
    .map((one) => ({ one, distance: distanceOf(word.toLowerCase(), one.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)[0];
  return near && near.distance <= Math.max(2, Math.floor(word.length / 3)) ? `, did you mean "${near.one}"?` : '';
}

/** Edits of one character that make one word of the other (Levenshtein). Words beyond 60 characters are not compared. */
function distanceOf(a: string, b: string): number {
  if (a.length > 60 || b.length > 60) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  allOf?: JsonSchema[];
}

/** The keys that a schema knows at a path. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at = [z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema].flatMap(alternatives);
  for (const step of path) {
    at = at.flatMap((one) => {
      const more = typeof one.additionalProperties === 'object' ? one.additionalProperties : undefined;
      const next = typeof step === 'number' ? one.items : (one.properties?.[String(step)] ?? more);
      return next ? alternatives(next) : [];
    });
  }
  return at.flatMap((one) => Object.keys(one.properties ?? {}));
}

function alternatives(schema: JsonSchema): JsonSchema[] {
  return [schema, ...[...(schema.anyOf ?? []), ...(schema.allOf ?? [])].flatMap(alternatives)];
}

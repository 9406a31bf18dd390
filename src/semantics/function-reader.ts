// SPDX-License-Identifier: GPL-2.0-or-later
// Reads the functions that a series changes, each version once: what they do, and what is known of their lines.

import type { AppliedSeries } from '../tree/values.ts';
import { factsOf, REVERSE_MAP_STRUCTS } from './facts.ts';
import { addTypes, emptyTypes, type FieldTypes, TYPE_HEADERS } from './field-types.ts';
import type { FileSemantics } from './file-semantics.ts';
import type { FunctionDelta, FunctionSide } from './function-changes.ts';
import { readBase } from './history.ts';
import { type LineFacts, lineFacts } from './line-facts.ts';
import { cParser, type Parser } from './parser.ts';
import { syntaxOf } from './syntax.ts';
import { tokenize } from './tokens.ts';
import type { ChangedFunction, ChangedLine, FunctionFacts, Unreadable } from './values.ts';

interface ReadFunction {
  facts: FunctionFacts;
  lines: Map<number, LineFacts>;
}

export class FunctionReader {
  private readonly parser: Parser;
  private readonly types: FieldTypes;
  private readonly structs: ReadonlySet<string>;
  private readonly known = new Map<string, ReadFunction | string>();

  private constructor(parser: Parser, types: FieldTypes, structs: ReadonlySet<string>) {
    this.parser = parser;
    this.types = types;
    this.structs = structs;
  }

  /** In: a series and what was read of its files. Headers of the base say what members point to. */
  static async of(applied: AppliedSeries, files: readonly FileSemantics[]): Promise<FunctionReader> {
    const types = emptyTypes();
    const touched = new Set(files.map(({ path }) => path));
    if (files.some(({ functions, steps }) => functions.length + steps.length > 0)) {
      for (const path of TYPE_HEADERS) {
        const laid = applied.under?.get(path);
        const text = touched.has(path) ? null : (laid?.toString('utf8') ?? (await readBase(applied.tree, path)));
        if (text !== null) addTypes(types, tokenize(text));
      }
    }
    for (const { versions } of files) {
      for (const version of [versions[0], versions.at(-1)]) if (version?.tokens) addTypes(types, version.tokens);
    }
    const changed = files.flatMap(({ structs, steps }) => [...structs, ...steps.flatMap((step) => step.structs)]);
    const structs = new Set([...REVERSE_MAP_STRUCTS, ...changed.map(({ name }) => name)]);
    return new FunctionReader(await cParser(), types, structs);
  }

  /** What functions do on both sides, by name. */
  factsOf(deltas: readonly FunctionDelta[]): Map<string, FunctionFacts[]> {
    const found = new Map<string, FunctionFacts[]>();
    for (const { name, before, after } of deltas) {
      const read = [this.read(before), this.read(after)];
      found.set(name, [
        ...(found.get(name) ?? []),
        ...read.flatMap((one) => (typeof one === 'object' ? one.facts : [])),
      ]);
    }
    return found;
  }

  /** The function as the room hands it on. */
  changed({ before, after, unreadable, ...rest }: FunctionDelta): ChangedFunction {
    const [old, now] = [this.read(before), this.read(after)];
    const bad = unreadable || typeof now === 'string' || typeof old === 'string';
    return {
      ...rest,
      ...(bad ? { unreadable: true as const } : {}),
      ...(before === undefined ? {} : { base: placeOf(before) }),
      ...(typeof old === 'object' ? { before: old.facts } : {}),
      ...(typeof now === 'object' ? { after: now.facts } : {}),
    };
  }

  /** The changed lines of a file with what its functions' trees say of them. */
  lines({ changedLines, functions }: FileSemantics): ChangedLine[] {
    const known = new Map<number, LineFacts>();
    for (const { after } of functions) {
      const read = this.read(after);
      if (typeof read === 'object') for (const [line, facts] of read.lines) known.set(line, facts);
    }
    return changedLines.map((one) => {
      const { statement, errorPath, enabled } = known.get(one.line) ?? {};
      const condition = one.condition ?? enabled;
      return {
        ...one,
        ...(statement ? { statement } : {}),
        ...(errorPath === undefined ? {} : { errorPath }),
        ...(condition === undefined ? {} : { condition }),
      };
    });
  }

  /** Functions of the final file that changed and that the parser cannot read; half of what they do is never told. */
  unreadable({ path, functions }: FileSemantics): Unreadable[] {
    return functions.flatMap(({ name, after }) => {
      const read = this.read(after);
      return typeof read === 'string' ? [{ path, function: name, why: read }] : [];
    });
  }

  /** A string says why it cannot be read; undefined is asked for nothing. */
  private read(side: FunctionSide | undefined): ReadFunction | string | undefined {
    if (side === undefined) return undefined;
    const { path, version, made } = side;
    // Offsets are part of what is read: the same text elsewhere in the file is another.
    const key = `${version.patch} ${made.start} ${path}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const { prepared, tokens, helpers } = version;
    if (prepared === undefined || tokens === undefined) return 'the file cannot be read';
    const tree = syntaxOf(this.parser, prepared, made);
    const { types, structs } = this;
    const { source } = tokens;
    const read =
      typeof tree === 'string'
        ? tree
        : { facts: factsOf(tree, { source, types, structs, helpers }), lines: lineFacts(tree, source) };
    this.known.set(key, read);
    return read;
  }
}

const placeOf = ({ path, made }: FunctionSide): NonNullable<ChangedFunction['base']> => ({
  file: path,
  startLine: made.startLine,
  endLine: made.endLine,
});

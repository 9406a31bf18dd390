// SPDX-License-Identifier: GPL-2.0-or-later
// One version of a C file: its tokens and its outline, and what is asked of single functions of it.

import type { Caches } from './facts.ts';
import { memoryCall } from './memory-names.ts';
import { type NamedMacro, namedMacros } from './named-macros.ts';
import { type Outline, type OutlineFunction, outline } from './outline.ts';
import type { Pieces } from './outside.ts';
import { type Prepared, prepare } from './prepass.ts';
import { firstTokenAt, type Token, type Tokens, tokenize } from './tokens.ts';

const NOTHING: Outline = { functions: [], structs: [], macros: [], unreadable: [], restHash: '' };

export class Version {
  /** The patch that made it; 0 for the base. */
  readonly patch: number;
  /** Undefined where there is no such file. */
  readonly tokens: Tokens | undefined;
  /** Undefined where there is no file, or its brackets cannot be paired. */
  readonly prepared: Prepared | undefined;
  readonly outline: Outline;
  #helpers: Map<string, Caches> | undefined;
  #macros: Map<string, NamedMacro> | undefined;

  private constructor(patch: number, tokens: Tokens | undefined, prepared: Prepared | undefined, made: Outline) {
    this.patch = patch;
    this.tokens = tokens;
    this.prepared = prepared;
    this.outline = made;
  }

  /** In: the patch and the file's text after it, null where there is none; what was read of other versions. */
  static async of(patch: number, text: string | null, pieces: Pieces): Promise<Version> {
    if (text === null) return new Version(patch, undefined, undefined, NOTHING);
    const tokens = tokenize(text);
    const prepared = prepare(tokens);
    const made = await outline(text, { tokens, prepared, pieces, parse: () => false });
    return new Version(patch, tokens, typeof prepared === 'string' ? undefined : prepared, made);
  }

  /** Texts of the tokens of a function, the definition's head included. */
  textsOf(made: OutlineFunction): string[] {
    return this.#tokensOf(made).map((token) => token.text);
  }

  /** Functions of this file that call a slab cache themselves, with the cache's variable. */
  get helpers(): Map<string, Caches> {
    this.#helpers ??= this.#findHelpers();
    return this.#helpers;
  }

  /** Exports, static keys, parameters. */
  get macros(): Map<string, NamedMacro> {
    this.#macros ??= namedMacros(this.tokens);
    return this.#macros;
  }

  #tokensOf({ start, end }: OutlineFunction): Token[] {
    const tokens = this.tokens?.tokens ?? [];
    return tokens.slice(firstTokenAt(tokens, start), firstTokenAt(tokens, end));
  }

  #findHelpers(): Map<string, Caches> {
    const helpers = new Map<string, Caches>();
    if (this.tokens?.source.includes('kmem_cache_') !== true) return helpers;
    for (const made of this.outline.functions) {
      const tokens = this.#tokensOf(made);
      const allocates = new Set<string>();
      const frees = new Set<string>();
      for (const [i, { text }] of tokens.entries()) {
        if (!text.startsWith('kmem_cache_') || tokens[i + 1]?.text !== '(') continue;
        const call = memoryCall(text);
        const cache = tokens[i + 2];
        if (call === undefined || cache?.kind !== 'word' || tokens[i + 3]?.text !== ',') continue;
        (call.does === 'allocates' ? allocates : frees).add(cache.text);
      }
      if (allocates.size + frees.size > 0) helpers.set(made.name, { allocates, frees });
    }
    return helpers;
  }
}

// SPDX-License-Identifier: GPL-2.0-or-later
// Macros at the outermost level of a C file that say something to the outside: exported symbols, static keys, boot and
// module parameters. Two versions of a file -> which of them differ.

import type { Tokens } from './tokens.ts';
import type { ChangedSwitch, ChangeStatus } from './values.ts';

export interface NamedMacro {
  kind: 'export' | ChangedSwitch['kind'];
  symbol: string;
  /** The macro's own name, as "EXPORT_SYMBOL_GPL". */
  macro: string;
  /** The whole invocation, to tell whether it differs. */
  text: string;
}

export interface MacroChange {
  kind: NamedMacro['kind'];
  symbol: string;
  change: ChangeStatus;
  before: NamedMacro | undefined;
  after: NamedMacro | undefined;
}

/** Tokens of an invocation that are compared; real ones have under ten. */
const ARGUMENTS_MAX = 40;

/** All of them; most words of a file are none. */
const ANY = /^(?:EXPORT_SYMBOL|DEFINE_STATIC|DECLARE_STATIC|early_param|__setup|core_param|module_param)/;

const KINDS: readonly [RegExp, NamedMacro['kind']][] = [
  [/^EXPORT_SYMBOL/, 'export'],
  [/^(?:DEFINE|DECLARE)_STATIC_KEY/, 'static-key'],
  [/^(?:early_param|__setup|__setup_param|core_param)$/, 'boot-parameter'],
  [/^module_param/, 'module-parameter'],
];

/** All of a file, by kind and symbol. */
export function namedMacros(all: Tokens | undefined): Map<string, NamedMacro> {
  const found = new Map<string, NamedMacro>();
  const tokens = all?.tokens ?? [];
  for (const [i, token] of tokens.entries()) {
    if (token.kind !== 'word' || token.directive >= 0 || tokens[i + 1]?.text !== '(') continue;
    if (!ANY.test(token.text)) continue;
    const kind = KINDS.find(([form]) => form.test(token.text))?.[1];
    const argument = tokens[i + 2];
    if (kind === undefined || (argument?.kind !== 'word' && argument?.kind !== 'literal')) continue;
    // __setup("transparent_hugepage=", ...) is the parameter transparent_hugepage.
    const symbol = argument.text.replace(/^"|=?"$/g, '');
    const texts = tokens.slice(i, i + ARGUMENTS_MAX).map((one) => one.text);
    const end = texts.indexOf(')');
    const text = texts.slice(0, end < 0 ? undefined : end).join(' ');
    found.set(`${kind} ${symbol}`, { kind, symbol, macro: token.text, text });
  }
  return found;
}

/** What differs between two versions, or two sets of versions, of what they name. */
export function compareMacros(
  before: ReadonlyMap<string, NamedMacro>,
  after: ReadonlyMap<string, NamedMacro>,
): MacroChange[] {
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort();
  return keys.flatMap((key) => {
    const [old, now] = [before.get(key), after.get(key)];
    const one = now ?? old;
    if (one === undefined || old?.text === now?.text) return [];
    const change = old === undefined ? 'added' : now === undefined ? 'removed' : 'changed';
    return [{ kind: one.kind, symbol: one.symbol, change, before: old, after: now }];
  });
}

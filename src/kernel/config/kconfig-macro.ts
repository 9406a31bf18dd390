// SPDX-License-Identifier: GPL-2.0-or-later
// Kconfig's macro language, Documentation/kbuild/kconfig-macro-language.rst. Nothing is ever executed: whatever would run
// a program of the host (shell, success, cc-option, ...) is answered from a table, or "n", and recorded.
import { syntax } from './kconfig-expr.ts';
import { KCONFIG_EXPANSIONS_MAX, KCONFIG_LINE_CHARS_MAX, KCONFIG_NESTING_MAX } from './limits.ts';
import type { MacroUse, Place } from './values.ts';

/** What the machine's environment is; the values of variables that kbuild exports. */
const ENVIRONMENT: Record<string, string> = {
  ARCH: 'x86',
  SRCARCH: 'x86',
  UTS_MACHINE: 'x86_64',
  SUBARCH: 'x86',
  srctree: '.',
  comma: ',',
};

/** Variables and calls of one Kconfig read. */
export class Macros {
  readonly unanswered: MacroUse[] = [];
  private readonly variables = new Map<string, { text: string; immediate: boolean }>();
  private expansions = 0;

  /** `NAME = text`, `NAME := text`, `NAME += text`. */
  assign(name: string, operator: string, text: string, place: Place): void {
    const old = this.variables.get(name);
    if (operator === '+=' && old !== undefined) {
      const more = old.immediate ? this.expand(text, place) : text;
      if (old.text.length + more.length > KCONFIG_LINE_CHARS_MAX) throw syntax(place, `${name}: value too long`);
      this.variables.set(name, { text: `${old.text} ${more}`, immediate: old.immediate });
    } else if (operator === ':=') this.variables.set(name, { text: this.expand(text, place), immediate: true });
    else this.variables.set(name, { text, immediate: false });
  }

  /** Replaces each `$(...)` of a line; a trailing comment is cut off first. */
  expandLine(line: string, place: Place): string {
    let quote = '';
    let out = '';
    for (let i = 0; i < line.length; i++) {
      const c = line[i] as string;
      if (c === '\\' && quote !== '') {
        out += c + (line[++i] ?? '');
      } else if (c === '#' && quote === '') {
        break;
      } else if (c === '$' && line[i + 1] === '(') {
        const end = closing(line, i + 1, place);
        const value = this.call(line.slice(i + 2, end), [], place, 0);
        // A bare empty word in an expression is the empty constant, which is n; alone on a line it is nothing.
        out += value === '' && quote === '' && out !== '' ? 'n' : value;
        i = end;
      } else {
        if (c === quote) quote = '';
        else if (quote === '' && (c === '"' || c === "'")) quote = c;
        out += c;
      }
      if (out.length > KCONFIG_LINE_CHARS_MAX) throw syntax(place, 'line too long after macro expansion');
    }
    return out;
  }

  private expand(text: string, place: Place, args: string[] = [], depth = 0): string {
    let out = '';
    for (let i = 0; i < text.length; i++) {
      if (text[i] === '$' && text[i + 1] === '(') {
        const end = closing(text, i + 1, place);
        out += this.call(text.slice(i + 2, end), args, place, depth + 1);
        i = end;
      } else out += text[i];
      if (out.length > KCONFIG_LINE_CHARS_MAX) throw syntax(place, 'text too long after macro expansion');
    }
    return out;
  }

  private call(inner: string, args: string[], place: Place, depth: number): string {
    if (depth > KCONFIG_NESTING_MAX) throw syntax(place, 'macros nested too deeply');
    if (++this.expansions > KCONFIG_EXPANSIONS_MAX) throw syntax(place, 'too many macro expansions');
    const parts = splitArguments(inner, place).map((part) => this.expand(part, place, args, depth));
    const name = (parts[0] ?? '').trim();
    if (/^\d+$/.test(name)) return args[Number(name) - 1] ?? '';
    const variable = this.variables.get(name);
    if (variable !== undefined)
      return variable.immediate ? variable.text : this.expand(variable.text, place, parts.slice(1), depth);
    if (name === 'filename') return place.file;
    if (name === 'lineno') return String(place.line);
    // info, warning-if and error-if print; what they would print rests on answers that we do not have.
    if (name === 'info' || name === 'warning-if' || name === 'error-if') return '';
    const known = parts.length === 1 ? ENVIRONMENT[name] : undefined;
    if (known !== undefined && Object.hasOwn(ENVIRONMENT, name)) return known;
    const answer = parts.length === 1 ? '' : 'n';
    this.unanswered.push({ macro: `$(${inner.slice(0, 200)})`, answer, file: place.file, line: place.line });
    return answer;
  }
}

/** Index of the parenthesis that closes the one at `open`. */
function closing(text: string, open: number, place: Place): number {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')' && --depth === 0) return i;
  }
  throw syntax(place, 'unterminated reference to a macro');
}

/** Cuts `name,a,b` at the commas outside parentheses. */
function splitArguments(inner: string, place: Place): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < inner.length; i++) {
    if (inner[i] === '(') depth++;
    else if (inner[i] === ')') depth--;
    else if (inner[i] === ',' && depth === 0) {
      parts.push(inner.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(inner.slice(start));
  if (parts.length > 1000) throw syntax(place, 'too many macro arguments');
  return parts;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// Evaluates parsed Kconfig by kconfig's own rules (scripts/kconfig/symbol.c, as documented in kconfig-language.rst).
// In: Kconfig, answers (a .config), what the architecture selects, values of symbols defined elsewhere.
// Out: every symbol's value. Modules are off: m becomes y.
import { InputError } from '../../errors.ts';
import { isConstantName, symbolsOf } from './kconfig-expr.ts';
import { KCONFIG_ROUNDS_MAX, KCONFIG_SYMBOLS_MAX, KCONFIG_VALUE_CHARS_MAX, KCONFIG_WORK_MAX } from './limits.ts';
import type { Choice, Definition, Expr, Kconfig, SymbolType, Tristate } from './values.ts';

export interface Answers {
  /** Answers to prompts, as in a .config: symbol -> "y", "n", "m", number or text. */
  user: ReadonlyMap<string, string>;
  /** Symbols that code outside the parsed files selects. */
  selected: ReadonlySet<string>;
  /** Values of symbols that the parsed files do not define. */
  outside: ReadonlyMap<string, string>;
}

export interface Evaluation {
  /** Symbols that would stand in autoconf.h: y, a number, a text. */
  values: Map<string, string>;
  /** Type of each defined symbol; outside symbols are absent. */
  types: Map<string, SymbolType>;
  /** Symbols referred to that nobody defines and `outside` does not name: n. */
  unclaimed: string[];
  /** Symbols selected although their own dependencies are not met. */
  unmet: string[];
}

interface Sym {
  name: string;
  type: SymbolType | undefined;
  definitions: Definition[];
  selectedBy: { by: Sym; when: Expr[] }[];
  impliedBy: { by: Sym; when: Expr[] }[];
  value: string;
  written: boolean;
}

/** Evaluates to a fixpoint. InputError where the symbols depend on themselves without ever settling. */
export function evaluateKconfig(kconfig: Kconfig, answers: Answers): Evaluation {
  return new Evaluator(kconfig, answers).run();
}

/** y and m as numbers; everything else is n. */
function tristate(value: string | undefined): Tristate {
  return value === 'y' ? 2 : value === 'm' ? 1 : 0;
}

class Evaluator {
  private readonly kconfig: Kconfig;
  private readonly answers: Answers;
  private readonly symbols = new Map<string, Sym>();
  private readonly unmet = new Set<string>();
  private work = 0;
  private readonly chosen: (string | undefined)[] = [];

  constructor(kconfig: Kconfig, answers: Answers) {
    this.kconfig = kconfig;
    this.answers = answers;
    for (const definition of kconfig.definitions) {
      const symbol = this.symbol(definition.name);
      symbol.definitions.push(definition);
      if (definition.type !== undefined) {
        if (symbol.type !== undefined && symbol.type !== definition.type)
          throw new InputError(
            `${definition.file}:${definition.line}: Kconfig: ${symbol.name} is ${symbol.type} elsewhere`,
          );
        symbol.type = definition.type;
      }
    }
    for (const definition of kconfig.definitions) {
      const by = this.symbol(definition.name);
      for (const [list, key] of [
        [definition.selects, 'selectedBy'],
        [definition.implies, 'impliedBy'],
      ] as const)
        for (const { name, condition } of list)
          this.symbol(name)[key].push({
            by,
            when: condition === undefined ? definition.depends : [...definition.depends, condition],
          });
    }
  }

  run(): Evaluation {
    // One pass in order of definition settles most; repeated until nothing moves, which is what recursion would give.
    for (let round = 0; ; round++) {
      const moved = this.pass();
      if (moved.length === 0) break;
      if (round >= KCONFIG_ROUNDS_MAX)
        throw new InputError(`Kconfig: recursive dependency among ${moved.slice(0, 5).join(', ')}`);
    }
    const values = new Map<string, string>();
    const types = new Map<string, SymbolType>();
    for (const symbol of this.symbols.values()) {
      if (symbol.type !== undefined) types.set(symbol.name, symbol.type);
      const numeric = symbol.type === 'int' || symbol.type === 'hex' || symbol.type === 'string';
      if (numeric ? symbol.written : symbol.value === 'y') values.set(symbol.name, symbol.value);
    }
    for (const [name, value] of this.answers.outside)
      if (!this.defined(name) && value !== 'n' && !values.has(name)) values.set(name, value);
    return { values, types, unclaimed: this.unclaimed(), unmet: [...this.unmet].sort() };
  }

  private symbol(name: string): Sym {
    let symbol = this.symbols.get(name);
    if (symbol === undefined) {
      if (this.symbols.size >= KCONFIG_SYMBOLS_MAX) throw new InputError('Kconfig: too many symbols');
      symbol = { name, type: undefined, definitions: [], selectedBy: [], impliedBy: [], value: '', written: false };
      this.symbols.set(name, symbol);
    }
    return symbol;
  }

  private defined(name: string): boolean {
    return (this.symbols.get(name)?.definitions.length ?? 0) > 0;
  }

  private pass(): string[] {
    this.unmet.clear();
    const moved: string[] = [];
    this.kconfig.choices.forEach((choice, index) => {
      this.chosen[index] = this.choose(choice);
    });
    for (const symbol of this.symbols.values()) {
      const before = symbol.value;
      const written = symbol.written;
      this.calculate(symbol);
      if (symbol.value !== before || symbol.written !== written) moved.push(symbol.name);
    }
    return moved;
  }

  private calculate(symbol: Sym): void {
    if (symbol.definitions.length === 0) {
      const outside = this.answers.outside.get(symbol.name) ?? 'n';
      symbol.value = this.pulled(symbol) ? 'y' : outside;
    } else if (symbol.type === 'string' || symbol.type === 'int' || symbol.type === 'hex') this.calculateText(symbol);
    else this.calculateBool(symbol);
  }

  private pulled(symbol: Sym): boolean {
    if (this.answers.selected.has(symbol.name)) return true;
    return symbol.selectedBy.some(({ by, when }) => this.truth(by) > 0 && this.all(when) > 0);
  }

  private calculateBool(symbol: Sym): void {
    const choice = symbol.definitions.find((definition) => definition.choice !== undefined)?.choice;
    const visible = this.visibility(symbol);
    if (choice !== undefined) {
      symbol.value = visible > 0 && this.chosen[choice] === symbol.name ? 'y' : 'n';
      return;
    }
    let value: Tristate = 0;
    const user = this.answers.user.get(symbol.name);
    if (visible > 0 && user !== undefined) value = least(tristate(user), visible);
    else {
      const chosen = this.defaultOf(symbol);
      if (chosen !== undefined) value = least(this.evaluate(chosen.value), this.all(chosen.when));
      const implied = symbol.impliedBy.some(({ by, when }) => this.truth(by) > 0 && this.all(when) > 0);
      if (implied && this.dependencies(symbol) > 0) value = 2;
    }
    if (this.pulled(symbol)) {
      if (this.dependencies(symbol) === 0) this.unmet.add(symbol.name);
      value = 2;
    }
    symbol.value = value > 0 ? 'y' : 'n';
    symbol.written = value > 0 && !symbol.definitions.some((definition) => definition.transitional);
    if (symbol.definitions.some((definition) => definition.transitional) && user === undefined) symbol.value = 'n';
  }

  private calculateText(symbol: Sym): void {
    const user = this.answers.user.get(symbol.name);
    const chosen = this.defaultOf(symbol);
    const visible = this.visibility(symbol) > 0;
    let value = symbol.type === 'string' ? '' : symbol.type === 'hex' ? '0x0' : '0';
    if (visible && user !== undefined) value = user;
    else if (chosen !== undefined) value = this.text(chosen.value);
    if (symbol.type !== 'string') value = this.inRange(symbol, value);
    symbol.value = value.slice(0, KCONFIG_VALUE_CHARS_MAX);
    symbol.written = visible || chosen !== undefined;
  }

  /** The first `default` whose condition and the entry's dependencies hold. */
  private defaultOf(symbol: Sym): { value: Expr; when: Expr[] } | undefined {
    for (const definition of symbol.definitions)
      for (const { value, condition } of definition.defaults) {
        const when = condition === undefined ? definition.depends : [...definition.depends, condition];
        if (this.all(when) > 0) return { value, when };
      }
    return undefined;
  }

  private inRange(symbol: Sym, value: string): string {
    for (const definition of symbol.definitions)
      for (const { low, high, condition } of definition.ranges) {
        if (this.all(definition.depends) === 0 || (condition !== undefined && this.evaluate(condition) === 0)) continue;
        const [at, from, to] = [value, this.text(low), this.text(high)].map(integer);
        if (at === undefined || from === undefined || to === undefined) return value;
        if (at >= from && at <= to) return value;
        const bound = at < from ? from : to;
        return symbol.type === 'hex' ? `0x${bound.toString(16)}` : String(bound);
      }
    return value;
  }

  private visibility(symbol: Sym): Tristate {
    let most: Tristate = 0;
    for (const definition of symbol.definitions)
      for (const { condition } of definition.prompts) {
        const parts = [...definition.depends, ...definition.visible];
        if (condition !== undefined) parts.push(condition);
        if (definition.choice !== undefined && this.choiceVisibility(definition.choice) === 0) continue;
        const visible = this.all(parts);
        if (visible > most) most = visible;
      }
    return most > 0 ? 2 : 0;
  }

  private choiceVisibility(index: number): Tristate {
    const choice = this.kconfig.choices[index];
    if (choice === undefined) return 0;
    const around = this.all([...choice.depends, ...choice.visible]);
    if (around === 0) return 0;
    return choice.prompts.some(({ condition }) => condition === undefined || this.evaluate(condition) > 0) ? 2 : 0;
  }

  /** The member of a choice that is y: an answer of y, else the first default that can be seen, else the first seen. */
  private choose(choice: Choice): string | undefined {
    const seen = choice.members.filter((name) => this.visibility(this.symbol(name)) > 0);
    const answered = seen.find((name) => this.answers.user.get(name) === 'y');
    if (answered !== undefined) return answered;
    if (choice.optional) return undefined;
    const open = seen.filter((name) => this.answers.user.get(name) !== 'n');
    for (const { value, condition } of choice.defaults)
      if (value.op === 'symbol' && open.includes(value.name))
        if (condition === undefined || this.evaluate(condition) > 0) return value.name;
    return open[0] ?? seen[0];
  }

  private dependencies(symbol: Sym): Tristate {
    let most: Tristate = 0;
    for (const definition of symbol.definitions) {
      const value = this.all(definition.depends);
      if (value > most) most = value;
    }
    return most;
  }

  private all(parts: readonly Expr[]): Tristate {
    let value: Tristate = 2;
    for (const part of parts) value = least(value, this.evaluate(part));
    return value;
  }

  private truth(symbol: Sym): Tristate {
    if (symbol.type === 'string' || symbol.type === 'int' || symbol.type === 'hex') return 0;
    return tristate(symbol.value);
  }

  private evaluate(expr: Expr): Tristate {
    if (++this.work > KCONFIG_WORK_MAX) throw new InputError('Kconfig: too much to evaluate');
    switch (expr.op) {
      case 'symbol': {
        if (isConstantName(expr.name)) return tristate(expr.name);
        const symbol = this.symbols.get(expr.name);
        return symbol === undefined ? tristate(this.answers.outside.get(expr.name)) : this.truth(symbol);
      }
      case 'constant':
        return tristate(expr.value);
      case 'not':
        return (2 - this.evaluate(expr.of)) as Tristate;
      case 'and':
        return expr.of.reduce<Tristate>((value, part) => least(value, this.evaluate(part)), 2);
      case 'or':
        return expr.of.reduce<Tristate>((value, part) => Math.max(value, this.evaluate(part)) as Tristate, 0);
      default:
        return compare(expr.op, this.text(expr.left), this.text(expr.right)) ? 2 : 0;
    }
  }

  /** The value as text, for comparisons, string defaults and ranges. */
  private text(expr: Expr): string {
    if (expr.op === 'constant') return expr.value;
    if (expr.op !== 'symbol') return ['n', 'm', 'y'][this.evaluate(expr)] as string;
    if (isConstantName(expr.name)) return expr.name;
    const symbol = this.symbols.get(expr.name);
    if (symbol !== undefined) return symbol.value === '' && symbol.type === undefined ? 'n' : symbol.value;
    // A name nobody defines stands for itself where it cannot be a symbol, such as a file name.
    return this.answers.outside.get(expr.name) ?? (/^[A-Z0-9_]+$/.test(expr.name) ? 'n' : expr.name);
  }

  private unclaimed(): string[] {
    const missing = new Set<string>();
    const need = (name: string) => {
      if (!this.defined(name) && !this.answers.outside.has(name) && /^[A-Z0-9_]+$/.test(name)) missing.add(name);
    };
    const needAll = (expr: Expr | undefined) => {
      if (expr !== undefined) for (const name of symbolsOf(expr)) need(name);
    };
    for (const definition of [...this.kconfig.definitions, ...this.kconfig.choices]) {
      for (const expr of [...definition.depends, ...definition.visible]) needAll(expr);
      for (const { condition } of definition.prompts) needAll(condition);
      for (const { value, condition } of definition.defaults) {
        needAll(value);
        needAll(condition);
      }
    }
    for (const definition of this.kconfig.definitions) {
      for (const { condition } of [...definition.selects, ...definition.implies]) needAll(condition);
      for (const { low, high, condition } of definition.ranges)
        for (const expr of [low, high, condition]) needAll(expr);
    }
    return [...missing].sort();
  }
}

function least(a: Tristate, b: Tristate): Tristate {
  return a < b ? a : b;
}

/** Decimal or 0x integer; undefined for anything else. */
function integer(text: string | undefined): bigint | undefined {
  if (text === undefined || text.length > 40 || !/^-?(?:\d+|0[xX][0-9a-fA-F]+)$/.test(text)) return undefined;
  return text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text);
}

/** As numbers where both are, else as texts. */
function compare(op: '=' | '!=' | '<' | '<=' | '>' | '>=', left: string, right: string): boolean {
  const [a, b] = [integer(left), integer(right)];
  const order =
    a !== undefined && b !== undefined ? (a < b ? -1 : a > b ? 1 : 0) : left < right ? -1 : left > right ? 1 : 0;
  if (op === '=') return order === 0;
  if (op === '!=') return order !== 0;
  if (op === '<') return order < 0;
  if (op === '<=') return order <= 0;
  return op === '>' ? order > 0 : order >= 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// Tokens of a function body -> its statements as a tree. Written for kernel C: loops made by macros
// (list_for_each_entry(...) { }) are loops here, which a parser of the plain language cannot know.
import { RecipeError } from './errors.ts';
import { closing, type Token } from './lex.ts';
import { MAX_NESTING } from './limits.ts';

export interface Statement {
  kind: 'simple' | 'declaration' | 'if' | 'loop' | 'do' | 'switch' | 'block' | 'label';
  /** Offsets in the source, end exclusive, trailing comment not included. */
  start: number;
  end: number;
  /** The tokens that are the statement's own: all of a simple one, the header of a compound one. */
  head: Token[];
  /** if: then and, if there is one, else. Loop, do, switch: the body. Block: its statements. */
  children: Statement[];
  parent?: Statement;
}

const TYPE_WORDS = new Set(
  'struct union enum const static volatile unsigned signed int long short char bool void register extern typeof __typeof__ u8 u16 u32 u64'.split(
    ' ',
  ),
);
/** Macros that declare something: LIST_HEAD(x), VMA_ITERATOR(...), DEFINE_FOLIO_VMA_WALK(...), VMG_VMA_STATE(...). */
const DECLARING_MACRO = /^(LIST_HEAD|HLIST_HEAD|VMA_ITERATOR|MA_STATE|PAGETABLE_MOVE|(DEFINE|DECLARE)_\w+|\w+_STATE)$/;

class Reader {
  private readonly tokens: readonly Token[];
  private depth = 0;
  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  text(i: number): string {
    return this.tokens[i]?.text ?? '';
  }

  token(i: number): Token {
    const token = this.tokens[i];
    if (!token) throw new RecipeError('a statement runs past the end of its function');
    return token;
  }

  close(open: number): number {
    const end = closing(this.tokens, open);
    if (end < 0) throw new RecipeError(`"${this.text(open)}" is never closed`);
    return end;
  }

  /** Reads the statement at token i; returns it and the index after it. */
  read(i: number): [Statement, number] {
    if (++this.depth > MAX_NESTING) throw new RecipeError(`statements nest deeper than ${MAX_NESTING}`);
    const result = this.readOne(i);
    this.depth--;
    return result;
  }

  private readOne(i: number): [Statement, number] {
    const text = this.text(i);
    if (text === '{') return this.block(i);
    if (text === 'if') return this.branch(i);
    if (text === 'do') return this.doLoop(i);
    if (text === 'for' || text === 'while' || text === 'switch')
      return this.headed(i, text === 'switch' ? 'switch' : 'loop');
    if (text === 'case' || text === 'default') return this.label(i);
    if (this.token(i).kind === 'word' && this.text(i + 1) === ':') return this.label(i);
    if (this.isLoopMacro(i)) return this.headed(i, 'loop');
    return this.simple(i);
  }

  private make(kind: Statement['kind'], from: number, to: number, head: Token[], children: Statement[]): Statement {
    const made: Statement = { kind, start: this.token(from).start, end: this.token(to).end, head, children };
    for (const child of children) child.parent = made;
    return made;
  }

  private block(i: number): [Statement, number] {
    const end = this.close(i);
    const children: Statement[] = [];
    let at = i + 1;
    while (at < end) {
      const [child, next] = this.read(at);
      children.push(child);
      at = next;
    }
    return [this.make('block', i, end, [], children), end + 1];
  }

  private branch(i: number): [Statement, number] {
    const close = this.close(i + 1);
    const [then, next] = this.read(close + 1);
    const children = [then];
    let at = next;
    if (this.text(at) === 'else') {
      const [other, after] = this.read(at + 1);
      children.push(other);
      at = after;
    }
    return [this.make('if', i, at - 1, this.tokens.slice(i, close + 1), children), at];
  }

  private headed(i: number, kind: 'loop' | 'switch'): [Statement, number] {
    const close = this.close(i + 1);
    const head = this.tokens.slice(i, close + 1);
    const [body, next] = this.read(close + 1);
    return [this.make(kind, i, next - 1, head, [body]), next];
  }

  private doLoop(i: number): [Statement, number] {
    const [body, next] = this.read(i + 1);
    if (this.text(next) !== 'while') throw new RecipeError('do without while');
    const end = this.close(next + 1) + 1;
    return [this.make('do', i, end, this.tokens.slice(next, end), [body]), end + 1];
  }

  private label(i: number): [Statement, number] {
    let end = i;
    while (this.text(end) !== ':') this.token(++end);
    return [this.make('label', i, end, this.tokens.slice(i, end + 1), []), end + 1];
  }

  /** name(...) followed by a block or by another statement: a loop made by a macro. */
  private isLoopMacro(i: number): boolean {
    if (this.token(i).kind !== 'word' || this.text(i + 1) !== '(' || TYPE_WORDS.has(this.text(i))) return false;
    const after = this.tokens[this.close(i + 1) + 1];
    return after !== undefined && (after.text === '{' || after.kind === 'word');
  }

  private simple(i: number): [Statement, number] {
    let end = i;
    while (this.text(end) !== ';') {
      const text = this.token(end).text;
      if (text === '}') throw new RecipeError('a statement lacks its ";"');
      end = text === '(' || text === '[' || text === '{' ? this.close(end) + 1 : end + 1;
    }
    const head = this.tokens.slice(i, end + 1);
    return [this.make(isDeclaration(head) ? 'declaration' : 'simple', i, end, head, []), end + 1];
  }
}

/** Whether a simple statement declares something. Judged by its first tokens, as no types are known. */
function isDeclaration(head: readonly Token[]): boolean {
  const [first, second] = head;
  if (first?.kind !== 'word' || !second || /^(return|goto|break|continue|sizeof)$/.test(first.text)) return false;
  if (TYPE_WORDS.has(first.text) || DECLARING_MACRO.test(first.text)) return true;
  if (second.kind === 'word') return true;
  let k = 1;
  while (head[k]?.text === '*') k++;
  return k > 1 && head[k]?.kind === 'word' && /^(=|;|,)$/.test(head[k + 1]?.text ?? '');
}

/** Leaves out what stands between #else or #elif and its #endif, so that braces balance. */
function firstBranches(tokens: readonly Token[]): Token[] {
  const skipping: boolean[] = [];
  return tokens.filter((token) => {
    if (token.kind !== 'directive') return !skipping.includes(true);
    if (/^#\s*if/.test(token.text)) skipping.push(false);
    else if (/^#\s*el/.test(token.text) && skipping.length > 0) skipping[skipping.length - 1] = true;
    else if (/^#\s*endif/.test(token.text)) skipping.pop();
    return false;
  });
}

/**
 * The statements of a function body.
 *
 * In: the body's tokens, from its "{" to its "}". Out: the root block.
 * Throws RecipeError where the body cannot be read as statements.
 */
export function readBody(tokens: readonly Token[]): Statement {
  const plain = tokens.filter((token) => token.kind !== 'directive');
  try {
    return new Reader(plain).read(0)[0];
  } catch (error) {
    if (!(error instanceof RecipeError) || plain.length === tokens.length) throw error;
    // Conditional compilation that opens the same brace in each branch: read the first branch.
    return new Reader(firstBranches(tokens)).read(0)[0];
  }
}

/** A statement and everything below it, outermost first. */
export function* within(root: Statement): Generator<Statement> {
  yield root;
  for (const child of root.children) yield* within(child);
}

// SPDX-License-Identifier: GPL-2.0-or-later
// From code back to source. In: a linked module. Out: the lines file of an image (JSON), and the answers drawn from it:
// which source lines a place in the code stands for, inlined calls included, and which lines a run executed.
import { readFileSync } from 'node:fs';
import type { CheckedModule } from './checked/index.ts';
import { displayPath } from './diagnostics.ts';
import { readInlinedCalls } from './dwarf-inline.ts';
import { readLines } from './dwarf-line.ts';
import { pack, unpack } from './packed.ts';
import type { FunctionSpan, SourcePosition } from './values.ts';
import { readModule } from './wasm-module.ts';

/** The lines file. Number tables are packed (packed.ts), their columns named in the order they are stored. */
export interface LinesFile {
  /** File offset of the code section's content: V8's offsets less this are code offsets. */
  codeStart: number;
  files: string[];
  names: string[];
  /** offset, file, line. */
  rows: string;
  /** name, start, end. */
  functions: string;
  /** start, end, depth, name, callFile, callLine. */
  inlined: string;
  /** id, start, end. */
  blocks: string;
}

/**
 * Reads a module's debug information once, when it is linked. checked: what was made of it, and where its code went;
 * the lines are those of that module then.
 */
export function makeLines(module: Uint8Array, checked?: CheckedModule): LinesFile {
  const { codeStart, functions, blocks, debug } = readModule(module);
  const to = (offset: number): number => checked?.moves.to(offset) ?? offset;
  const lines = readLines(debug.get('.debug_line') ?? new Uint8Array(0));
  const inlined = readInlinedCalls(debug, lines.units);
  const names = new Map<string, number>();
  const name = (text: string) => {
    const known = names.get(text) ?? names.size;
    names.set(text, known);
    return known;
  };
  return {
    codeStart: checked?.codeStart ?? codeStart,
    files: lines.files.map(displayPath),
    rows: pack(lines.rows.map(({ offset, file, line }) => [to(offset), file, line])),
    functions: pack(functions.map((span) => [name(span.name), to(span.start), to(span.end)])),
    inlined: pack(inlined.map((c) => [to(c.start), to(c.end), c.depth, name(c.name), c.callFile, c.callLine])),
    blocks: pack(blocks.map(({ id, start, end }) => [id, to(start), to(end)])),
    names: [...names.keys()],
  };
}

/** A function of the source and how many of its lines a run executed. */
export interface LineCoverage {
  /** Lines that have instrumented code. */
  executable: Set<number>;
  executed: Set<number>;
}

export class Lines {
  readonly codeStart: number;
  readonly functions: FunctionSpan[];
  readonly #files: string[];
  readonly #names: string[];
  readonly #rows: Int32Array;
  readonly #inlined: Int32Array;
  readonly #blocks: Int32Array;

  constructor(file: LinesFile) {
    this.codeStart = file.codeStart;
    this.#files = file.files;
    this.#names = file.names;
    this.#rows = unpack(file.rows, 3);
    this.#inlined = unpack(file.inlined, 6);
    this.#blocks = unpack(file.blocks, 3);
    const spans = unpack(file.functions, 3);
    this.functions = [];
    for (let at = 0; at < spans.length; at += 3) {
      const [name = 0, start = 0, end = 0] = spans.subarray(at, at + 3);
      this.functions.push({ name: this.#names[name] ?? '?', start, end });
    }
  }

  /** linesFile: of an Image. */
  static load(linesFile: string): Lines {
    return new Lines(JSON.parse(readFileSync(linesFile, 'utf8')) as LinesFile);
  }

  /** Every source file that became code, paths as in SourcePosition. */
  get files(): string[] {
    return this.#files.filter((file) => file !== '');
  }

  /** How many instrumented blocks there are; their ids run from 1 to at least this. */
  get blockCount(): number {
    return this.#blocks.length / 3;
  }

  /**
   * The source of one code offset, innermost call first; several where calls were inlined there. Empty where the code
   * has no source. For a return address give the offset of the call itself.
   */
  frames(offset: number): SourcePosition[] {
    const outer = this.#functionAt(offset);
    if (outer === undefined) return [];
    let row = this.#rowAt(offset);
    // Line 0 marks what the compiler added: it belongs to the statement before it.
    while (row >= 0 && this.#rows[row + 1] === 0 && (this.#rows[row] ?? 0) > outer.start) row -= 3;
    let file = this.#rows[row + 1] ?? 0;
    let line = this.#rows[row + 2] ?? 0;
    if (file === 0) return [];
    const frames: SourcePosition[] = [];
    for (const at of this.#inlinedAt(offset, outer.start)) {
      const [, , , name = 0, callFile = 0, callLine = 0] = this.#inlined.subarray(at, at + 6);
      frames.push({ file: this.#files[file] ?? '?', line, function: this.#names[name] ?? '?' });
      file = callFile;
      line = callLine;
    }
    frames.push({ file: this.#files[file] ?? '?', line, function: outer.name });
    return frames;
  }

  /**
   * Lines by file. blocks: executed ids as [from, to) ranges. files: the source files asked for; undefined = all.
   */
  coverage(blocks: Iterable<[number, number]>, files?: ReadonlySet<string>): Map<string, LineCoverage> {
    const executed = new Set<number>();
    for (const [from, to] of blocks) for (let id = from; id < to; id++) executed.add(id);
    const wanted = this.#files.map((file) => file !== '' && (files === undefined || files.has(file)));
    const found = new Map<string, LineCoverage>();
    for (let at = 0; at < this.#blocks.length; at += 3) {
      const [id = 0, start = 0, end = 0] = this.#blocks.subarray(at, at + 3);
      this.#collect(start, end, executed.has(id), wanted, found);
    }
    return found;
  }

  /**
   * Executed lines of some files, run by run: run -> file -> lines. As coverage() for each run, but the tables are read
   * once. runs: executed ids as [from, to) ranges, packed.
   */
  byRun(runs: ReadonlyMap<string, string>, files: ReadonlySet<string>): Map<string, Map<string, Set<number>>> {
    const wanted = this.#files.map((file) => files.has(file));
    const blocks: { id: number; lines: Map<string, LineCoverage> }[] = [];
    for (let at = 0; at < this.#blocks.length; at += 3) {
      const [id = 0, start = 0, end = 0] = this.#blocks.subarray(at, at + 3);
      const lines = new Map<string, LineCoverage>();
      this.#collect(start, end, true, wanted, lines);
      if (lines.size > 0) blocks.push({ id, lines });
    }
    blocks.sort((a, b) => a.id - b.id);
    return new Map([...runs].map(([name, ranges]) => [name, executedOf(blocks, unpack(ranges, 2))]));
  }

  /** Blocks that have code of some lines, as [from, to) ranges. In: lines by file. */
  blocksOn(lines: ReadonlyMap<string, ReadonlySet<number>>): [number, number][] {
    const wanted = this.#files.map((file) => lines.has(file));
    const ids: number[] = [];
    for (let at = 0; at < this.#blocks.length; at += 3) {
      const [id = 0, start = 0, end = 0] = this.#blocks.subarray(at, at + 3);
      const found = new Map<string, LineCoverage>();
      this.#collect(start, end, true, wanted, found);
      for (const [file, { executed }] of found) {
        if (![...executed].some((line) => lines.get(file)?.has(line))) continue;
        ids.push(id);
        break;
      }
    }
    const ranges: [number, number][] = [];
    for (const id of ids.sort((a, b) => a - b)) {
      const last = ranges.at(-1);
      if (last?.[1] === id) last[1] = id + 1;
      else ranges.push([id, id + 1]);
    }
    return ranges;
  }

  /** Functions that code of others was made of, by who holds the code: what a call graph of the code alone misses. */
  inlinedCalls(): [holder: string, inlined: string][] {
    const calls: [string, string][] = [];
    for (let at = 0; at < this.#inlined.length; at += 6) {
      const [start = 0, , , name = 0] = this.#inlined.subarray(at, at + 6);
      const holder = this.#functionAt(start);
      if (holder) calls.push([holder.name, this.#names[name] ?? '?']);
    }
    return calls;
  }

  #collect(start: number, end: number, executed: boolean, wanted: boolean[], found: Map<string, LineCoverage>): void {
    for (let row = Math.max(0, this.#rowAt(start)); row < this.#rows.length; row += 3) {
      const [offset = 0, file = 0, line = 0] = this.#rows.subarray(row, row + 3);
      if (offset >= end) return;
      // A row that the next one replaces at the same place, or before the block, has no code in the block.
      if (Math.max(offset, start) >= (this.#rows[row + 3] ?? Number.POSITIVE_INFINITY) || !wanted[file]) continue;
      const name = this.#files[file] ?? '';
      const coverage = found.get(name) ?? { executable: new Set<number>(), executed: new Set<number>() };
      found.set(name, coverage);
      coverage.executable.add(line);
      if (executed) coverage.executed.add(line);
    }
  }

  /** Index of the last row at or before an offset; -3 where there is none. */
  #rowAt(offset: number): number {
    return lastAtOrBefore(this.#rows, 3, offset);
  }

  #functionAt(offset: number): FunctionSpan | undefined {
    let low = 0;
    let high = this.functions.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const span = this.functions[middle];
      if (!span) return undefined;
      if (offset < span.start) high = middle - 1;
      else if (offset >= span.end) low = middle + 1;
      else return span;
    }
    return undefined;
  }

  /** Inlined calls around an offset of the function that begins at `from`, the innermost first. */
  #inlinedAt(offset: number, from: number): number[] {
    const around: number[] = [];
    for (let at = lastAtOrBefore(this.#inlined, 6, offset); at >= 0; at -= 6) {
      if ((this.#inlined[at] ?? 0) < from) break;
      if ((this.#inlined[at + 1] ?? 0) > offset) around.push(at);
    }
    return around.sort((a, b) => (this.#inlined[b + 2] ?? 0) - (this.#inlined[a + 2] ?? 0));
  }
}

/** blocks: ascending by id. ranges: from, to, from, to, ascending. */
function executedOf(
  blocks: readonly { id: number; lines: Map<string, LineCoverage> }[],
  ranges: Int32Array,
): Map<string, Set<number>> {
  const found = new Map<string, Set<number>>();
  let range = 0;
  for (const { id, lines } of blocks) {
    while (range < ranges.length && (ranges[range + 1] ?? 0) <= id) range += 2;
    if (id < (ranges[range] ?? Number.POSITIVE_INFINITY)) continue;
    for (const [file, { executed }] of lines) {
      const known = found.get(file) ?? new Set<number>();
      found.set(file, known);
      for (const line of executed) known.add(line);
    }
  }
  return found;
}

/** Index of the last row whose first column is not above a value; negative where there is none. */
function lastAtOrBefore(table: Int32Array, columns: number, value: number): number {
  let low = 0;
  let high = table.length / columns;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((table[middle * columns] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return (low - 1) * columns;
}

/** Source positions of code offsets of an image, one list of frames each. */
export function resolveFrames(lines: Lines, offsets: number[]): SourcePosition[][] {
  return offsets.map((offset) => lines.frames(offset));
}

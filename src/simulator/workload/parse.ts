// SPDX-License-Identifier: GPL-2.0-or-later
// YAML text -> Workload. Comes in: a file's text and name. Goes out: a workload in which every name is known.
// Errors: InputError "FILE:LINE:COLUMN: ..." with the expected or nearest word.
import { z } from 'zod';
import { InputError } from '../../errors.ts';
import { NAME } from '../grammar/action.ts';
import { FIRST_PROCESS } from '../grammar/scope.ts';
import { errorAt, type Position, quoted, suggestion } from '../grammar/tokens.ts';
import { LIMITS } from '../limits.ts';
import { CheckedDocument, type Path } from './document.ts';
import { parseExpr } from './expression.ts';
import { type KnownNames, parseIndexed, parseWorkAction } from './step.ts';
import type { Expr, Workload, WorkParameter, WorkStep } from './values.ts';

const ID = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const line = (expected: string) =>
  z.string(`expected ${expected}`).regex(/^[^\r\n\0]+$/, `expected ${expected} on one line`);
const amount = z.union([z.int().nonnegative(), z.string()], 'expected a number or an expression');
const whole = (expected: string) => z.int(`expected ${expected}`).nonnegative(`expected ${expected}`);

const schema = z.strictObject(
  {
    name: z.string('the key "name" is missing').regex(ID, 'expected a name such as fork-server'),
    about: line('one line of text under "about"'),
    areas: z.array(z.string().regex(ID, 'expected an area such as vma-split'), 'expected a list of areas'),
    sources: z.array(
      z.strictObject({ fact: line('what the source says'), from: line('where it stands') }, 'expected fact and from'),
      'expected a list of sources: where the make-up comes from',
    ),
    parameters: z
      .record(
        z.string(),
        z.strictObject(
          {
            about: line('what the number is'),
            value: whole('a whole number').optional(),
            scaled: whole('a whole number at scale 1').optional(),
            least: whole('the least that a small scale leaves').optional(),
          },
          'expected about, and value or scaled',
        ),
        'expected parameters',
      )
      .default({}),
    files: z
      .record(
        z.string(),
        z.strictObject(
          { kind: z.enum(['ext4', 'tmpfs'], 'expected ext4 or tmpfs'), pages: amount },
          'expected kind and pages',
        ),
      )
      .default({}),
    regions: z.record(
      z.string(),
      z.strictObject({ count: amount.default(1), pages: amount, gap: amount.default(1) }, 'expected count and pages'),
      'expected regions',
    ),
    steps: z.array(z.unknown(), 'expected a list of steps'),
  },
  'expected a workload: keys name, about, areas, sources, parameters, regions, steps',
);

const KEYS: Record<string, readonly string[]> = {
  '': ['name', 'about', 'areas', 'sources', 'parameters', 'files', 'regions', 'steps'],
  sources: ['fact', 'from'],
  parameters: ['about', 'value', 'scaled', 'least'],
  files: ['kind', 'pages'],
  regions: ['count', 'pages', 'gap'],
};

/** Parses one workload file. */
export function parseWorkload(text: string, file: string): Workload {
  if (Buffer.byteLength(text) > LIMITS.fileBytes)
    throw new InputError(`${file}: larger than ${LIMITS.fileBytes} bytes`);
  return new WorkloadParser(new CheckedDocument(text, file)).whole();
}

class WorkloadParser {
  readonly #document: CheckedDocument;
  #count = 0;

  constructor(document: CheckedDocument) {
    this.#document = document;
  }

  whole(): Workload {
    const document = this.#document;
    const read = document.read(schema, (path) => KEYS[String(path[0] ?? '')] ?? []);
    const parameters = Object.entries(read.parameters).map(([name, value]) => this.#parameter(name, value));
    const numbers = parameters.map(({ name }) => name);
    const expr = (value: number | string, path: Path): Expr =>
      typeof value === 'number' ? value : parseExpr(value, document.position(path), numbers);
    const files = Object.entries(read.files).map(([name, { kind, pages }]) => {
      this.#named('files', name);
      return {
        name,
        kind,
        pages: expr(pages, ['files', name, 'pages']),
        at: where(document.keyPosition(['files'], name)),
      };
    });
    const regions = Object.entries(read.regions).map(([name, { count, pages, gap }]) => {
      this.#named('regions', name);
      return {
        name,
        count: expr(count, ['regions', name, 'count']),
        pages: expr(pages, ['regions', name, 'pages']),
        gap: expr(gap, ['regions', name, 'gap']),
        at: where(document.keyPosition(['regions'], name)),
      };
    });
    const known: KnownNames = {
      numbers,
      regions: regions.map(({ name }) => name),
      processes: new Set([FIRST_PROCESS]),
      files,
    };
    const steps = this.#steps(read.steps, ['steps'], known, 0);
    const { name, about, areas, sources } = read;
    return { name, about, areas, sources, parameters, files, regions, steps };
  }

  #named(under: string, name: string): void {
    if (!NAME.test(name))
      throw errorAt(
        this.#document.keyPosition([under], name),
        `${quoted(name)} is no name; expected a letter, then letters, digits or _`,
      );
  }

  #parameter(
    name: string,
    read: { about: string; value?: number | undefined; scaled?: number | undefined; least?: number | undefined },
  ): WorkParameter {
    this.#named('parameters', name);
    const at = this.#document.keyPosition(['parameters'], name);
    const { about, value, scaled, least } = read;
    if ((value === undefined) === (scaled === undefined)) throw errorAt(at, `${name} needs either "value" or "scaled"`);
    if (value !== undefined) {
      if (least !== undefined) throw errorAt(at, `"least" belongs to a parameter that is "scaled"`);
      return { name, about, value };
    }
    return { name, about, value: scaled ?? 0, least: least ?? 1 };
  }

  #steps(list: readonly unknown[], path: Path, known: KnownNames, depth: number): WorkStep[] {
    return list.map((item, index) => this.#step(item, [...path, index], known, depth));
  }

  #step(item: unknown, path: Path, known: KnownNames, depth: number): WorkStep {
    const at = this.#document.position(path);
    if (++this.#count > LIMITS.workloadLines) throw errorAt(at, `more than ${LIMITS.workloadLines} steps`);
    if (item === 'quiesce') return { kind: 'quiesce', at: where(at) };
    if (typeof item === 'string')
      throw errorAt(at, `expected a step such as "P: fork C{i}", not ${quoted(item)}${suggestion(item, ['quiesce'])}`);
    const keys = typeof item === 'object' && item !== null ? Object.keys(item) : [];
    const [key, extra] = keys;
    if (key === undefined) throw errorAt(at, 'expected a step such as "P: fork C{i}"');
    const keyAt = this.#document.keyPosition(path, key);
    if (extra !== undefined)
      throw errorAt(this.#document.keyPosition(path, extra), `a step has one key; ${quoted(extra)} is a second one`);
    const value = (item as Record<string, unknown>)[key];
    if (key === 'repeat') return this.#repeat(value, [...path, key], known, depth + 1);
    const textAt = this.#document.position([...path, key]);
    if (typeof value !== 'string' || value.trim() === '' || /[\r\n]/.test(value))
      throw errorAt(textAt, 'expected one line of text');
    if (key === 'mark') {
      if (!/^[\w-]{1,60}$/.test(value)) throw errorAt(textAt, `${quoted(value)} cannot name a mark`);
      if (depth > 0) throw errorAt(keyAt, 'a mark cannot stand in a repeat block');
      return { kind: 'mark', name: value, at: where(keyAt) };
    }
    const process = parseIndexed(key, keyAt, known.numbers);
    if (!known.processes.has(process.base)) {
      const near = suggestion(process.base, [...known.processes, 'mark', 'repeat']);
      throw errorAt(keyAt, `unknown process ${quoted(process.base)}${near}`);
    }
    const action = parseWorkAction(value, textAt, known);
    return { kind: 'action', process, action, text: `${key}: ${value}`, at: where(keyAt) };
  }

  #repeat(value: unknown, path: Path, known: KnownNames, depth: number): WorkStep {
    const at = this.#document.position(path);
    if (depth > LIMITS.repeatDepth) throw errorAt(at, `repeat blocks nest deeper than ${LIMITS.repeatDepth}`);
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw errorAt(at, 'expected the keys times, as and steps');
    const keys = ['times', 'as', 'steps'];
    const read = value as Record<string, unknown>;
    for (const key of Object.keys(read)) {
      if (keys.includes(key)) continue;
      throw errorAt(this.#document.keyPosition(path, key), `unknown key ${quoted(key)}${suggestion(key, keys)}`);
    }
    for (const key of keys) if (read[key] === undefined) throw errorAt(at, `the key "${key}" is missing`);
    const { times, as, steps } = read;
    const asAt = this.#document.position([...path, 'as']);
    if (typeof as !== 'string' || !/^[a-z]\w{0,15}$/.test(as)) throw errorAt(asAt, 'expected a variable such as i');
    if (known.numbers.includes(as)) throw errorAt(asAt, `the name ${as} is taken`);
    const timesAt = this.#document.position([...path, 'times']);
    if (typeof times !== 'number' && typeof times !== 'string') throw errorAt(timesAt, 'expected a number of times');
    if (!Array.isArray(steps)) throw errorAt(this.#document.position([...path, 'steps']), 'expected a list of steps');
    return {
      kind: 'repeat',
      times: parseExpr(String(times), timesAt, known.numbers),
      as,
      steps: this.#steps(steps, [...path, 'steps'], { ...known, numbers: [...known.numbers, as] }, depth),
      at: where(at),
    };
  }
}

const where = ({ file, line: row, column }: Position): string => `${file}:${row}:${column}`;

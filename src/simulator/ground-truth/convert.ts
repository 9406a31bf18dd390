// SPDX-License-Identifier: GPL-2.0-or-later
// A measured history -> a Scenario that does the same steps, with the counts to expect and where.
import { InputError } from '../../errors.ts';
import { suggestion } from '../grammar/tokens.ts';
import type { Action, Scenario, Source, Step } from '../grammar/values.ts';
import { ADVICE, PROT } from '../grammar/words.ts';
import { LIMITS } from '../limits.ts';
import { compile, parseExpr } from '../workload/expression.ts';
import { historyFault, type MeasuredHistory, type MeasuredStep, measuredHistory } from './history.ts';

export interface ConvertedHistory {
  scenario: Scenario;
  /** Counts to expect after a step (index into the scenario's steps), by the names of the objects. */
  expected: { step: number; checkpoint?: string; counts: Record<string, number>; vmas?: Record<string, string[]> }[];
  /** Steps that this version cannot do; the scenario leaves them out. */
  unsupported: string[];
  /** The history's own names of pages: region and page there -> region and page in the scenario. */
  place(region: string, page: number): { region: string; page: number };
}

type Variables = ReadonlyMap<string, number>;

/** Converts what JSON.parse gave. Errors: InputError that names the file. */
export function convertHistory(json: unknown, file: string): ConvertedHistory {
  const parsed = measuredHistory.safeParse(json);
  if (!parsed.success) throw historyFault(parsed.error, json, file);
  return new Converter(parsed.data, file).convert();
}

class Converter {
  readonly #history: MeasuredHistory;
  readonly #file: string;
  readonly #steps: Step[] = [];
  /** For each step of the history as counted there: the index of its last step in the scenario. */
  readonly #counted: number[] = [];
  readonly #checkpoints = new Map<string, number>();
  readonly #unsupported: string[] = [];
  readonly #files = new Map<string, { name: string; kind: 'ext4' | 'tmpfs'; pages: number }>();

  constructor(history: MeasuredHistory, file: string) {
    this.#history = history;
    this.#file = file;
  }

  convert(): ConvertedHistory {
    this.#all(this.#history.steps, new Map());
    const { name, about } = this.#history;
    const scenario: Scenario = {
      name: name.replaceAll('_', '-'),
      about: about || name,
      areas: [],
      requires: [],
      configs: ['prod'],
      files: [...this.#files.values()],
      bounds: {},
      steps: this.#steps,
      family: 'ground-truth',
    };
    return {
      scenario,
      expected: this.#expected(),
      unsupported: this.#unsupported,
      place: (region, page) => this.#place(region, page),
    };
  }

  #fail(message: string): InputError {
    return new InputError(`${this.#file}: ${message}`);
  }

  #expected(): ConvertedHistory['expected'] {
    return this.#history.expect.map((row, index) => {
      const counts = Object.fromEntries(
        Object.entries(row).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
      );
      const { checkpoint } = row;
      const vmas = typeof row.vmas === 'object' ? { vmas: row.vmas } : {};
      if (typeof checkpoint !== 'string') {
        const step = this.#counted[index];
        if (step === undefined) throw this.#fail(`counts after step ${index + 1}, which there is not`);
        return { step, counts, ...vmas };
      }
      const step = this.#checkpoints.get(checkpoint);
      if (step === undefined) throw this.#fail(`no checkpoint ${checkpoint}`);
      return { step, checkpoint, counts, ...vmas };
    });
  }

  #all(steps: readonly MeasuredStep[], variables: Variables): void {
    for (const step of steps) {
      if (step.op === 'for') {
        for (let i = step.from; i <= step.to; i++) this.#all(step.body, new Map([...variables, [step.var, i]]));
        continue;
      }
      this.#one(step, variables);
      if (this.#steps.length > LIMITS.measuredSteps) throw this.#fail(`more than ${LIMITS.measuredSteps} steps`);
      this.#counted.push(this.#steps.length - 1);
    }
  }

  #one(step: Exclude<MeasuredStep, { op: 'for' }>, variables: Variables): void {
    const name = (text: string): string =>
      text.replace(/\{([^{}]*)\}/g, (_, inner: string) => `${this.#number(inner, variables)}`);
    const push = (process: string, action: Action): void => {
      this.#steps.push({ kind: 'action', process: name(process), action });
    };
    switch (step.op) {
      case 'checkpoint':
        this.#checkpoints.set(step.name, this.#steps.length);
        this.#steps.push({ kind: 'mark', name: step.name });
        return;
      case 'fork':
      case 'vfork':
        push(step.parent, { op: step.op, child: name(step.child) });
        return;
      case 'exec':
      case 'exit':
        push(step.proc, { op: step.op });
        return;
      case 'vfork_resume':
      case 'reap':
        // The simulated parent goes on, and the child is gone, as soon as the child has exited.
        return;
      case 'thp_enable':
        // The machine has huge pages wherever MADV_HUGEPAGE asks for them.
        return;
      default:
        push(step.proc, this.#ranged(step, variables));
    }
  }

  #ranged(step: Extract<MeasuredStep, { region: string }>, variables: Variables): Action {
    const stride = this.#history.layout[step.region]?.stride_pages ?? 0;
    const index = step.index === undefined ? 0 : this.#number(step.index, variables);
    const { region, page } = this.#place(step.region, index * stride + this.#number(step.page, variables));
    const count = this.#number(step.pages, variables);
    const range = { first: page, count };
    if (count < 1 || page < 0) throw this.#fail(`${step.op} of ${count} pages from page ${page} of ${region}`);
    switch (step.op) {
      case 'mmap': {
        const flags = (['fixed', 'populate', 'growsdown'] as const).filter((flag) => step.flags.includes(flag));
        const filePage = this.#number(step.file_page ?? 0, variables);
        const source = this.#source(step.flags, filePage + count);
        const share = step.flags.includes('shared') ? 'shared' : 'private';
        const offset = source.kind === 'anon' ? 0 : filePage;
        return {
          op: 'mmap',
          place: { region, page },
          pages: count,
          prot: this.#word(step.prot === '-' ? 'none' : step.prot, PROT),
          share,
          source,
          offset,
          flags,
        };
      }
      case 'munmap':
      case 'mlock':
      case 'munlock':
        return { op: step.op, region, range };
      case 'write':
      case 'read':
        return { op: step.op, region, pages: [range] };
      case 'mprotect':
        return { op: 'mprotect', region, range, prot: this.#word(step.prot === '-' ? 'none' : step.prot, PROT) };
      case 'madvise':
        return { op: 'madvise', region, range, advice: this.#word(step.advice.replaceAll('_', '-'), ADVICE) };
      case 'mremap': {
        const dontunmap = step.flags.includes('dontunmap');
        const pages = this.#number(step.new_pages, variables);
        const resized = pages !== count && { pages };
        if (!step.flags.includes('fixed')) return { op: 'mremap', region, range, pages, dontunmap };
        if (step.to === undefined) throw this.#fail(`mremap of ${region} with the flag fixed has no "to"`);
        const to = this.#place(step.to, this.#number(step.to_page, variables));
        return { op: 'mremap', region, range, to, ...resized, dontunmap };
      }
    }
  }

  #word(word: string, known: Record<string, number>): string {
    if (known[word] === undefined) throw this.#fail(`unknown word "${word}"${suggestion(word, Object.keys(known))}`);
    return word;
  }

  /** All mappings of one kind of file are of one file: neighbouring ranges of it may merge. */
  #source(flags: readonly string[], pages: number): Source {
    const kind = flags.find((flag) => flag.startsWith('file:'))?.slice(5);
    if (kind === undefined) return { kind: 'anon' };
    if (kind === 'devzero') return { kind: 'devzero' };
    const file = { name: kind === 'ext4' ? 'f' : 't', kind: kind as 'ext4' | 'tmpfs', pages };
    file.pages = Math.max(pages, this.#files.get(kind)?.pages ?? 0);
    this.#files.set(kind, file);
    return { kind: kind === 'ext4' ? 'file' : 'tmpfs', name: file.name };
  }

  /** A region directly behind another becomes that one's further pages. */
  #place(region: string, page: number): { region: string; page: number } {
    let name = region;
    let at = page;
    for (let depth = 0; depth < 64; depth++) {
      const place = this.#history.layout[name];
      if (place === undefined) throw this.#fail(`region ${name} has no place in the layout`);
      const before = place.directly_after;
      if (before === undefined) return { region: name, page: at };
      at += this.#history.layout[before]?.pages ?? 0;
      name = before;
    }
    throw this.#fail('regions lie behind each other in a circle');
  }

  /** A number, or arithmetic in the loops' variables. */
  #number(value: number | string, variables: Variables): number {
    if (typeof value === 'number') return value;
    try {
      const text = value.trim().startsWith('-') ? `0${value.trim()}` : value;
      const expr = parseExpr(text, { file: this.#file, line: 1, column: 1 }, [...variables.keys()]);
      return compile(expr, (name) => ({ value: variables.get(name) ?? 0 }))([]);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      throw this.#fail(`cannot read "${value}": ${error.message.replace(/^.*?:1:\d+: /, '')}`);
    }
  }
}

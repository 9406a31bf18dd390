// SPDX-License-Identifier: GPL-2.0-or-later
// A scenario -> a C program in the manner of the kernel's own self tests: the same system calls in the same order by as
// many processes, with TAP output. It checks what user space can see, so that it passes on a correct kernel.
import { readFileSync } from 'node:fs';
import { InputError } from '../../errors.ts';
import type { Action, Scenario } from '../../simulator/grammar/values.ts';
import { FIRST_REGION, PAGE_SIZE } from '../../simulator/limits.ts';
import type { Slot } from '../../simulator/memory-model.ts';
import { cleanLine } from '../sanitise.ts';
import { wrap } from '../text.ts';
import { type DryRun, type DryStep, dryRun, fileTag } from './dry-run.ts';
import { REGION_BYTES, whyNoProgram } from './refuse.ts';
import { hex, pageNumber, readCalls, type Section, type Statements, statementsOf } from './statements.ts';

const HARNESS = new URL('../../../simulations/repro/harness.c', import.meta.url);

/** What a reader of the program should know beside the scenario. */
export interface Told {
  /** Lines of text: the finding, where, on which tree. */
  about: string[];
}

/** The program's text. Throws InputError where the history has a step that no system call does. */
export function cProgram(scenario: Scenario, told: Told = { about: [] }): string {
  const { why, dry } = tried(scenario);
  if (dry === undefined) throw new InputError(`${scenario.name} cannot be told as a C program: ${why}`);
  const parts = new Parts(scenario, dry);
  const harness = sections(readFileSync(HARNESS, 'utf8'));
  const section = (name: string): string => {
    const text = harness.get(name);
    if (text === undefined) throw new Error(`the harness has no part ${name}`);
    return text;
  };
  return [
    '// SPDX-License-Identifier: GPL-2.0-or-later',
    comment(scenario, dry, told),
    parts.defines(),
    section('core'),
    ...[...harness.keys()].filter((name) => parts.sections.has(name as Section)).map(section),
    section('driver'),
    parts.code(),
    section('main'),
  ]
    .map((part) => part.trim())
    .join('\n\n')
    .concat('\n');
}

function tried(scenario: Scenario): { dry: DryRun; why?: undefined } | { dry?: undefined; why: string } {
  try {
    const dry = dryRun(scenario);
    const why = whyNoProgram(dry);
    return why === undefined ? { dry } : { why };
  } catch (error) {
    if (error instanceof InputError) return { why: error.message };
    throw error;
  }
}

/** The parts of the harness, by the name in the line before them. */
function sections(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const part of text.split(/^\/\/ @/m).slice(1)) {
    const end = part.indexOf('\n');
    found.set(part.slice(0, end), part.slice(end + 1));
  }
  return found;
}

class Parts {
  readonly sections = new Set<Section>();
  readonly #scenario: Scenario;
  readonly #dry: DryRun;
  readonly #needs = new Set<string>();
  readonly #cases: string[] = [];
  readonly #host: string[] = [];
  readonly #history: string[] = [];
  readonly #regions = new Map<string, number>();
  /** Pages that a step without a range means. */
  readonly #sizes = new Map<string, number>();

  constructor(scenario: Scenario, dry: DryRun) {
    this.#scenario = scenario;
    this.#dry = dry;
    for (const [index, step] of dry.steps.entries()) this.#step(step, index);
  }

  defines(): string {
    const { files } = this.#scenario;
    const lines = [
      `#define PROCESSES ${this.#dry.processes.length}`,
      `#define FILES ${files.length}`,
      `#define STEPS ${this.#dry.steps.length}`,
      `#define LINES ${this.#dry.steps.length + this.#dry.left.length}`,
      '#define VERIFY 1000000',
      `#define REGIONS_START ${hex(FIRST_REGION)}`,
      `#define REGIONS_END ${hex(FIRST_REGION + REGION_BYTES)}`,
    ];
    for (const [region, base] of this.#regions) lines.push(`#define IN_${region}(page) (${hex(base)} + (page) * PAGE)`);
    return lines.join('\n');
  }

  code(): string {
    const names = this.#dry.processes.map((name) => `"${name}"`);
    return [
      `static const char *const process_name[] = { ${names.join(', ')} };`,
      block('static const struct line history[] = ', this.#history, ';'),
      switchOf('static void step(int number)', this.#cases),
      this.#verify(),
      switchOf('static void host(int number)', this.#host),
      block(
        'static void needs(void)\n',
        [...this.#files(), ...this.#needs].length === 0 ? [] : [...this.#files(), ...this.#needs],
      ),
    ].join('\n\n');
  }

  #files(): string[] {
    const { files } = this.#scenario;
    const zero = this.#dry.steps.some(
      ({ step }) => step.kind === 'action' && step.action.op === 'mmap' && step.action.source.kind === 'devzero',
    );
    return [
      ...files.map(({ kind, pages }, i) => {
        const make = kind === 'ext4' ? 'make_file' : 'make_memory_file';
        return `${make}(${i}, ${pages}, ${fileTag(i, 0)});`;
      }),
      ...(zero ? [`make_file(${files.length}, 0, 0);`] : []),
    ];
  }

  #process = (name: string): number => this.#dry.processes.indexOf(name);

  #step(dry: DryStep, index: number): void {
    const { step, text, at } = dry;
    const said = JSON.stringify(text);
    if (step.kind === 'exit-all') {
      this.#history.push(`{ -1, HOST, -1, ${said} },`);
      this.#host.push(`case ${index}:`, '\tend_all(number);', '\tbreak;');
      this.#cases.push(`case ${index}: /* ${text} */`, '\t_exit(0);');
      return;
    }
    if (step.kind !== 'action') {
      this.#history.push(`{ -1, HOST, -1, ${said} },`);
      const call = this.#hostCall(step.kind, step.kind === 'mark' ? step.name : '');
      this.#host.push(`case ${index}:`, `\t${call}`, '\tbreak;');
      return;
    }
    const { action, process } = step;
    if (action.op === 'walk') throw new Error('walks are left out before');
    const child = action.op === 'fork' || action.op === 'vfork' ? this.#process(action.child) : -1;
    const kind = { fork: 'FORK', vfork: 'VFORK', exec: 'EXEC', exit: 'EXIT' }[action.op as string] ?? 'ACT';
    this.#history.push(`{ ${this.#process(process)}, ${kind}, ${child}, ${said} },`);
    this.#cases.push(`case ${index}: /* ${text} */`);
    if (action.op === 'exit') {
      this.#cases.push('\t_exit(0);');
      return;
    }
    const files = this.#scenario.files;
    const whole = (region: string): number => this.#sizes.get(region) ?? 0;
    const made: Statements = statementsOf(action, dry, step.fails, { process: this.#process, files, whole });
    this.#note(action, at, step.fails !== undefined);
    for (const section of made.sections) this.sections.add(section);
    if (made.needs.length > 0) this.#needs.add(made.needs.join('\n\t'));
    this.#cases.push(...made.lines.map((line) => `\t${line}`), '\tbreak;');
  }

  #hostCall(kind: string, mark: string): string {
    switch (kind) {
      case 'mark':
        return `figures(${JSON.stringify(mark)});`;
      case 'ksm-scan':
        this.sections.add('sysfs').add('settings').add('ksm');
        return 'ksm_scan();';
      case 'shrink':
        this.sections.add('sysfs').add('shrink');
        return 'shrink_all();';
      case 'hugepages-64k':
        this.sections.add('sysfs').add('settings').add('medium');
        return 'medium_folios();';
      default:
        return 'settle();';
    }
  }

  /** Keeps where regions lie, and how large they are where a later step means the whole of one. */
  #note(action: Exclude<Action, { op: 'walk' }>, at: DryStep['at'], failed: boolean): void {
    const grow = (region: string, size: number): void => {
      if (!this.#regions.has(region)) this.#regions.set(region, at(region, 0));
      this.#sizes.set(region, Math.max(this.#sizes.get(region) ?? 0, size));
    };
    if ('region' in action && !this.#regions.has(action.region)) grow(action.region, 0);
    if (failed) {
      if ('to' in action && action.to !== undefined) grow(action.to.region, 0);
      if (action.op === 'mmap') grow(action.place.region, 0);
      return;
    }
    if (action.op === 'mmap') grow(action.place.region, action.place.page + action.pages);
    if (action.op !== 'mremap') return;
    // A range that is not given means the region as it was before the step.
    const count = action.pages ?? action.range?.count ?? this.#sizes.get(action.region) ?? 0;
    if (action.to !== undefined) grow(action.to.region, action.to.page + count);
    else if (action.range === undefined) this.#sizes.set(action.region, count);
    else grow(action.region, action.range.first + count);
  }

  #verify(): string {
    const cases = this.#dry.left.flatMap(({ name, slots, contents }) => {
      const pages = [...slots.keys()].sort((a, b) => a - b);
      const lines = areaLines(pages, slots);
      const reads = readCalls(
        pages.map((page) => ({ at: this.#named(page * PAGE_SIZE), page, expected: contents(page) })),
      );
      return [
        `case ${this.#process(name)}: /* ${name} */`,
        ...(lines.length === 0
          ? ['\tareas(NULL, 0);']
          : [
              '{',
              '\tstatic const struct area wanted[] = {',
              ...lines.map((line) => `\t\t${line}`),
              '\t};',
              '',
              `\tareas(wanted, ${lines.length});`,
            ]),
        ...reads.map((read) => `\t${read}`),
        '\tbreak;',
        ...(lines.length === 0 ? [] : ['}']),
      ];
    });
    return switchOf('static void verify(int process)', cases, 'process');
  }

  /** An address as a page of the region that begins nearest below it. */
  #named(address: number): string {
    let best: [string, number] | undefined;
    for (const entry of this.#regions)
      if (entry[1] <= address && (best === undefined || entry[1] > best[1])) best = entry;
    return best === undefined ? hex(address) : `IN_${best[0]}(${pageNumber(address - best[1])})`;
  }
}

/** Neighbours of one access, as /proc/PID/maps tells them when they are put together. */
function areaLines(pages: readonly number[], slots: ReadonlyMap<number, Slot>): string[] {
  const areas: { first: number; count: number; access: string }[] = [];
  for (const page of pages) {
    const slot = slots.get(page);
    if (slot === undefined) continue;
    const access = `${slot.prot & 1 ? 'r' : '-'}${slot.prot & 2 ? 'w' : '-'}${slot.prot & 4 ? 'x' : '-'}${slot.shared ? 's' : 'p'}`;
    const last = areas.at(-1);
    if (last && last.first + last.count === page && last.access === access) last.count++;
    else areas.push({ first: page, count: 1, access });
  }
  return areas.map(({ first, count, access }) => `{ ${hex(first * PAGE_SIZE)}, ${count}, "${access}" },`);
}

function block(head: string, lines: readonly string[], tail = ''): string {
  return [`${head}{`, ...lines.map((line) => `\t${line}`), `}${tail}`].join('\n');
}

function switchOf(head: string, cases: readonly string[], on = 'number'): string {
  if (cases.length === 0) return `${head}\n{\n\t(void)${on};\n}`;
  return [`${head}`, '{', `\tswitch (${on}) {`, ...cases.map((line) => `\t${line}`), '\t}', '}'].join('\n');
}

/** What the program does and what to look for. */
function comment(scenario: Scenario, dry: DryRun, { about }: Told): string {
  const lines = [
    ...about,
    '',
    `The history ${scenario.name}: ${scenario.about}.`,
    ...dry.steps.map(({ text }) => `  ${text}`),
    '',
    'Every process checks at the end that its memory reads what it wrote last, and that its mappings are those it asked for. A correct kernel passes. What only the kernel can see, as a reverse map that misses a mapping, shows in its log, under CONFIG_DEBUG_VM, KASAN and lockdep, or as wrong data after reclaim, migration or KSM have gone by the reverse map.',
    '',
    'Build: gcc -Wall -Wextra -O2 -o repro FILE.c. Run it as root to skip least.',
  ];
  const body = lines.flatMap((line) => (line === '' ? [''] : wrap(commentSafe(line), '')));
  return ['/*', ...body.map((line) => (line === '' ? ' *' : ` * ${line}`)), ' */'].join('\n');
}

/** Neither ends the comment nor starts another, whatever a mail said. */
function commentSafe(text: string): string {
  return cleanLine(text, 600)
    .replaceAll('*/', '* /')
    .replaceAll('/*', '/ *')
    .replace(/\\/g, '/')
    .replaceAll('??', '? ?');
}

// SPDX-License-Identifier: GPL-2.0-or-later
// What a workload measured -> text for a terminal, at most 80 columns where numbers allow.
import { cleanLine } from '../report/sanitise.ts';
import { type Column, counted, listed, table, wrap } from '../report/text.ts';
import { figuresOf, type LoadMark, type Run, type ScaledWorkload, type Violation } from '../simulator/index.ts';

const name = (title: string): Column => ({ title, align: 'left' });
const figure = (title: string): Column => ({ title, align: 'right' });

/** 1,234,567 and, with digits after the point, 1,234.5. */
export function grouped(value: number, digits = 0): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Three digits or so of a mean: 2, 1.57, 12.4. */
export function mean(value: number): string {
  if (Number.isInteger(value)) return grouped(value);
  return grouped(value, value < 10 ? 2 : value < 1000 ? 1 : 0);
}

/** Objects of which a fork allocates fewer on average, as a bucket that grows now and then, are not its cost. */
const SHOWN_A_FORK = 0.01;

const kb = (bytes: number): string => grouped(bytes / 1024, 1);

/** One tree: each mark with its objects, walks, forks and locks. */
export function workloadText(scaled: ScaledWorkload, tree: string, run: Run): string {
  const lines = [...headLines(scaled, [run]), '', `${cleanLine(tree)} (${run.config})`];
  for (const mark of run.load?.marks ?? []) lines.push('', ...markLines(mark));
  lines.push('', ...verdictLines(run));
  return `${lines.join('\n')}\n`;
}

export function headLines({ workload, scale }: ScaledWorkload, runs: Run[]): string[] {
  const load = runs.find((run) => run.load !== undefined)?.load;
  const parameters = Object.entries(load?.parameters ?? {}).map(
    ([key, value]) => `${cleanLine(key)} ${grouped(value)}`,
  );
  return [
    `Workload ${cleanLine(workload.name)}, scale ${scale}`,
    ...wrap(cleanLine(workload.about), '  '),
    ...wrap(parameters.join(', '), '  '),
  ];
}

function markLines(mark: LoadMark): string[] {
  const { vmas, slabBytesPerVma, pageTableBytesPerVma } = figuresOf(mark);
  const objects = [...mark.objects].sort((a, b) => b.live * b.size - a.live * a.size);
  const rows = objects.map(({ object, live, rcuPending, size }) => {
    return [cleanLine(object), grouped(live), grouped(rcuPending), grouped(size), kb(live * size)];
  });
  rows.push(['all slab objects', '', '', '', kb(mark.slabBytes)], ['page tables', '', '', '', kb(mark.pageTableBytes)]);
  const perVma =
    slabBytesPerVma === undefined || pageTableBytesPerVma === undefined
      ? ''
      : `; a VMA costs ${grouped(slabBytesPerVma, 1)} bytes of slab and ${grouped(pageTableBytesPerVma, 1)} of page tables`;
  const counts = [
    counted(mark.processes, 'process', 'processes').replace(/^\d+/, grouped(mark.processes)),
    counted(vmas, 'VMA').replace(/^\d+/, grouped(vmas)),
    `${counted(mark.folios, 'folio').replace(/^\d+/, grouped(mark.folios))} of user data`,
  ];
  return [
    `At "${cleanLine(mark.name)}"`,
    ...wrap(`${listed(counts)}${perVma}.`, '  '),
    '',
    ...table([name('object'), ...['live', 'rcu pending', 'bytes', 'KB'].map(figure)], rows),
    ...walkLines(mark),
    ...forkLines(mark),
    ...lockLines(mark),
    ...(mark.notChecked === undefined ? [] : ['', ...wrap(`Invariants not checked here: ${mark.notChecked}.`, '  ')]),
  ];
}

function walkLines(mark: LoadMark): string[] {
  const { anonWalks, fileWalks } = figuresOf(mark);
  const rows = [
    ['anonymous', mark.anonWalks.walked, anonWalks] as const,
    ['file', mark.fileWalks.walked, fileWalks] as const,
  ].flatMap(([kind, walked, figures]) =>
    figures === undefined
      ? []
      : [[kind, grouped(walked), mean(figures.meanVisits), grouped(figures.worst), mean(figures.meanBlocks)]],
  );
  if (rows.length === 0) return [];
  const some = mark.walkedEvery > 1 ? `, from one folio in ${grouped(mark.walkedEvery)}` : '';
  return ['', ...table([name(`walks${some}`), ...['made', 'visits, mean', 'worst', 'blocks, mean'].map(figure)], rows)];
}

function forkLines(mark: LoadMark): string[] {
  const { perFork } = figuresOf(mark);
  if (perFork === undefined) return [];
  const objects = Object.entries(perFork.objects)
    .filter(([, count]) => count >= SHOWN_A_FORK)
    .sort(([, a], [, b]) => b - a)
    .map(([object, count]) => `${mean(count)} ${cleanLine(object)}`);
  const { count } = mark.forks;
  const forks = count === 1 ? 'One fork allocates' : `${grouped(count)} forks, each allocates on average`;
  const rest = `${mean(perFork.pageTableBytes)} bytes of page tables, and executes ${mean(perFork.blocks)} blocks`;
  return ['', ...wrap(`${forks} ${[...objects, rest].join(', ')}.`, '  ')];
}

function lockLines(mark: LoadMark): string[] {
  if (mark.locks.length === 0) return [];
  const rows = [...mark.locks]
    .sort((a, b) => b.taken - a.taken)
    .map(({ lock, mode, taken, blocks, longest }) => {
      return [`${cleanLine(lock)} (${mode})`, grouped(taken), mean(blocks / taken), grouped(longest)];
    });
  const columns = [name('locks since the mark before'), ...['taken', 'blocks held, mean', 'longest'].map(figure)];
  return ['', ...table(columns, rows)];
}

function verdictLines(run: Run): string[] {
  const marks = run.load?.marks ?? [];
  const checked = marks.filter(({ notChecked }) => notChecked === undefined).length;
  const where = `at ${checked} of ${counted(marks.length, 'mark')} rather than after each step`;
  const lines = wrap(
    `Invariants were checked ${where}, all but what each page holds; nothing may be left after the last exit.`,
  );
  for (const violation of run.violations) lines.push(...violationLines(run, violation));
  if (run.inconclusive !== undefined) lines.push(...wrap(`Not judged: ${cleanLine(run.inconclusive)}`));
  else lines.push(run.violations.length === 0 ? 'All of them hold.' : counted(run.violations.length, 'violation'));
  return lines;
}

function violationLines(run: Run, { invariant, evidence, step, where }: Violation): string[] {
  const [place] = where;
  return [
    `violated: ${invariant}, ${cleanLine(run.steps[step] ?? 'at the beginning')}`,
    ...wrap(cleanLine(evidence), '  '),
    ...(place ? [`  at ${cleanLine(place.function)}() ${cleanLine(place.file)}:${place.line}`] : []),
  ];
}

/** Two trees: what a kernel changelog would say, mark by mark. */
export function workloadComparisonText(
  scaled: ScaledWorkload,
  [from, before]: [string, Run],
  [to, after]: [string, Run],
): string {
  const lines = [...headLines(scaled, [before, after]), '', `${cleanLine(from)} -> ${cleanLine(to)} (${after.config})`];
  for (const [index, mark] of (after.load?.marks ?? []).entries()) {
    const other = before.load?.marks[index];
    if (other?.name === mark.name) lines.push('', ...markChangeLines(other, mark));
  }
  for (const [label, run] of [
    [from, before],
    [to, after],
  ] as const)
    lines.push('', `${cleanLine(label)}:`, ...verdictLines(run).map((text) => `  ${text}`));
  return `${lines.join('\n')}\n`;
}

function markChangeLines(before: LoadMark, after: LoadMark): string[] {
  const sizes = (mark: LoadMark) => new Map(mark.objects.map((one) => [one.object, one]));
  const old = sizes(before);
  const present = sizes(after);
  const bytesOf = (one: { live: number; size: number } | undefined) => (one?.live ?? 0) * (one?.size ?? 0);
  const objects = [...new Set([...old.keys(), ...present.keys()])];
  objects.sort((a, b) => bytesOf(present.get(b)) - bytesOf(present.get(a)) || (a < b ? -1 : 1));
  const rows = objects.map((object) => {
    const [a, b] = [old.get(object), present.get(object)];
    const counts = [grouped(a?.live ?? 0), grouped(b?.live ?? 0)];
    return [cleanLine(object), ...counts, kb(bytesOf(a)), kb(bytesOf(b)), change(bytesOf(a), bytesOf(b))];
  });
  const total = (title: string, a: number, b: number) => [title, '', '', kb(a), kb(b), change(a, b)];
  rows.push(total('all slab objects', before.slabBytes, after.slabBytes));
  rows.push(total('page tables', before.pageTableBytes, after.pageTableBytes));
  const titles = ['before', 'after', 'KB before', 'KB after', 'change'];
  return [
    `At "${cleanLine(after.name)}"`,
    '',
    ...table([name('object'), ...titles.map(figure)], rows),
    '',
    ...table([name('cost'), ...['before', 'after', 'change'].map(figure)], costRows(before, after)),
  ];
}

function costRows(before: LoadMark, after: LoadMark): string[][] {
  const [a, b] = [figuresOf(before), figuresOf(after)];
  const rows: string[][] = [];
  const add = (what: string, from: number | undefined, to: number | undefined) => {
    if (from === undefined && to === undefined) return;
    rows.push([what, from === undefined ? '-' : mean(from), to === undefined ? '-' : mean(to), change(from, to)]);
  };
  add('slab bytes a VMA', a.slabBytesPerVma, b.slabBytesPerVma);
  for (const [kind, x, y] of [
    ['anonymous', a.anonWalks, b.anonWalks],
    ['file', a.fileWalks, b.fileWalks],
  ] as const) {
    add(`visits of an ${kind} walk, mean`.replace('an file', 'a file'), x?.meanVisits, y?.meanVisits);
    add(`visits of an ${kind} walk, worst`.replace('an file', 'a file'), x?.worst, y?.worst);
    add(`blocks of an ${kind} walk, mean`.replace('an file', 'a file'), x?.meanBlocks, y?.meanBlocks);
  }
  const sum = (objects: Record<string, number> | undefined) =>
    objects && Object.values(objects).reduce((all, count) => all + count, 0);
  add('objects allocated a fork', sum(a.perFork?.objects), sum(b.perFork?.objects));
  add('blocks executed a fork', a.perFork?.blocks, b.perFork?.blocks);
  const locks = new Map(before.locks.map((use) => [`${use.lock} (${use.mode})`, use]));
  for (const use of after.locks) {
    const key = `${use.lock} (${use.mode})`;
    const other = locks.get(key);
    locks.delete(key);
    add(`${cleanLine(key)}, taken`, other?.taken ?? 0, use.taken);
    add(`${cleanLine(key)}, blocks held`, other?.blocks ?? 0, use.blocks);
  }
  for (const [key, use] of locks) add(`${cleanLine(key)}, taken`, use.taken, 0);
  return rows;
}

/** "+3.1%", "0", "new", "gone". */
export function change(before: number | undefined, after: number | undefined): string {
  if (before === after) return '0';
  if (before === undefined || before === 0) return 'new';
  if (after === undefined || after === 0) return 'gone';
  const percent = ((after - before) / before) * 100;
  return `${percent > 0 ? '+' : '-'}${grouped(Math.abs(percent), 1)}%`;
}

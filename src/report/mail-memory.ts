// SPDX-License-Identifier: GPL-2.0-or-later
// Memory and struct sizes as tables: totals over all marks for the summary, single rows for the details.
import type { MemoryRow, Review, StructChange } from '../review/values.ts';
import { kilobytes, signedKilobytes } from './amounts.ts';
import { changeOf, memoryTotals, totalCells } from './memory-totals.ts';
import { cleanLine } from './sanitise.ts';
import { type Column, counted, signed, table, wrap } from './text.ts';

const name = (title: string): Column => ({ title, align: 'left' });
const figure = (title: string): Column => ({ title, align: 'right' });
const AMOUNTS = [figure('before'), figure('after'), figure('change'), figure('bytes')];

/** Objects summed over all marks of all scenarios, the author's defaults only. */
export function memorySummary(review: Review, rowsMax: number): string[] {
  const { totals, marks } = memoryTotals(review);
  if (totals.length === 0) return [];
  const cells = totals.slice(0, rowsMax).map((total) => [cleanLine(total.object), ...totalCells(total)]);
  const heading = `Memory (prod), live objects and KB summed over ${counted(marks, 'mark')}`;
  const left = totals.slice(rowsMax);
  const unchanged = left.every((total) => changeOf(total) === 0);
  const rest = unchanged ? 'no change in' : 'and';
  const columns = [name('object'), ...['before', 'after', 'change', 'KB before', 'after', 'change'].map(figure)];
  return [
    heading,
    ...table(columns, cells),
    ...(left.length > 0 ? [`  ${rest} ${counted(left.length, 'further object')}`] : []),
  ];
}

const changed = ({ before, after }: Pick<MemoryRow, 'before' | 'after'>) =>
  before.count !== after.count || before.bytes !== after.bytes || before.rcuPending !== after.rcuPending;

/** Row by row: the marks where base and patched differ; every row with `full`. */
export function memoryDetails(review: Review, rowsMax: number, full: boolean): string[] {
  const rows = full ? review.memory : review.memory.filter(changed);
  if (rows.length === 0) return review.memory.length === 0 ? [] : ['No mark differs from the base in memory.'];
  const cells = rows
    .slice(0, rowsMax)
    .map((row) => [
      cleanLine(row.scenario),
      cleanLine(row.mark),
      cleanLine(row.object) + (row.variant === '' ? '' : ` (${row.variant})`),
      `${row.before.count}`,
      `${row.after.count}`,
      signed(row.after.count - row.before.count),
      signed(row.after.bytes - row.before.bytes),
      signed(row.after.rcuPending - row.before.rcuPending),
    ]);
  const columns = [name('scenario'), name('mark'), name('object'), ...AMOUNTS, figure('rcu pending')];
  return [
    full ? 'Memory (prod), every mark' : 'Memory (prod), marks that differ from the base',
    '',
    ...table(columns, cells),
    ...more(rows.length - cells.length, 'row'),
  ];
}

/** Workloads as a kernel changelog tells them: object, before, after, change; with `full` what did not change too. */
export function workloadDetails(review: Review, rowsMax: number, full: boolean): string[] {
  const { workloads = [] } = review;
  if (workloads.length === 0) return [];
  const names = [...new Set(workloads.map(({ workload, scale }) => `${cleanLine(workload)} (scale ${scale})`))];
  const rows = full ? workloads : workloads.filter(changed);
  if (rows.length === 0)
    return wrap(`Workloads hold the same objects and bytes as on the base (prod): ${names.join(', ')}.`);
  const cells = rows
    .slice(0, rowsMax)
    .map(({ workload, mark, object, before, after }) => [
      cleanLine(workload),
      cleanLine(mark),
      cleanLine(object),
      `${before.count}`,
      `${after.count}`,
      kilobytes(before.bytes),
      kilobytes(after.bytes),
      signedKilobytes(after.bytes - before.bytes),
    ]);
  const columns = [name('workload'), name('mark'), name('object')];
  const figures = ['before', 'after', 'KB before', 'after', 'change'].map(figure);
  return [
    ...wrap(`Memory of workloads (prod), ${names.join(', ')}${full ? '' : ', what differs from the base'}`),
    '',
    ...table([...columns, ...figures], cells),
    ...more(rows.length - cells.length, 'row'),
  ];
}

/** Sizes of structs that the series touches or changes; one line where no size changes. */
export function structSummary(review: Review, rowsMax: number): string[] {
  const structs = review.structs.filter((one) => one.variant === '');
  if (structs.length === 0 || rowsMax === 0) return [];
  if (structs.every((one) => one.before === one.after)) {
    const changed = structs.filter((one) => one.fields.length > 0).length;
    const but = changed > 0 ? `; members changed in ${changed}` : '';
    const sizes = structs.slice(0, rowsMax).map((one) => `${cleanLine(one.name)} ${size(one.after)}`);
    const more = structs.length > rowsMax ? ` and ${structs.length - rowsMax} more` : '';
    return wrap(`Struct sizes in bytes unchanged (prod), ${sizes.join(', ')}${more}${but}.`);
  }
  const ranked = structs.filter((one) => one.before !== one.after);
  ranked.sort((a, b) => Math.abs(delta(b)) - Math.abs(delta(a)));
  const words = ranked
    .slice(0, rowsMax)
    .map((one) => `${cleanLine(one.name)} ${size(one.before)} -> ${size(one.after)}`);
  const left = ranked.length - words.length;
  return wrap(`Struct sizes in bytes (prod) ${words.join(', ')}${left > 0 ? ` and ${left} more` : ''}.`);
}

/** Every struct that the series touches or changes. */
export function structTable(review: Review, rowsMax: number): string[] {
  if (review.structs.length === 0) return [];
  const cells = review.structs
    .slice(0, rowsMax)
    .map((one) => [
      cleanLine(one.name) + (one.variant === '' ? '' : ` (${one.variant})`),
      size(one.before),
      size(one.after),
      signed(delta(one)),
      `${one.fields.length}`,
    ]);
  const columns = [name('struct'), figure('before'), figure('after'), figure('change'), figure('members changed')];
  return [
    'Struct sizes in bytes (prod)',
    '',
    ...table(columns, cells),
    ...more(review.structs.length - cells.length, 'struct'),
  ];
}

/** Members that came, went or moved. */
export function structDetails(review: Review, rowsMax: number): string[] {
  const all = review.structs.flatMap((one) =>
    one.fields.map((field) => [
      `${cleanLine(one.name)}.${cleanLine(field.name)}${one.variant === '' ? '' : ` (${one.variant})`}`,
      field.before ? `${field.before.offset} (${field.before.size})` : '-',
      field.after ? `${field.after.offset} (${field.after.size})` : '-',
    ]),
  );
  if (all.length === 0) return [];
  const columns = [name('member'), figure('before: offset (size)'), figure('after: offset (size)')];
  return [
    'Members changed',
    '',
    ...table(columns, all.slice(0, rowsMax)),
    ...more(all.length - Math.min(all.length, rowsMax), 'member'),
  ];
}

/** Costs of reverse-map walks, where they differ. */
export function behaviourDetails(review: Review, rowsMax: number): string[] {
  if (review.behaviour.length === 0) return [];
  const cells = review.behaviour
    .slice(0, rowsMax)
    .map((row) => [
      cleanLine(row.scenario),
      row.what + (row.variant === '' ? '' : ` (${row.variant})`),
      `${row.before}`,
      `${row.after}`,
      signed(row.after - row.before),
    ]);
  const columns = [name('scenario'), name('what'), figure('before'), figure('after'), figure('change')];
  return [
    ...wrap('Reverse-map walks (prod): how many, VMAs visited in all, most in one walk'),
    '',
    ...table(columns, cells),
    ...more(review.behaviour.length - cells.length, 'row'),
  ];
}

const delta = (one: StructChange) => (one.after ?? 0) - (one.before ?? 0);
const size = (bytes: number | null) => (bytes === null ? '-' : `${bytes}`);
const more = (left: number, what: string) => (left > 0 ? [`  and ${counted(left, `further ${what}`)}`] : []);

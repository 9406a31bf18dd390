// SPDX-License-Identifier: GPL-2.0-or-later
// Our own compact form of measured histories: one JSON file a family, each step and each row of counts one short text.
// pack and unpack are each other's inverse for all that a replay reads.
import { z } from 'zod';
import { historyFault, type MeasuredHistory, type MeasuredStep, measuredHistory } from './history.ts';
import { COUNTED } from './values.ts';

type CompactStep = string | { for: string; do: CompactStep[] };
const compactStep: z.ZodType<CompactStep> = z.lazy(() =>
  z.union([z.string(), z.strictObject({ for: z.string(), do: z.array(compactStep) })]),
);

const compactHistory = z.strictObject({
  name: z.string(),
  about: z.string(),
  /** "0x100000000000 8", then stride=, count=, after=. */
  layout: z.record(z.string(), z.string()),
  steps: z.array(compactStep),
  /** "checkpoint 1 2 3", or "1 2 3" after each step; the order of COUNTED. */
  expect: z.array(z.string()),
  /** Row of expect, from 0 -> VMAs by process. */
  vmas: z.record(z.string(), z.record(z.string(), z.string())).optional(),
  /** Canonical lines by checkpoint. */
  topology: z.record(z.string(), z.array(z.string())).optional(),
  requires: z.array(z.string()).optional(),
});
export const compactFile = z.strictObject({
  family: z.string(),
  kernel: z.string(),
  histories: z.array(compactHistory),
});
export type CompactHistory = z.infer<typeof compactHistory>;
export type CompactFile = z.infer<typeof compactFile>;

const dense = (value: string | number | undefined): string => `${value}`.replaceAll(' ', '');

/** A measured history in short; topologies and requirements are added by the caller. */
export function packHistory(history: MeasuredHistory): CompactHistory {
  const vmas: Record<string, Record<string, string>> = {};
  const expect = history.expect.map((row, index) => {
    if (typeof row.vmas === 'object')
      vmas[index] = Object.fromEntries(Object.entries(row.vmas).map(([process, list]) => [process, list.join(' ')]));
    const counts = COUNTED.map((object) => row[object]).join(' ');
    return typeof row.checkpoint === 'string' ? `${row.checkpoint} ${counts}` : counts;
  });
  return {
    name: history.name,
    about: history.about,
    layout: Object.fromEntries(
      Object.entries(history.layout).map(([region, { base, pages, stride_pages, count, directly_after }]) => {
        const more = Object.entries({ stride: stride_pages, count, after: directly_after });
        const given = more.filter(([, value]) => value !== undefined).map(([key, value]) => `${key}=${value}`);
        return [region, [base, pages, ...given].join(' ')];
      }),
    ),
    steps: history.steps.map(packStep),
    expect,
    ...(Object.keys(vmas).length > 0 && { vmas }),
  };
}

function packStep(step: MeasuredStep): CompactStep {
  if (step.op === 'for') return { for: `${step.var} ${step.from} ${step.to}`, do: step.body.map(packStep) };
  if (step.op === 'checkpoint') return `checkpoint ${step.name}`;
  if (step.op === 'fork' || step.op === 'vfork') return `${step.op} ${step.parent} ${step.child}`;
  if (step.op === 'vfork_resume') return `vfork_resume ${step.parent}`;
  if (!('region' in step)) return 'proc' in step ? `${step.op} ${step.proc}` : step.op;
  const index = step.index === undefined ? '' : `[${dense(step.index)}]`;
  const start = `${step.op} ${step.proc} ${step.region}${index} ${dense(step.page)} ${dense(step.pages)}`;
  switch (step.op) {
    case 'mmap':
      return `${start} ${step.prot} ${step.flags.join(',')}${step.file_page === undefined ? '' : ` ${dense(step.file_page)}`}`;
    case 'mprotect':
      return `${start} ${step.prot}`;
    case 'madvise':
      return `${start} ${step.advice}`;
    case 'mremap':
      return `${start} ${step.to ?? step.region} ${dense(step.to_page)} ${dense(step.new_pages)} ${step.flags.join(',')}`;
    default:
      return start;
  }
}

/** The measured form of a compact history. Errors: InputError that names `shown`. */
export function unpackHistory(compact: CompactHistory, shown: string): MeasuredHistory {
  const layout = Object.fromEntries(
    Object.entries(compact.layout).map(([region, text]) => {
      const [base, pages, ...more] = text.split(' ');
      const given = new Map(more.map((word) => word.split('=') as [string, string]));
      const number = (key: string): number | undefined => (given.has(key) ? Number(given.get(key)) : undefined);
      return [
        region,
        {
          base,
          pages: Number(pages),
          stride_pages: number('stride'),
          count: number('count'),
          directly_after: given.get('after'),
        },
      ];
    }),
  );
  const expect = compact.expect.map((text, index) => {
    const words = text.split(' ');
    const checkpoint = words.length > COUNTED.length ? words.shift() : undefined;
    const vmas = compact.vmas?.[index];
    return {
      ...(checkpoint !== undefined && { checkpoint }),
      ...Object.fromEntries(COUNTED.map((object, i) => [object, Number(words[i])])),
      ...(vmas && {
        vmas: Object.fromEntries(
          Object.entries(vmas).map(([process, list]) => [process, list === '' ? [] : list.split(' ')]),
        ),
      }),
    };
  });
  const { name, about } = compact;
  const unpacked = { name, about, layout, steps: compact.steps.map(unpackStep), expect };
  const parsed = measuredHistory.safeParse(unpacked);
  if (!parsed.success) throw historyFault(parsed.error, unpacked, shown);
  return parsed.data;
}

const whole = (word = ''): number | string => (/^\d+$/.test(word) ? Number(word) : word);

function unpackStep(step: CompactStep): unknown {
  if (typeof step !== 'string') {
    const [name, from, to] = step.for.split(' ');
    return { op: 'for', var: name, from: Number(from), to: Number(to), body: step.do.map(unpackStep) };
  }
  const [op = '', first, second, page, pages, ...rest] = step.split(' ');
  if (op === 'checkpoint') return { op, name: first };
  if (op === 'fork' || op === 'vfork') return { op, parent: first, child: second };
  if (op === 'vfork_resume') return { op, parent: first };
  if (second === undefined) return { op, proc: first };
  const [, region, index] = /^([^[]*)(?:\[(.*)\])?$/.exec(second) ?? [];
  const start = {
    op,
    proc: first,
    region,
    page: whole(page),
    pages: whole(pages),
    ...(index !== undefined && { index: whole(index) }),
  };
  switch (op) {
    case 'mmap':
      return {
        ...start,
        prot: rest[0],
        flags: rest[1]?.split(','),
        ...(rest[2] !== undefined && { file_page: whole(rest[2]) }),
      };
    case 'mprotect':
      return { ...start, prot: rest[0] };
    case 'madvise':
      return { ...start, advice: rest[0] };
    case 'mremap':
      return {
        ...start,
        to: rest[0],
        to_page: whole(rest[1]),
        new_pages: whole(rest[2]),
        flags: rest[3]?.split(',').filter(Boolean),
      };
    default:
      return start;
  }
}

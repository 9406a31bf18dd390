// SPDX-License-Identifier: GPL-2.0-or-later
// The form of a history that was measured on a running kernel: JSON with a layout, steps and counts.
import { z } from 'zod';
import { InputError } from '../../errors.ts';
import { quoted, suggestion } from '../grammar/tokens.ts';

/** A number, or arithmetic in the variables of loops. */
const page = z.union([z.number().int().min(0), z.string().max(60)]);
const size = z.union([z.number().int().min(1), z.string().max(60)]);
const region = z.string().regex(/^[A-Za-z]\w{0,31}$/);
const process_ = z.string().max(60);
const where = { proc: process_, region, page, pages: size, index: page.optional() };

/** All kinds of steps. */
const OPS = [
  ...['mmap', 'munmap', 'mprotect', 'madvise', 'mremap', 'mlock', 'munlock', 'write', 'read'],
  ...['fork', 'vfork', 'vfork_resume', 'exec', 'exit', 'reap', 'thp_enable', 'checkpoint', 'for'],
];

const plainStep = z.discriminatedUnion('op', [
  z.strictObject({
    ...where,
    op: z.literal('mmap'),
    prot: z.string(),
    flags: z.array(
      z.enum([
        'private',
        'shared',
        'anon',
        'file:ext4',
        'file:tmpfs',
        'file:devzero',
        'fixed',
        'populate',
        'growsdown',
      ]),
    ),
    file_page: page.optional(),
  }),
  z.strictObject({ ...where, op: z.enum(['munmap', 'mlock', 'munlock', 'write', 'read']) }),
  z.strictObject({ ...where, op: z.literal('mprotect'), prot: z.string() }),
  z.strictObject({ ...where, op: z.literal('madvise'), advice: z.string() }),
  z.strictObject({
    ...where,
    op: z.literal('mremap'),
    to: region.optional(),
    to_page: page.default(0),
    new_pages: size,
    flags: z.array(z.enum(['maymove', 'fixed', 'dontunmap'])),
  }),
  z.strictObject({ op: z.enum(['fork', 'vfork']), parent: process_, child: process_ }),
  z.strictObject({ op: z.literal('vfork_resume'), parent: process_ }),
  z.strictObject({ op: z.enum(['exec', 'exit', 'reap', 'thp_enable']), proc: process_ }),
  z.strictObject({ op: z.literal('checkpoint'), name: z.string().regex(/^\w{1,60}$/) }),
]);

export type MeasuredStep =
  | z.infer<typeof plainStep>
  | { op: 'for'; var: string; from: number; to: number; body: MeasuredStep[] };

const loop = z.strictObject({
  op: z.literal('for'),
  var: z.string().regex(/^[a-z]\w{0,15}$/),
  from: z.number().int(),
  to: z.number().int(),
  get body(): z.ZodType<MeasuredStep[]> {
    return z.array(step);
  },
});

const step: z.ZodType<MeasuredStep> = z.lazy(
  () => z.discriminatedUnion('op', [...plainStep.options, loop]) as unknown as z.ZodType<MeasuredStep>,
);

/** VMAs of each process, one text each: region+page:pages:perm:anon_vma:chain. */
const vmas = z.record(z.string(), z.array(z.string()));

/** A history with its counts: at named checkpoints, or after every step. */
export const measuredHistory = z.object({
  name: z.string().regex(/^\w{1,80}$/),
  about: z.string().default(''),
  /** Family of the history. */
  group: z
    .string()
    .regex(/^[\w-]{1,40}$/)
    .optional(),
  layout: z.record(
    region,
    z.object({
      base: z.string().regex(/^0x[0-9a-f]{1,12}$/),
      pages: z.number().int().min(1),
      stride_pages: z.number().int().min(1).optional(),
      count: z.number().int().min(1).optional(),
      directly_after: region.optional(),
    }),
  ),
  steps: z.array(step),
  expect: z.array(z.record(z.string(), z.union([z.string(), z.number(), vmas]))).default([]),
});

export type MeasuredHistory = z.infer<typeof measuredHistory>;

/** The first fault of what is no measured history, in one line, with the nearest word for an unknown kind of step. */
export function historyFault(error: z.ZodError, json: unknown, shown: string): InputError {
  const [issue] = error.issues;
  if (issue === undefined) return new InputError(`${shown}: is no measured history`);
  const at = issue.path.join('.');
  const found = issue.path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null)?.[key], json);
  const op = issue.code === 'invalid_union' && issue.path.at(-1) === 'op' && typeof found === 'string';
  const why = op ? `unknown step ${quoted(found)}${suggestion(found, OPS)}` : issue.message;
  return new InputError(`${shown}: ${at === '' ? '' : `${at}: `}${why}`);
}

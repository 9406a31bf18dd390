// SPDX-License-Identifier: GPL-2.0-or-later
// The form of the configuration file.
import { z } from 'zod';
import { mailbox, smtpServer, stopUrl } from '../delivery/index.ts';
import { DAY_MS } from './limits.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, min: 60_000, h: 3_600_000, d: DAY_MS };

/** "90 s", "5 min", "4 h", "2 d" -> milliseconds. */
export const duration = z.string().transform((text, context): number => {
  const [, number, unit = ''] = /^(\d{1,6}) ?(s|min|h|d)$/.exec(text.trim()) ?? [];
  if (number === undefined) context.addIssue('expected a time such as "90 s", "5 min", "4 h" or "2 d"');
  return Number(number) * (UNITS[unit] ?? 0);
});
const place = z.string().min(1).max(1_000);
const glob = z
  .string()
  .max(200)
  .regex(/^[^\s*]*(\*[^\s*]*){0,3}$/, 'expected an address, "*" standing for anything');
const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a time of day such as "22:00"');
const day = z.string().transform((text, context): number => {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(time)) context.addIssue('expected a day such as 2026-01-31');
  return time;
});
const person = z.union([z.literal(['author', 'list']), mailbox], {
  error: 'expected "author", "list" or an address such as "Name <name@example.org>"',
});

const answerSchema = z.strictObject({
  mode: z.enum(['dry-run', 'moderated', 'send']).default('dry-run'),
  to: z.array(person).default([]),
  cc: z.array(person).default([]),
  clean: z.boolean().default(false),
  delay: duration.default(0),
  'daily-limit': z.int().min(0).max(10_000).default(20),
  'max-age': duration.default(14 * DAY_MS),
  'quiet-hours': z
    .strictObject({
      from: clock,
      to: clock,
      timezone: z.string().refine(isTimezone, 'expected a time zone such as Europe/Berlin').default('UTC'),
    })
    .optional(),
});

const listSchema = z.strictObject({
  address: mailbox.optional(),
  follow: z
    .array(
      z.strictObject({
        git: place.optional(),
        nntp: place.optional(),
        imap: place.optional(),
        maildir: place.optional(),
        every: duration.optional(),
      }),
    )
    .min(1),
  archive: place.optional(),
  since: day.optional(),
  areas: z.array(z.string()).min(1).optional(),
  'complete-within': duration.default(4 * 3_600_000),
  settle: duration.default(5 * 60_000),
  authors: z.array(glob).min(1).optional(),
  ignore: z.array(glob).default([]),
  answer: answerSchema.prefault({}),
  commands: z.strictObject({ from: z.array(glob).default([]) }).prefault({}),
});

/** One list, as it is written. */
export type ListInput = z.output<typeof listSchema>;

export const configSchema = z.strictObject({
  state: place.optional(),
  bot: z.strictObject({ from: mailbox, 'reply-to': mailbox.optional(), stop: stopUrl.optional() }),
  smtp: smtpServer.optional(),
  sent: z.array(place).default([]),
  review: z
    .strictObject({
      tree: z.string().min(1).optional(),
      jobs: z.int().min(1).max(64).optional(),
      budget: z.int().min(1).max(1_000_000_000).optional(),
      'time-cap': duration.optional(),
    })
    .prefault({}),
  lists: z.record(z.string().regex(/^[\w.+-]{1,100}$/, 'expected a short name'), listSchema),
});

function isTimezone(timeZone: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone }));
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

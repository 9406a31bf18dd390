// SPDX-License-Identifier: GPL-2.0-or-later
// The form of the service's configuration file. Secrets have no place in it: see secrets.ts.
import { z } from 'zod';
import { duration } from '../watch/config-schema.ts';
import { GRACE_MS, JOB_CPU_MS, JOB_MEMORY_BYTES, JOB_WALL_MS, KEPT_DAYS } from './limits.ts';

const path = z.string().min(1).max(1_000);
const MIB = 1024 * 1024;

/** "512 MiB", "6 GiB" -> bytes. */
const bytes = z.string().transform((text, context): number => {
  const [, number, unit] = /^(\d{1,6}) ?(MiB|GiB)$/.exec(text.trim()) ?? [];
  if (number === undefined) context.addIssue('expected an amount such as "512 MiB" or "6 GiB"');
  return Number(number) * (unit === 'GiB' ? 1024 * MIB : MIB);
});

/** The origin under which people reach the service, without a slash at its end. */
const origin = z.string().transform((text, context): string => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url && ['http:', 'https:'].includes(url.protocol) && `${url.username}${url.search}${url.hash}` === '';
  if (!plain) context.addIssue('expected an http(s) URL such as https://rmapbot.example.org');
  return plain ? url.href.replace(/\/+$/, '') : '';
});

export const serviceSchema = z.strictObject({
  /** `folder` on one machine; with "postgres: true" the server of RMAPBOT_DATABASE_URL. */
  store: z
    .strictObject({
      folder: path.optional(),
      postgres: z.boolean().default(false),
      'keep-days': z.int().min(1).max(3650).default(KEPT_DAYS),
    })
    .prefault({}),
  listen: z
    .strictObject({
      host: z
        .string()
        .regex(/^[\w.:-]{1,255}$/, 'expected an address or a host')
        .default('127.0.0.1'),
      port: z.int().min(0).max(65_535).default(8347),
    })
    .prefault({}),
  'public-url': origin.optional(),
  workers: z.int().min(0).max(64).default(1),
  grace: duration.default(GRACE_MS),
  isolation: z.enum(['auto', 'bubblewrap', 'none']).default('auto'),
  scratch: path.optional(),
  limits: z
    .strictObject({
      memory: bytes.default(JOB_MEMORY_BYTES),
      cpu: duration.default(JOB_CPU_MS),
      wall: duration.default(JOB_WALL_MS),
    })
    .prefault({}),
  review: z
    .strictObject({
      tree: z.string().min(1).max(1_000).optional(),
      jobs: z.int().min(1).max(64).optional(),
      budget: z.int().min(1).max(1_000_000_000).optional(),
      'time-cap': duration.optional(),
    })
    .prefault({}),
  watch: path.optional(),
  github: z
    .strictObject({
      'app-id': z.int().min(1),
      'api-url': origin.optional(),
      path: z
        .string()
        .regex(/^\/[\w/-]{1,200}$/, 'expected a path such as /api/github/webhooks')
        .optional(),
    })
    .optional(),
  log: z.strictObject({ level: z.enum(['debug', 'info', 'warn', 'error']).default('info') }).prefault({}),
});

export type ServiceInput = z.output<typeof serviceSchema>;

// SPDX-License-Identifier: GPL-2.0-or-later
// The service's log: one JSON object a line, by pino. Secrets never reach it: the values that this process was given are
// left out wherever they stand, and so is what has the form of a credential.
import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino';
import { cleanLine } from '../report/sanitise.ts';
import { LOG_TEXT_MAX } from './limits.ts';
import { SECRETS, secret } from './secrets.ts';

export type Log = Logger;

/** Tokens of GitHub, keys, authorisation headers, passwords in URLs, secrets in queries. */
const FORMS: readonly [RegExp, string][] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, '[key]'],
  [/\b(gh[pousr]_|github_pat_)\w{10,}/g, '[token]'],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, '[token]'],
  [
    /\b(authorization|x-hub-signature(?:-256)?|cookie|password|passwd|secret|token)(["']?\s*[:=]\s*["']?)(?:(?:bearer|basic|token) )?[^\s"',;&]+/gi,
    '$1$2[secret]',
  ],
  [/(\w+:\/\/[^\s/:@]*):[^\s@/]+@/g, '$1:[secret]@'],
];

/** A text as it may stand in the log. */
export function redactor(env: NodeJS.ProcessEnv = process.env): (text: string) => string {
  const values = SECRETS.flatMap((name) => secret(name, env) ?? []).filter((value) => value.length >= 6);
  return (text) => {
    let clean = text;
    for (const value of values) clean = clean.replaceAll(value, '[secret]');
    for (const [form, instead] of FORMS) clean = clean.replace(form, instead);
    return clean;
  };
}

/** A logger on a stream; standard error if none is given. */
export function openLog(level: string, to?: DestinationStream, env: NodeJS.ProcessEnv = process.env): Log {
  const redact = redactor(env);
  const said = (value: unknown): unknown => {
    if (typeof value === 'string') return cleanLine(redact(value), LOG_TEXT_MAX);
    if (value instanceof Error) return { message: said(value.message), name: value.name };
    if (Array.isArray(value)) return value.map(said);
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, said(one)]));
    return value;
  };
  return pino(
    {
      level,
      base: undefined,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: said as never, error: said as never },
      hooks: {
        logMethod(args, method) {
          method.apply(this, args.map(said) as Parameters<typeof method>);
        },
      },
    },
    to ?? destination({ dest: 2, sync: true }),
  );
}

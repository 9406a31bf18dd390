// SPDX-License-Identifier: GPL-2.0-or-later
// Errors of a connection -> one line for the user.
import { InputError } from '../errors.ts';
import { oneLine } from './header.ts';

const REASON: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing answers there',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ABORT_ERR: 'no answer',
};

/** What went wrong with a server is the user's to mend: InputError. Errors of other kinds stay as they are. */
export function unreachable(error: unknown, name: string): unknown {
  if (error instanceof InputError || !(error instanceof Error)) return error;
  const inner = error.cause instanceof Error ? error.cause : error;
  const code = (inner as NodeJS.ErrnoException).code ?? '';
  const abort = inner.name === 'AbortError' ? REASON.ABORT_ERR : undefined;
  const reason =
    abort ??
    REASON[code] ??
    (/^(ERR_SSL|ERR_TLS|CERT_|DEPTH_|SELF_|UNABLE_)/.test(code) ? oneLine(inner.message) : undefined);
  if (reason !== undefined) return new InputError(`${name}: ${reason}`);
  // What fetch throws: "fetch failed", "terminated", with what happened as its cause.
  if (inner !== error && error instanceof TypeError) return new InputError(`${name}: ${oneLine(inner.message)}`);
  return error;
}

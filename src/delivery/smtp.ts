// SPDX-License-Identifier: GPL-2.0-or-later
// Sends what is approved, by SMTP with nodemailer. In: an outbox, a server. Out: what became of each entry. A mail that
// the server may have taken, though it did not say so, is never sent again by itself.
import { readFileSync } from 'node:fs';
import { InputError } from '../errors.ts';
import { cleanLine } from '../report/sanitise.ts';
import { SMTP_SILENCE_MS } from './limits.ts';
import type { Outbox, OutboxState } from './outbox.ts';
import type { SmtpServer } from './policy.ts';

/** Sends all approved entries. InputError, and nothing has been sent, where the server does not take us. */
export async function sendApproved(
  outbox: Outbox,
  server: SmtpServer,
): Promise<{ id: string; state: OutboxState; note: string }[]> {
  const approved = outbox.list().filter(({ state }) => state === 'approved');
  if (approved.length === 0) return [];
  const { createTransport } = await import('nodemailer');
  const { host, port, security } = server;
  const auth = credentials();
  const local = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host);
  if (auth && security === 'none' && !local)
    throw new InputError('smtp: a password goes over TLS only: security: tls or starttls');
  const transport = createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    ...(auth ? { auth } : {}),
    connectionTimeout: SMTP_SILENCE_MS,
    greetingTimeout: SMTP_SILENCE_MS,
    socketTimeout: SMTP_SILENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    await transport.verify();
  } catch (error) {
    transport.close();
    throw new InputError(`smtp: ${host}:${port}: ${cleanLine((error as Error).message, 200)}`);
  }
  const results: { id: string; state: OutboxState; note: string }[] = [];
  try {
    for (const { id, sender, recipients, raw } of approved) {
      if (!outbox.claim(id)) continue;
      const { state, note } = await transport
        .sendMail({ envelope: { from: sender, to: recipients }, raw })
        .then(sent, failed);
      outbox.settle(id, state, note);
      results.push({ id, state, note });
    }
  } finally {
    transport.close();
  }
  return results;
}

type Settled = { state: 'sent' | 'approved' | 'queued' | 'uncertain'; note: string };

function sent({ rejected }: { rejected: unknown[] }): Settled {
  return { state: 'sent', note: rejected.length === 0 ? '' : `refused for ${cleanLine(rejected.join(', '), 200)}` };
}

/** A server's own refusal is certain: for now (4xx) it may be tried again, for ever (5xx) a person must look. */
function failed(error: Error & { responseCode?: number }): Settled {
  const note = cleanLine(error.message, 200);
  if (error.responseCode === undefined) return { state: 'uncertain', note };
  return { state: error.responseCode >= 500 ? 'queued' : 'approved', note };
}

function credentials(): { user: string; pass: string } | undefined {
  const { RMAPBOT_SMTP_USER: user, RMAPBOT_SMTP_PASSWORD: pass, RMAPBOT_SMTP_PASSWORD_FILE: file } = process.env;
  if (user === undefined) return undefined;
  if (pass !== undefined) return { user, pass };
  if (file === undefined) throw new InputError('RMAPBOT_SMTP_USER is set, but no RMAPBOT_SMTP_PASSWORD');
  try {
    return { user, pass: readFileSync(file, 'utf8').replace(/\r?\n$/, '') };
  } catch (error) {
    throw new InputError(`RMAPBOT_SMTP_PASSWORD_FILE cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}

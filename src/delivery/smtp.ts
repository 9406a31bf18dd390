// SPDX-License-Identifier: GPL-2.0-or-later
// Sends what is approved, by SMTP with nodemailer. In: an outbox, a server. Out: what became of each entry. A mail that
// the server may have taken, though it did not say so, is never sent again by itself: an entry counts as being sent from
// the moment at which the server asks for the message itself until its answer is on the disk, and no longer.
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import { InputError } from '../errors.ts';
import { cleanLine } from '../report/sanitise.ts';
import { RETRY_MS, SMTP_SILENCE_MS } from './limits.ts';
import type { Outbox, OutboxEntry, OutboxState } from './outbox.ts';
import type { SmtpServer } from './policy.ts';

export interface Settled {
  id: string;
  state: OutboxState;
  note: string;
}

/**
 * Sends the approved entries that are due and that the caller wants. InputError, and nothing has been sent, where the
 * server does not take us. Where it goes away in the middle, the rest stays as it is.
 */
export async function sendApproved(
  outbox: Outbox,
  server: SmtpServer,
  wanted: (entry: OutboxEntry) => boolean = () => true,
): Promise<Settled[]> {
  const now = Date.now();
  const approved = outbox.list('approved').filter(({ due }) => due <= now);
  const results: Settled[] = [];
  let connection: SMTPConnection | undefined;
  try {
    for (const entry of approved) {
      if (!wanted(entry)) continue;
      if (!connection) {
        try {
          connection = await connect(server);
        } catch (error) {
          if (results.length === 0) throw error;
          return results;
        }
      }
      const settled = await sendOne(outbox, connection, entry);
      if (settled) results.push(settled);
      // Whatever the server thinks of the mail before, the next one begins afresh.
      if (settled?.state !== 'sent') {
        connection.close();
        connection = undefined;
      }
    }
  } finally {
    connection?.quit();
  }
  return results;
}

/** None where another process has the entry. */
async function sendOne(outbox: Outbox, connection: SMTPConnection, entry: OutboxEntry): Promise<Settled | undefined> {
  const { id, sender, recipients, raw } = entry;
  let claimed: boolean | undefined;
  // nodemailer reads the message once the server has said 354: from here on it may be taken.
  const message = new Readable({
    read() {
      claimed = outbox.claim(id);
      if (!claimed) return void this.destroy(new Error('another process sends it'));
      this.push(raw);
      this.push(null);
    },
  });
  const { later, ...result } = await new Promise<Result>((resolve) => {
    const lost = (error: Error) => resolve(failed(error, claimed === true));
    const hungUp = () => lost(new Error('the server hung up'));
    connection.once('error', lost).once('end', hungUp);
    connection.send({ from: sender, to: recipients }, message, (error, info) => {
      connection.off('error', lost).off('end', hungUp);
      if (error) return resolve(failed(error, claimed === true));
      const refused = info?.rejected ?? [];
      resolve({ state: 'sent', note: refused.length === 0 ? '' : `refused for ${cleanLine(refused.join(', '), 200)}` });
    });
  });
  message.destroy();
  if (claimed === false) return undefined;
  const { state, note } = result;
  const due = later ? Date.now() + RETRY_MS : 0;
  if (claimed) outbox.settle(id, state as 'sent' | 'approved' | 'queued' | 'uncertain', note, due);
  else outbox.refused(id, state === 'queued' ? 'queued' : 'approved', note, due);
  return { id, state, note };
}

/** `later`: the server asked for some time. */
type Result = Omit<Settled, 'id'> & { later?: boolean };

/**
 * A server's own refusal is certain: for now (4xx) it may be tried again, for ever (5xx) a person must look. A
 * connection that breaks is certain only before the message was under way.
 */
function failed(error: Error & { responseCode?: number | undefined }, claimed: boolean): Result {
  const note = cleanLine(error.message, 200);
  if (error.responseCode === undefined) return { state: claimed ? 'uncertain' : 'approved', note };
  return error.responseCode >= 500 ? { state: 'queued', note } : { state: 'approved', note, later: true };
}

async function connect({ host, port, security }: SmtpServer): Promise<SMTPConnection> {
  const auth = credentials();
  const local = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host);
  if (auth && security === 'none' && !local)
    throw new InputError('smtp: a password goes over TLS only: security: tls or starttls');
  const { default: Connection } = await import('nodemailer/lib/smtp-connection');
  const connection = new Connection({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    connectionTimeout: SMTP_SILENCE_MS,
    greetingTimeout: SMTP_SILENCE_MS,
    socketTimeout: SMTP_SILENCE_MS,
  });
  try {
    await new Promise<void>((resolve, reject) => {
      connection.on('error', reject);
      connection.once('end', () => reject(new Error('the server hung up')));
      connection.connect((refused) => {
        if (refused) return reject(refused);
        if (!auth) return resolve();
        connection.login({ credentials: auth, ...auth }, (wrong) => (wrong ? reject(wrong) : resolve()));
      });
    });
    return connection;
  } catch (error) {
    connection.close();
    throw new InputError(`smtp: ${host}:${port}: ${cleanLine((error as Error).message, 200)}`);
  }
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

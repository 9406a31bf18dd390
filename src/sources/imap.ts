// SPDX-License-Identifier: GPL-2.0-or-later
// A folder over IMAP, by imapflow, read-only. In: host, folder, a Message-ID or a range of UIDs. Out: raw mails.
// Credentials: RMAPBOT_IMAP_USER and RMAPBOT_IMAP_PASSWORD, or RMAPBOT_IMAP_PASSWORD_FILE; without them anonymous.
import { readFile } from 'node:fs/promises';
import type { ImapFlow, SearchObject } from 'imapflow';
import { InputError } from '../errors.ts';
import { readError } from './bytes.ts';
import { oneLine, readHeader } from './header.ts';
import { MAX_IDLE_MS, MAX_MESSAGE_BYTES, MAX_RANGE, SERVER_SILENCE_MS, WINDOW_AFTER, WINDOW_BEFORE } from './limits.ts';
import { type Archive, NoSuchMessage } from './locate.ts';
import type { NamedMessage } from './maildir.ts';
import { ThreadMembers } from './members.ts';
import { unreachable } from './server.ts';

type Server = Extract<Archive, { kind: 'nntp' | 'imap' }>;

/** The thread of a Message-ID; its mails are looked for near it. */
export function imapThread(server: Server, id: string): AsyncGenerator<NamedMessage> {
  return session(server, async function* (client) {
    const [uid] = await imapSearch(client, { header: { 'message-id': id } });
    if (uid === undefined) throw new NoSuchMessage(server.name, id);
    const members = new ThreadMembers<number>();
    const window = `${Math.max(1, uid - WINDOW_BEFORE)}:${uid + WINDOW_AFTER}`;
    const headers = ['message-id', 'references', 'in-reply-to'];
    for await (const mail of client.fetch(window, { uid: true, headers }, { uid: true })) {
      if (mail.headers) members.add(mail.uid, readHeader(mail.headers));
    }
    yield* imapMails(client, members.of(id));
  });
}

/** The mails with UIDs in a range. */
export function imapRange(server: Server, from: number, to: number): AsyncGenerator<NamedMessage> {
  return session(server, async function* (client) {
    const range = `${from}:${Math.min(to, 0xffff_ffff)}`;
    const found = await imapSearch(client, { uid: range });
    // "N:*" names the last message even where N is greater (RFC 3501, 6.4.8).
    const uids = found.filter((uid) => uid >= from && uid <= to);
    if (uids.length > MAX_RANGE)
      throw new InputError(`--range: at most ${MAX_RANGE} messages, ${server.name} has ${uids.length} there`);
    yield* imapMails(client, uids);
  });
}

/** UIDs that a search finds. imapflow says nothing where the connection has been cut, as where nothing was found. */
export async function imapSearch(client: ImapFlow, query: SearchObject): Promise<number[]> {
  const found = await client.search(query, { uid: true });
  if (found === false || found === undefined) throw cut();
  return found;
}

const gone = (client: ImapFlow) => !client.usable || !client.mailbox;
const cut = () => Object.assign(new Error('the connection was cut'), { code: 'ECONNRESET' });

/** Whole mails are asked for, by size: a part of a mail (BODY[]<0.N>) makes public-inbox-imapd 1.9 fall silent. */
export async function* imapMails(client: ImapFlow, uids: readonly number[]): AsyncGenerator<NamedMessage> {
  for (const uid of uids) {
    const known = await client.fetchOne(`${uid}`, { uid: true, size: true }, { uid: true });
    if (!known && gone(client)) throw cut();
    if (!known) continue; // deleted meanwhile
    const name = `message ${uid}`;
    if ((known.size ?? 0) > MAX_MESSAGE_BYTES) {
      const mail = await client.fetchOne(`${uid}`, { uid: true, headers: true }, { uid: true });
      if (!mail && gone(client)) throw cut();
      const raw = (mail ? mail.headers : undefined) ?? Buffer.alloc(0);
      yield { raw: raw.subarray(0, 64 * 1024), offset: 0, name, tooLarge: known.size ?? 0 };
      continue;
    }
    const mail = await client.fetchOne(`${uid}`, { uid: true, source: true }, { uid: true });
    const source = mail ? mail.source : undefined;
    if (source === undefined && gone(client)) throw cut();
    if (source === undefined) continue;
    yield { raw: Buffer.from(source.toString('latin1').replaceAll('\r\n', '\n'), 'latin1'), offset: 0, name };
  }
}

async function* session(
  server: Server,
  work: (client: ImapFlow) => AsyncGenerator<NamedMessage>,
): AsyncGenerator<NamedMessage> {
  const { client, failure } = await imapConnection(server);
  try {
    yield* work(client);
    await client.logout();
  } catch (error) {
    throw failure(error);
  } finally {
    client.close();
  }
}

/** Logs in and opens the folder for reading. `failure`: what an error of the connection means. InputError. */
export async function imapConnection(
  server: Server,
): Promise<{ client: ImapFlow; failure: (error: unknown) => unknown }> {
  const { host, port, tls, folder, name } = server;
  const { user, pass } = await credentials();
  const { ImapFlow } = await import('imapflow');
  // A password goes over an open connection only to this machine itself.
  const local = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host);
  const secret = user !== 'anonymous' && !tls && !local ? { doSTARTTLS: true } : {};
  const times = {
    connectionTimeout: SERVER_SILENCE_MS,
    greetingTimeout: SERVER_SILENCE_MS,
    socketTimeout: SERVER_SILENCE_MS,
    maxIdleTime: MAX_IDLE_MS,
  };
  const client = new ImapFlow({ host, port, secure: tls, auth: { user, pass }, logger: false, ...secret, ...times });
  let broken: unknown;
  client.on('error', (error: unknown) => {
    broken = error;
  });
  const failure = (error: unknown) => imapError(broken ?? error, name);
  try {
    await client.connect();
    await client.mailboxOpen(folder, { readOnly: true });
  } catch (error) {
    client.close();
    throw failure(error);
  }
  return { client, failure };
}

async function credentials(): Promise<{ user: string; pass: string }> {
  const { RMAPBOT_IMAP_USER: user, RMAPBOT_IMAP_PASSWORD: pass, RMAPBOT_IMAP_PASSWORD_FILE: file } = process.env;
  if (user === undefined) return { user: 'anonymous', pass: 'anonymous' };
  if (pass !== undefined) return { user, pass };
  if (file === undefined) throw new InputError('RMAPBOT_IMAP_USER is set, but no RMAPBOT_IMAP_PASSWORD');
  try {
    return { user, pass: (await readFile(file, 'utf8')).replace(/\r?\n$/, '') };
  } catch (error) {
    throw readError(error, 'RMAPBOT_IMAP_PASSWORD_FILE');
  }
}

/** imapflow's own errors say in `responseText` what the server said. */
function imapError(error: unknown, name: string): unknown {
  const { authenticationFailed, mailboxMissing, responseText, code } = error as Record<string, unknown>;
  if (authenticationFailed === true) return new InputError(`${name}: the server refuses user or password`);
  if (mailboxMissing === true) return new InputError(`${name}: the server has no such folder`);
  if (typeof responseText === 'string')
    return new InputError(`${name} answers: ${oneLine(responseText).slice(0, 200)}`);
  if (typeof code === 'string' && /Timeout|NoConnection|Closed|^E(CONN|TIMEOUT)/i.test(code))
    return new InputError(`${name}: no answer (${code})`);
  return unreachable(error, name);
}

// SPDX-License-Identifier: GPL-2.0-or-later
// A thread from a server that answers as lore.kernel.org does: BASE/MESSAGE-ID/t.mbox.gz; and what its search finds. Only
// the server that the user named is asked; a redirect to another one, or from https to http, is refused.
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { InputError } from '../errors.ts';
import { plainBytes } from './bytes.ts';
import { MAX_FOUND, MAX_REDIRECTS, SERVER_SILENCE_MS } from './limits.ts';
import { NoSuchMessage } from './locate.ts';
import { unreachable } from './server.ts';
import { type RawMessage, splitMessages } from './split.ts';

/** The mails of the thread, as the server orders them. InputError where it has none or cannot be reached. */
export function httpThread(base: URL, id: string, name: string): AsyncGenerator<RawMessage> {
  const url = new URL(`${encodeURIComponent(id)}/t.mbox.gz`, base);
  return mails((signal) => get(url, name, signal, new NoSuchMessage(name, id)), name);
}

/** The mails that the server's own search finds, at most MAX_FOUND; none where it has no search. */
export async function* httpSearch(base: URL, query: string, name: string): AsyncGenerator<RawMessage> {
  const url = new URL(`?${new URLSearchParams({ q: query, x: 'm' })}`, base);
  const nothing = new NoSuchMessage(name, query);
  let count = 0;
  try {
    for await (const mail of mails((signal) => get(url, name, signal, nothing, 'POST'), name)) {
      yield mail;
      if (++count >= MAX_FOUND) return;
    }
  } catch (error) {
    if (error !== nothing) throw error;
  }
}

async function* mails(open: (signal: AbortSignal) => Promise<Readable>, name: string): AsyncGenerator<RawMessage> {
  const stop = new AbortController();
  let timer = setTimeout(() => stop.abort(), SERVER_SILENCE_MS);
  try {
    const body = await open(stop.signal);
    yield* splitMessages(plainBytes(Readable.from(heard(body), { objectMode: false }), name));
  } catch (error) {
    throw unreachable(error, name);
  } finally {
    clearTimeout(timer);
    stop.abort();
  }

  async function* heard(body: Readable): AsyncGenerator<Buffer> {
    for await (const chunk of body) {
      clearTimeout(timer);
      timer = setTimeout(() => stop.abort(), SERVER_SILENCE_MS);
      yield chunk;
    }
  }
}

async function get(
  first: URL,
  name: string,
  signal: AbortSignal,
  nothing: NoSuchMessage,
  method = 'GET',
): Promise<Readable> {
  let url = first;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const headers = { 'user-agent': 'rmapbot', accept: 'application/gzip, application/mbox, */*' };
    const answer = await fetch(url, { method, redirect: 'manual', signal, headers });
    const location = answer.headers.get('location');
    if (answer.status >= 300 && answer.status < 400 && location !== null) {
      await answer.body?.cancel();
      const next = new URL(location, url);
      if (next.origin !== first.origin && !(next.host === first.host && next.protocol === 'https:')) {
        throw new InputError(`${name} sends us to another server (${next.origin}): refused`);
      }
      url = next;
      continue;
    }
    if (answer.ok && answer.body) return Readable.fromWeb(answer.body as ReadableStream);
    await answer.body?.cancel();
    // A server without search refuses to be searched.
    const unfound = answer.status === 404 || answer.status === 300 || (method === 'POST' && answer.status < 500);
    if (unfound) throw nothing;
    throw new InputError(`${name} answers ${answer.status} ${answer.statusText}`);
  }
  throw new InputError(`${name} redirects more than ${MAX_REDIRECTS} times`);
}

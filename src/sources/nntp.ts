// SPDX-License-Identifier: GPL-2.0-or-later
// NNTP (RFC 3977), as much as reading a group takes: GROUP, HEAD, OVER, ARTICLE. In: host, group, a Message-ID or a range
// of numbers. Out: raw mails.
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { InputError } from '../errors.ts';
import { oneLine, readHeader } from './header.ts';
import {
  MAX_LINE_BYTES,
  MAX_MESSAGE_BYTES,
  MAX_RANGE,
  SERVER_SILENCE_MS,
  WINDOW_AFTER,
  WINDOW_BEFORE,
} from './limits.ts';
import { type Archive, NoSuchMessage } from './locate.ts';
import type { NamedMessage } from './maildir.ts';
import { ThreadMembers } from './members.ts';
import { unreachable } from './server.ts';

export type Server = Extract<Archive, { kind: 'nntp' | 'imap' }>;

/** The thread of a Message-ID; its mails are looked for near it. */
export function nntpThread(server: Server, id: string): AsyncGenerator<NamedMessage> {
  return nntpSession(server, async function* (client, group) {
    const head = await client.ask(`HEAD <${id}>`, [221, 430]);
    if (head.code === 430) throw new NoSuchMessage(server.name, id);
    const numbers = new Map<string, number>();
    for (const line of await client.lines()) {
      for (const [, name = '', number] of /^xref:/i.test(line) ? line.matchAll(/(\S+):(\d+)/g) : [])
        numbers.set(name, Number(number));
    }
    const number = numbers.get(server.folder);
    if (number === undefined) throw new InputError(`${server.name} does not say which number <${id}> has in the group`);
    const from = Math.max(group.low, number - WINDOW_BEFORE);
    const to = Math.min(group.high, number + WINDOW_AFTER);
    const members = new ThreadMembers<number>();
    await client.ask(`OVER ${from}-${to}`, [224]);
    for (const line of await client.lines()) {
      // RFC 3977, 8.3.2: number, subject, from, date, message-id, references.
      const fields = line.split('\t');
      const header = readHeader(Buffer.from(`message-id: ${fields[4] ?? ''}\nreferences: ${fields[5] ?? ''}\n\n`));
      members.add(Number(fields[0]), header);
    }
    for (const article of members.of(id)) yield* client.article(article);
  });
}

/** The mails with numbers in a range. */
export function nntpRange(server: Server, from: number, to: number): AsyncGenerator<NamedMessage> {
  return nntpSession(server, async function* (client, group) {
    const first = Math.max(group.low, from);
    const last = Math.min(group.high, to);
    if (last - first >= MAX_RANGE)
      throw new InputError(`--range: at most ${MAX_RANGE} messages, ${server.name} has ${first} to ${last} there`);
    for (let number = first; number <= last; number++) yield* client.article(number);
  });
}

/** A conversation about one group. InputError where the server cannot be reached or has no such group. */
export async function* nntpSession<T>(
  server: Server,
  work: (client: Client, group: { low: number; high: number }) => AsyncGenerator<T>,
): AsyncGenerator<T> {
  const { host, port, tls, name } = server;
  const socket = tls ? connectTls({ host, port, servername: host }) : connect({ host, port });
  const client = new Client(socket, name);
  try {
    await client.answer([200, 201]);
    const { code, text } = await client.ask(`GROUP ${server.folder}`, [211, 411]);
    if (code === 411) throw new InputError(`${name}: the server has no such group`);
    const [, low, high] = text.split(' ').map(Number);
    yield* work(client, { low: low ?? 0, high: high ?? 0 });
    socket.end('QUIT\r\n');
  } catch (error) {
    throw unreachable(error, name);
  } finally {
    socket.destroy();
  }
}

export class Client {
  private readonly socket: Socket;
  private readonly name: string;
  private readonly chunks: AsyncIterator<Buffer>;
  private rest: Buffer = Buffer.alloc(0);

  constructor(socket: Socket, name: string) {
    this.socket = socket;
    this.name = name;
    socket.setTimeout(SERVER_SILENCE_MS, () =>
      socket.destroy(Object.assign(new Error('silence'), { code: 'ETIMEDOUT' })),
    );
    this.chunks = socket[Symbol.asyncIterator]();
  }

  async ask(command: string, expected: number[]): Promise<{ code: number; text: string }> {
    this.socket.write(`${command}\r\n`);
    return this.answer(expected);
  }

  async answer(expected: number[]): Promise<{ code: number; text: string }> {
    const line = (await this.line()).toString('latin1');
    const code = Number(line.slice(0, 3));
    if (!expected.includes(code)) throw new InputError(`${this.name} answers: ${oneLine(line).slice(0, 200)}`);
    return { code, text: line.slice(4) };
  }

  /** The lines of a block (RFC 3977, 3.1.1). */
  async lines(): Promise<string[]> {
    const lines: string[] = [];
    for (let line = await this.line(); !(line.length === 1 && line[0] === 46); line = await this.line()) {
      lines.push(line.toString('utf8', line[0] === 46 ? 1 : 0));
    }
    return lines;
  }

  /** One article; none where its number has no mail any more. */
  async *article(number: number): AsyncGenerator<NamedMessage> {
    const { code } = await this.ask(`ARTICLE ${number}`, [220, 423, 430]);
    if (code !== 220) return;
    const pieces: Buffer[] = [];
    let size = 0;
    for (let line = await this.line(); !(line.length === 1 && line[0] === 46); line = await this.line()) {
      const text = line[0] === 46 ? line.subarray(1) : line;
      size += text.length + 1;
      if (size <= MAX_MESSAGE_BYTES) pieces.push(text, LF);
    }
    const raw = Buffer.concat(pieces);
    const large = size > MAX_MESSAGE_BYTES ? { tooLarge: size } : {};
    yield {
      raw: 'tooLarge' in large ? raw.subarray(0, 64 * 1024) : raw,
      offset: 0,
      name: `article ${number}`,
      ...large,
    };
  }

  /** One line without its end. */
  private async line(): Promise<Buffer> {
    for (;;) {
      const end = this.rest.indexOf(10);
      if (end >= 0) {
        const line = this.rest.subarray(0, end > 0 && this.rest[end - 1] === 13 ? end - 1 : end);
        this.rest = this.rest.subarray(end + 1);
        return line;
      }
      if (this.rest.length > MAX_LINE_BYTES) throw new InputError(`${this.name} sends a line without end`);
      const next = await this.chunks.next();
      if (next.done) throw Object.assign(new Error('closed'), { code: 'ECONNRESET' });
      this.rest = this.rest.length === 0 ? next.value : Buffer.concat([this.rest, next.value]);
    }
  }
}

const LF = Buffer.from('\n');

// SPDX-License-Identifier: GPL-2.0-or-later
// A way to a server that breaks: connections refused, cut after some time or some bytes. For SMTP the cut falls before
// the message is asked for, or after the server has taken it and before that is known.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface Flaky {
  port: number;
  cuts: number;
  /** Called when a mail is under way; true: it is lost, and the connection with it. */
  onMail?: () => boolean;
  /** From now on nothing breaks. */
  calm(): void;
  close(): void;
}

/** In: the server's port, which protocol, how often a connection breaks (0..1), a source of chance. */
export async function flaky(to: number, kind: 'smtp' | 'other', rate: number, chance: () => number): Promise<Flaky> {
  let calm = false;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const breaks = !calm && chance() < rate;
    const how = chance();
    const cut = () => {
      flow.cuts++;
      for (const one of [client, upstream]) one.destroy();
    };
    const upstream = connect(to, '127.0.0.1');
    for (const one of [client, upstream]) {
      sockets.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        sockets.delete(one);
        for (const other of [client, upstream]) other.destroy();
      });
    }
    if (breaks && how < 0.3) return cut();
    let left = Math.floor(chance() * 4_000);
    let data = false;
    client.on('data', (chunk) => {
      if (breaks && kind === 'smtp' && how < 0.6 && /^DATA\r\n/m.test(chunk.toString('latin1'))) return cut();
      data ||= chunk.toString('latin1').endsWith('\r\n.\r\n');
      if (kind === 'smtp' && data && flow.onMail?.()) return cut();
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (breaks && kind === 'smtp' && data) return cut();
      left -= chunk.length;
      if (breaks && kind === 'other' && left < 0) return cut();
      client.write(chunk);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const flow: Flaky = {
    port: (server.address() as { port: number }).port,
    cuts: 0,
    calm: () => {
      calm = true;
    },
    close: () => {
      server.close();
      for (const one of sockets) one.destroy();
    },
  };
  return flow;
}

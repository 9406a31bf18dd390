// SPDX-License-Identifier: GPL-2.0-or-later
// The outbox and sending: at most once, whatever the server does and whenever a process ends.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { outboxRetract, queue } from '../../src/cli/outbox.ts';
import { DEFAULT_POLICY, Outbox, type SmtpServer, sendApproved } from '../../src/delivery/index.ts';
import { InputError } from '../../src/errors.ts';
import { sampleReview } from '../report/sample.ts';
import { fakeSeries } from '../review/fake.ts';

afterEach(() => vi.unstubAllEnvs());

const ENTRY = {
  subject: 'x',
  verdict: 'violations',
  sender: 'bot@example.org',
  recipients: ['list@example.org'],
  signatures: [],
};
const RAW = Buffer.from('From: bot@example.org\nSubject: x\n\n.dot\nbody\n');

function outbox(...approved: string[]): { box: Outbox; path: string } {
  const folder = mkdtempSync(join(tmpdir(), 'outbox-'));
  const path = join(folder, 'state', 'outbox.db');
  const box = new Outbox(path);
  onTestFinished(() => {
    box.close();
    rmSync(folder, { recursive: true });
  });
  for (const id of approved) {
    box.add({ ...ENTRY, id, raw: RAW });
    box.decide(id, 'approved', '');
  }
  return { box, path };
}
const states = (box: Outbox) => Object.fromEntries(box.list().map(({ id, state }) => [id, state]));

/** A mail server that answers by script: the reply to each command, "cut" to hang up. Keeps the mails it took. */
async function smtp(script: Record<string, string[]> = {}): Promise<{ server: SmtpServer; taken: string[] }> {
  const taken: string[] = [];
  const say = (socket: Socket, command: string, otherwise: string) => {
    const answer = script[command]?.shift() ?? otherwise;
    if (answer === 'cut') socket.destroy();
    else socket.write(`${answer}\r\n`);
    return answer;
  };
  const listener = createServer((socket) => {
    let rest = '';
    let data = false;
    socket.on('error', () => {});
    socket.write('220 hello\r\n');
    socket.on('data', (chunk: Buffer) => {
      rest += chunk.toString();
      for (;;) {
        const end = rest.indexOf(data ? '\r\n.\r\n' : '\r\n');
        if (end < 0) return;
        const text = rest.slice(0, end);
        rest = rest.slice(end + (data ? 5 : 2));
        if (data) {
          data = false;
          if (say(socket, 'END', '250 taken').startsWith('250')) taken.push(text);
          continue;
        }
        const command = text.split(/[ :]/)[0]?.toUpperCase() ?? '';
        if (command === 'DATA') data = say(socket, 'DATA', '354 go on').startsWith('354');
        else say(socket, command, '250 ok');
      }
    });
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void listener.close());
  await once(listener, 'listening');
  const { port } = listener.address() as { port: number };
  return { server: { host: '127.0.0.1', port, security: 'none' }, taken };
}

describe('the outbox', () => {
  it('takes a series and version once, for ever', async () => {
    const { path } = outbox();
    const policy = { ...DEFAULT_POLICY, toAuthor: true };
    const put = async (sample: string, version = 1, clean = false) =>
      queue(await sampleReview(sample), { ...fakeSeries(2), version }, { ...policy, clean }, { outbox: path });
    expect(await put('violations')).toMatch(/^queued: rmapbot-/);
    expect(await put('violations')).toMatch(/^not queued: version 1 .* answered before/);
    expect(await put('violations', 2)).toMatch(/^queued/);
    for (const quiet of ['clean', 'out-of-scope', 'incomplete', 'inconclusive', 'does-not-apply']) {
      expect(await put(quiet, 3)).toBe(`not queued: ${quiet} is not mailed`);
    }
    expect(await put('clean', 3, true)).toMatch(/^queued/);
  });

  it('moves entries only as a person may', () => {
    const { box } = outbox('a@x', 'b@x');
    expect(() => box.decide('a@x', 'approved', '')).toThrow(/a@x is approved/);
    box.decide('a@x', 'dropped', 'no');
    expect(() => box.decide('a@x', 'approved', '')).toThrow(InputError);
    expect(box.find('a').note).toBe('no');
    expect(box.add({ ...ENTRY, id: 'a@x', raw: RAW })).toBe(false);
    expect(() => box.find('c')).toThrow(/no entry/);
    expect(() => box.find('')).toThrow(/several/);
    expect(states(box)).toEqual({ 'a@x': 'dropped', 'b@x': 'approved' });
  });

  it('takes back what was sent, and never queues such a finding again', async () => {
    const { box, path } = outbox();
    const policy = { ...DEFAULT_POLICY, to: [{ name: 'List', address: 'l@example.org' }] };
    const put = async (version: number) =>
      queue(await sampleReview('violations'), { ...fakeSeries(2), version }, policy, { outbox: path });
    await put(1);
    const id = box.list()[0]?.id ?? '';
    await expect(outboxRetract(id, { why: 'x', outbox: path })).rejects.toThrow(/was not sent/);
    expect(states(box)).toEqual({ [id]: 'queued' });
    box.decide(id, 'approved', '');
    const { server, taken } = await smtp();
    await sendApproved(box, server);
    await outboxRetract(id, { why: 'Our model of\nTested-by: was wrong.', outbox: path });
    expect(states(box)).toEqual({ [id]: 'retracted', [`retraction-${id}`]: 'approved' });
    await sendApproved(box, server);
    const mail = await simpleParser(taken[1] ?? '');
    expect(mail).toMatchObject({ inReplyTo: `<${id}>`, subject: 'Re: mm/rmap: a test of the house' });
    expect(mail.references).toEqual(['<cover@example.org>', `<${id}>`]);
    expect(mail.to).toMatchObject({ text: '"List" <l@example.org>' });
    expect(mail.headers.get('auto-submitted')).toBe('auto-replied');
    expect(mail.text).toContain('Our model of Tested-by: was wrong.');
    expect(await put(2)).toMatch(/^not queued: a finding like one of these has been retracted: walk-complete/);
    await expect(outboxRetract(id, { why: 'x', outbox: path })).rejects.toThrow(/was not sent/);
  });

  it('parks what a dead process was sending', () => {
    const { box, path } = outbox('a@x');
    const script = `import { Outbox } from ${JSON.stringify(new URL('../../src/delivery/outbox.ts', import.meta.url).href)}; if (!new Outbox(process.argv[1]).claim('a@x')) process.exit(9); process.kill(process.pid, 'SIGKILL');`;
    expect(() => execFileSync(process.execPath, ['--input-type=module-typescript', '-e', script, path])).toThrow(
      /Command failed/,
    );
    expect(states(box)).toEqual({ 'a@x': 'uncertain' });
    expect(box.claim('a@x')).toBe(false);
  });

  it('refuses a file that is none, and keeps its folder to itself', () => {
    const { path } = outbox();
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
    writeFileSync(`${path}.not`, 'x'.repeat(5000));
    expect(() => new Outbox(`${path}.not`)).toThrow(InputError);
  });
});

describe('sending', () => {
  it('sends what is approved, once, as it was composed', async () => {
    const { box } = outbox('a@x');
    box.add({ ...ENTRY, id: 'waits@x', raw: RAW });
    const { server, taken } = await smtp();
    expect(await sendApproved(box, server)).toEqual([{ id: 'a@x', state: 'sent', note: '' }]);
    expect(await sendApproved(box, server)).toEqual([]);
    expect(taken).toEqual(['From: bot@example.org\r\nSubject: x\r\n\r\n..dot\r\nbody']);
    expect(states(box)).toEqual({ 'a@x': 'sent', 'waits@x': 'queued' });
  });

  it.each([
    ['refuses for now', { MAIL: ['451 later'] }, 'approved'],
    ['refuses for ever', { RCPT: ['550 nobody'] }, 'queued'],
    ['refuses the mail', { END: ['554 spam'] }, 'queued'],
    ['hangs up after the mail', { END: ['cut'] }, 'uncertain'],
    ['hangs up before the mail', { MAIL: ['cut'] }, 'approved'],
    ['hangs up when asked for the mail', { DATA: ['cut'] }, 'approved'],
  ])('where the server %s', async (_what, script: Record<string, string[]>, state) => {
    const { box } = outbox('a@x');
    const { server, taken } = await smtp(script);
    expect(await sendApproved(box, server)).toMatchObject([{ id: 'a@x', state }]);
    expect(states(box)).toEqual({ 'a@x': state });
    expect(taken).toEqual([]);
  });

  it('sends nothing where the server does not take us, and no password in the clear', async () => {
    const { box } = outbox('a@x');
    const { server } = await smtp({ EHLO: ['554 no', '554 no'], HELO: ['554 no', '554 no'] });
    await expect(sendApproved(box, server)).rejects.toBeInstanceOf(InputError);
    await expect(sendApproved(box, { ...server, port: 1 })).rejects.toThrow(/ECONNREFUSED/);
    vi.stubEnv('RMAPBOT_SMTP_USER', 'u');
    vi.stubEnv('RMAPBOT_SMTP_PASSWORD', 'secret');
    await expect(sendApproved(box, { ...server, host: 'mail.example.org' })).rejects.toThrow(/over TLS only/);
    expect(states(box)).toEqual({ 'a@x': 'approved' });
  });
});

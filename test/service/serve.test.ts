// SPDX-License-Identifier: GPL-2.0-or-later
// `rmapbot serve` and `rmapbot worker` as processes: what a webhook brings is in the queue before it is answered, an
// ordered end is one, a configuration that is wrong is told with its line.
import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { openQueue } from '../../src/service/queue/open.ts';
import { findJobs, workers } from '../../src/service/store/reads.ts';
import { home, patchMail } from '../cli/cli.ts';
import { headersOf, pullRequest, SECRET } from '../github/payloads.ts';
import { freePort } from '../sources/archive.ts';

const folder = mkdtempSync(join(tmpdir(), 'rmapbot-serve-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const privateKey = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
}).privateKey;
writeFileSync(join(folder, 'key.pem'), privateKey);
const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const started: ChildProcess[] = [];
afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
});

function run(command: string, config: string, env: Record<string, string> = {}): ChildProcess & { said(): string } {
  const file = join(folder, `${command}-${started.length}.yaml`);
  writeFileSync(file, config);
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, command, '--config', file], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  started.push(child);
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return Object.assign(child, { said: () => text });
}

async function until(done: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (await Promise.resolve(done()).catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('waited in vain');
}

const secrets = {
  RMAPBOT_GITHUB_PRIVATE_KEY_FILE: join(folder, 'key.pem'),
  RMAPBOT_GITHUB_WEBHOOK_SECRET: SECRET,
};

describe('rmapbot serve', () => {
  it('keeps what webhooks bring, once, and ends in good order', { timeout: 180_000 }, async () => {
    const port = await freePort();
    const config = `store: { folder: state }\nlisten: { port: ${port} }\nworkers: 0\ngrace: 1 s\ngithub: { app-id: 7, api-url: "http://127.0.0.1:9/api/v3" }\n`;
    const child = run('serve', config, secrets);
    const url = `http://127.0.0.1:${port}`;
    await until(async () => (await fetch(`${url}/readyz`)).status === 200);
    const body = JSON.stringify(pullRequest('opened'));
    const post = async (headers: Record<string, string>) =>
      (await fetch(`${url}/api/github/webhooks`, { method: 'POST', headers, body })).status;
    const headers = headersOf('pull_request', body, 'delivery-1');
    expect(await post(headers)).toBe(200);
    expect(await post(headers)).toBe(200);
    const { 'x-hub-signature-256': _signature, ...unsigned } = headers as Record<string, string>;
    expect(await post({ ...unsigned, 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` })).toBeGreaterThanOrEqual(400);
    expect(await post(unsigned)).toBeGreaterThanOrEqual(400);
    const open = await openQueue({ folder: join(folder, 'state') }, { onError() {} });
    const { jobs } = await findJobs(open.database, {});
    expect(jobs).toMatchObject([{ kind: 'github-review', lane: 'people', state: 'queued' }]);
    // The same store from another process: a worker takes the job, and finds no GitHub to answer to.
    const worker = run('worker', config.replace('workers: 0', 'workers: 1'), secrets);
    await until(async () => (await workers(open.database)).length === 1);
    await until(async () => ((await findJobs(open.database, {})).jobs[0]?.attempts ?? 0) > 0);
    const page = await (await fetch(url)).text();
    expect(page).toContain(jobs[0]?.title.split(':')[0]);
    for (const one of [worker, child]) {
      const gone = once(one, 'exit');
      one.kill('SIGTERM');
      expect(await gone).toEqual([0, null]);
    }
    expect(await workers(open.database)).toEqual([]);
    await open.close();
    for (const line of child.said().trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow();
    expect(child.said() + worker.said()).not.toContain(SECRET);
  });

  it('follows lists: a mail becomes a job, a review in a box, and news for the watcher', {
    timeout: 180_000,
  }, async () => {
    const at = home();
    const port = await freePort();
    for (const name of ['cur', 'new', 'tmp']) mkdirSync(join(at.folder, 'mail', name), { recursive: true });
    const watch = `state: watch-state
bot: { from: "bot <bot@example.org>" }
lists:
  mm:
    follow: [{ maildir: mail, every: 1 s }]
    since: 2020-01-01
    settle: 0 s
    answer: { mode: dry-run, to: [author], max-age: 9999 d }
`;
    writeFileSync(join(at.folder, 'watch.yaml'), watch);
    const config = `store: { folder: state }\nlisten: { port: ${port} }\nwatch: watch.yaml\nscratch: scratch\nreview: { tree: kernel, jobs: 1 }\n`;
    writeFileSync(join(at.folder, 'service.yaml'), config);
    const broken = patchMail('mm/rmap.c', ['int one;', 'int other;', 'int three;'], 'int two;');
    writeFileSync(join(at.folder, 'mail/new/1.host'), broken.replace(/^From mboxrd.*\n/, ''));
    const child = at.start(['serve', '--config', 'service.yaml']);
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    try {
      const open = await openQueue({ folder: join(at.folder, 'state') }, { onError() {} });
      await until(async () => (await findJobs(open.database, {})).jobs[0]?.state === 'done');
      const { jobs } = await findJobs(open.database, {});
      expect(jobs).toMatchObject([{ kind: 'series', repository: 'mm', verdict: 'does-not-apply', attempts: 1 }]);
      // The watcher hears of it: what does not apply is not mailed.
      await until(() => said.includes('done: does-not-apply'));
      const page = await (await fetch(`http://127.0.0.1:${port}/jobs/${jobs[0]?.id}/report`)).text();
      expect(page).toContain('does not apply');
      expect((await at.run(['queue', 'list', '--config', 'service.yaml'])).stdout).toMatch(/nothing waits/);
      const nothing = await at.run(['queue', 'retry', jobs[0]?.id ?? '', '--config', 'service.yaml']);
      expect(nothing).toMatchObject({ code: 2, stderr: expect.stringContaining('is parked or cancelled') });
      await open.close();
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      expect(await gone).toEqual([0, null]);
      expect(readdirSync(join(at.folder, 'scratch'))).toEqual([]);
    } catch (error) {
      throw new Error(`${(error as Error).message}; serve said: ${said.slice(-2000)}`);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it.each([
    ['stor: {}', /serve-\d+\.yaml:1: unknown key "stor", did you mean "store"\?/],
    ['limits: { memory: lots }', /:1: limits\.memory: expected an amount such as/],
    ['listen: { port: 99999 }', /:1: listen\.port/],
    ['store: { postgres: true }', /store: postgres needs RMAPBOT_DATABASE_URL/],
    ['store: { postgres: true, folder: x }', /either a folder or postgres/],
    ['public-url: "ftp://x"', /public-url: expected an http\(s\) URL/],
    ['github: { app-id: 7 }', /github needs RMAPBOT_GITHUB_PRIVATE_KEY/],
    [
      'listen: { host: "198.51.100.1" }\nstore: { folder: other }',
      /cannot listen on 198\.51\.100\.1:8347: EADDRNOTAVAIL/,
    ],
  ])('tells in one line what is wrong with: %s', async (config, message) => {
    const child = run('serve', config);
    const [code] = await once(child, 'exit');
    expect(child.said()).toMatch(message);
    expect(child.said().trim().split('\n')).toHaveLength(1);
    expect(code).toBe(2);
  });
});

// SPDX-License-Identifier: GPL-2.0-or-later
// The log: one JSON object a line, no secret in any of them, nothing that a terminal obeys.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openLog } from '../../src/service/log.ts';
import { needed, secret } from '../../src/service/secrets.ts';

const folder = mkdtempSync(join(tmpdir(), 'rmapbot-log-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'key');
const KEY = '-----BEGIN RSA PRIVATE KEY-----\nMIIBOgIBAAJB\nAKj34GkxFhD9\n-----END RSA PRIVATE KEY-----';
writeFileSync(file, `${KEY}\n`);
const env = {
  RMAPBOT_GITHUB_PRIVATE_KEY_FILE: file,
  RMAPBOT_GITHUB_WEBHOOK_SECRET: 'open sesame',
  RMAPBOT_DATABASE_URL: 'postgres://rmapbot:s3cr3tword@db.example.org/rmapbot',
};

function logged(work: (log: ReturnType<typeof openLog>) => void): string {
  const lines: string[] = [];
  work(openLog('debug', { write: (line: string) => void lines.push(line) }, env));
  for (const line of lines) expect(() => JSON.parse(line)).not.toThrow();
  return lines.join('');
}

it('leaves secrets out wherever they stand', () => {
  const token = `ghs_${'a1B2'.repeat(9)}`;
  const text = logged((log) => {
    log.info(`connecting to ${env.RMAPBOT_DATABASE_URL}`);
    log.error({ err: new Error(`POST failed: Authorization: Bearer ${token}`) }, 'trouble');
    log.warn({ headers: { note: `x-hub-signature-256: sha256=0123abcd`, deep: [`the secret is open sesame`] } }, KEY);
    log.info({ url: 'https://someone:hunter2@example.org/x', token: `token=${token}&a=1` }, 'a %s', `b ${token}`);
    log.info('jwt eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxMjM0In0.c2lnbmF0dXJl');
  });
  for (const word of ['s3cr3tword', 'ghs_', 'open sesame', 'MIIBOg', 'hunter2', '0123abcd', 'c2lnbmF0dXJl'])
    expect(text).not.toContain(word);
  expect(text).toContain('POST failed');
  expect(text).toContain('example.org/x');
});

it('hands on nothing that a terminal or a reader of lines obeys', () => {
  const text = logged((log) => log.info({ title: 'a\u001b[2Jb\u009b31m\u202ec\nd' }, 'x\r\ny'));
  for (const code of ['\u001b', '\u009b', '\u202e', '\\u001b', '\\u009b', '\\u202e']) expect(text).not.toContain(code);
  expect(text.trim().split('\n')).toHaveLength(1);
});

it('takes secrets of the environment or of files, and says what is missing without saying what is there', () => {
  expect(secret('RMAPBOT_GITHUB_PRIVATE_KEY', env)).toBe(KEY);
  expect(secret('RMAPBOT_DASHBOARD_PASSWORD', env)).toBeUndefined();
  expect(() => needed('RMAPBOT_DASHBOARD_PASSWORD', 'the test', env)).toThrow(/needs RMAPBOT_DASHBOARD_PASSWORD/);
  const gone = { RMAPBOT_DATABASE_URL_FILE: join(folder, 'nothing') };
  expect(() => secret('RMAPBOT_DATABASE_URL', gone)).toThrow(/RMAPBOT_DATABASE_URL_FILE: cannot be read \(ENOENT\)/);
});

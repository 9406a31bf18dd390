// SPDX-License-Identifier: GPL-2.0-or-later
// What is deployed, as far as it can be told without Docker: files that exist, settings that the service reads, nobody who
// is root, nothing written but in volumes. systemd looks at its units itself where it is there.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { readServiceConfig } from '../../src/service/config.ts';
import { serviceSchema } from '../../src/service/config-schema.ts';
import { SECRETS } from '../../src/service/secrets.ts';
import { readConfig } from '../../src/watch/index.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const text = (path: string) => readFileSync(join(root, path), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'rmapbot-deploy-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('configurations', () => {
  it.each(['docs/service.example.yaml', 'deploy/service.yaml', 'deploy/worker.yaml'])('%s is one', async (path) => {
    vi.stubEnv('RMAPBOT_DATABASE_URL', 'postgres://rmapbot@localhost/rmapbot');
    const config = await readServiceConfig(join(root, path));
    if (config.watch !== undefined) expect((await readConfig(config.watch)).lists.length).toBeGreaterThan(0);
    vi.unstubAllEnvs();
  });

  it('has every field in its example and in its documentation', () => {
    const example = parse(text('docs/service.example.yaml')) as Record<string, unknown>;
    expect(Object.keys(example).sort()).toEqual(Object.keys(serviceSchema.shape).sort());
    for (const name of [...Object.keys(serviceSchema.shape), ...SECRETS])
      expect(text('docs/operate.md')).toContain(name);
  });

  it('has defaults that let nobody in from outside', async () => {
    const config = await readServiceConfig();
    expect(config).toMatchObject({ listen: { host: '127.0.0.1' }, isolation: 'auto', workers: 1 });
  });
});

interface Compose {
  services: Record<
    string,
    {
      build?: { context: string; dockerfile: string };
      read_only?: boolean;
      cap_drop?: string[];
      secrets?: string[];
      networks: string[];
      volumes: string[];
      environment?: Record<string, string>;
      ports?: string[];
    }
  >;
  networks: Record<string, { internal?: boolean }>;
  volumes: Record<string, unknown>;
  secrets: Record<string, { file: string }>;
}

describe('the composition', () => {
  const compose = parse(text('deploy/docker-compose.yml'), { merge: true }) as Compose;

  it('names what there is', () => {
    for (const [name, service] of Object.entries(compose.services)) {
      for (const network of service.networks) expect(compose.networks).toHaveProperty(network);
      for (const secret of service.secrets ?? []) expect(compose.secrets).toHaveProperty(secret);
      for (const volume of service.volumes) {
        const [from = ''] = volume.split(':');
        if (from.startsWith('./')) expect(existsSync(join(root, 'deploy', from))).toBe(true);
        else expect(compose.volumes).toHaveProperty(from);
      }
      if (service.build)
        expect(existsSync(join(root, 'deploy', service.build.context, service.build.dockerfile))).toBe(true);
      for (const [variable, value] of Object.entries(service.environment ?? {})) {
        if (name === 'database') continue;
        expect(SECRETS.map((one) => `${one}_FILE`)).toContain(variable);
        expect(compose.secrets).toHaveProperty(value.replace('/run/secrets/', ''));
      }
    }
  });

  it('gives our containers no rights, no writable root and no open port', () => {
    for (const name of ['serve', 'worker']) {
      expect(compose.services[name]).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
      for (const port of compose.services[name]?.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
    }
    expect(compose.services.database?.ports).toBeUndefined();
    expect(compose.networks.inside?.internal).toBe(true);
  });
});

describe('the image', () => {
  const lines = text('deploy/Dockerfile').split('\n');

  it('copies what there is, runs as nobody who is root, and starts the command', () => {
    const copied = lines.flatMap((line) => /^COPY (?!--from)(.*) \S+$/.exec(line)?.[1]?.split(' ') ?? []);
    for (const path of copied) expect(existsSync(join(root, path))).toBe(true);
    const built = lines.flatMap((line) => /^COPY --from=build \/src\/(\S+)/.exec(line)?.[1] ?? []);
    // dist is made by the build.
    for (const path of built) expect(path === 'dist' || existsSync(join(root, path))).toBe(true);
    const { files, bin } = JSON.parse(text('package.json')) as { files: string[]; bin: { rmapbot: string } };
    for (const path of files.filter((one) => one !== 'CHANGELOG.md')) expect(built).toContain(path);
    expect(lines.findLast((line) => line.startsWith('USER '))).toMatch(/^USER [1-9]\d*:[1-9]\d*$/);
    expect(lines.find((line) => line.startsWith('ENTRYPOINT'))).toContain(bin.rmapbot);
    expect(text('deploy/Dockerfile')).toContain('FROM node:24');
  });
});

describe('systemd units', () => {
  const units = readdirSync(join(root, 'deploy/systemd'));
  const there = spawnSync('systemd-analyze', ['--version']).status === 0;
  if (!there) console.warn('NOT TESTED: systemd-analyze is not there to verify the units');

  it.skipIf(!there).each(units)('%s is one', (unit) => {
    // The command is not installed here.
    const name = unit.replace('@.', '@1.');
    writeFileSync(join(folder, unit), text(`deploy/systemd/${unit}`));
    execFileSync('systemd-analyze', ['verify', '--man=no', join(folder, name)], {
      stdio: 'pipe',
      env: { ...process.env, SYSTEMD_LOG_LEVEL: 'warning' },
    });
  });

  it('are not root, and wait longer than the service takes to end', () => {
    for (const unit of units) {
      const content = text(`deploy/systemd/${unit}`);
      expect(content).toMatch(/^User=rmapbot$/m);
      expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(content)?.[1])).toBeGreaterThan(25);
    }
  });
});

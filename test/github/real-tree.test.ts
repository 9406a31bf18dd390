// SPDX-License-Identifier: GPL-2.0-or-later
// A pull request on a real kernel, from a workflow's command to the check on GitHub: fetched, built, run, shown.
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { cacheRoot } from '../../src/cache-dir.ts';
import { recipeNamed, writeSeries } from '../../src/recipes/index.ts';
import { assembleSeries } from '../../src/series/index.ts';
import { openSource } from '../../src/sources/index.ts';
import { applySeries } from '../../src/tree/index.ts';
import { isSelected } from '../../src/tree/selection.ts';
import { treeFor } from '../support/trees.ts';
import { type FakeGithub, type FakeRepository, fakeGithub } from './fake.ts';
import { type Change, commit, git } from './fake-git.ts';

/** A cold build on a busy machine. */
vi.setConfig({ testTimeout: 900_000 });

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
let fake: FakeGithub;
let repository: FakeRepository;
let folder = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rmapbot-github-e2e-'));
  // Everything is fetched anew; what was compiled of the same content is taken.
  mkdirSync(join(folder, 'rmapbot'));
  mkdirSync(join(cacheRoot(), 'kernel'), { recursive: true });
  symlinkSync(join(cacheRoot(), 'kernel'), join(folder, 'rmapbot', 'kernel'));
  fake = await fakeGithub();
  repository = fake.repository('octo', 'linux');
});
afterAll(async () => {
  await fake.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The part of a tree that mm/ compiles from, as a commit without parents; a few drivers beside it. */
function importTree(root: string): string {
  const who = 'Ann Example <ann@example.org> 1700000000 +0000';
  const pieces: Buffer[] = [Buffer.from(`commit refs/heads/main\ncommitter ${who}\ndata 4\nbase\n`)];
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name).slice(root.length + 1);
    if (!entry.isFile() || !(isSelected(path) || path.startsWith('drivers/net/phy/'))) continue;
    const content = readFileSync(join(root, path));
    pieces.push(Buffer.from(`M 100644 inline ${path}\ndata ${content.length}\n`), content, Buffer.from('\n'));
  }
  execFileSync('git', ['--git-dir', repository.gitDir, 'fast-import', '--quiet'], { input: Buffer.concat(pieces) });
  return git(repository.gitDir, ['rev-parse', 'refs/heads/main']);
}

/** As a workflow runs it. */
function command(...args: string[]): Promise<{ code: unknown; stderr: string }> {
  const env = { PATH: process.env.PATH, XDG_CACHE_HOME: folder, GITHUB_API_URL: fake.url, GITHUB_TOKEN: fake.token };
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, 'review', '--github', ...args], { env, maxBuffer: 1 << 26 }, (error, _, stderr) =>
      resolve({ code: error?.code ?? 0, stderr }),
    );
  });
}

it('a subtle bug in the second of two commits: found, shown on its line, reproducible by name', async () => {
  const tree = await treeFor('6.12');
  const mbox = join(folder, 'series.mbox');
  await writeSeries(recipeNamed('grandchild-split'), tree, mbox);
  const [series] = (await assembleSeries(openSource(mbox, {}))).series;
  if (!series) throw new Error('no series');
  const applied = await applySeries(tree, series);
  const base = importTree(tree.root);
  let head = base;
  for (const { overlay, title } of applied.commits) {
    const change: Change = Object.fromEntries(
      [...overlay].map(([path, content]) => [path, content?.toString('utf8') ?? null]),
    );
    head = commit(repository.gitDir, [head], change, `${title}\n\nBecause.\n`);
  }
  const pull = { number: 12, title: 'mm/rmap: a small thing', body: null, head, base, draft: false, user: 'ann' };
  repository.pulls.set(12, { ...pull, state: 'open' });

  const json = join(folder, 'review.json');
  const { code, stderr } = await command('octo/linux#12', '--json', json);
  expect(stderr).toMatch(/^rmapbot: answered: violations: breaks walk-complete/);
  expect(code).toBe(1);
  expect(fake.faults).toEqual([]);
  const [check] = repository.checks;
  expect(check).toMatchObject({ head_sha: head, status: 'completed', conclusion: 'failure' });
  const annotation = check?.output.annotations[0] as { path: string; start_line: number };
  const lines = git(repository.gitDir, ['diff', '-U0', base, head, '--', annotation.path]);
  const file = git(repository.gitDir, ['show', `${head}:${annotation.path}`]).split('\n');
  expect(lines).toContain(`\n+${file[annotation.start_line - 1]}`);
  expect(check?.output.text).toContain(`rmapbot review 'octo/linux#12@${head}'`);
  expect(repository.comments).toMatchObject([{ issue: 12, body: expect.stringContaining('walk-complete') }]);
  expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({
    verdict: 'violations',
    series: { patches: [{}, {}] },
  });

  // Another pull request on the same base: what is there is not fetched again. Words only, so that nothing is compiled.
  const before = fake.gitBytes;
  const words = `${readFileSync(join(tree.root, 'mm/rmap.c'), 'utf8')}\n/* more */\n`;
  const other = commit(repository.gitDir, [base], { 'mm/rmap.c': words }, 'mm/rmap: say more');
  repository.pulls.set(13, { ...pull, number: 13, head: other, state: 'open' });
  expect((await command('octo/linux#13')).stderr).toMatch(/^rmapbot: answered: out of scope/);
  expect(fake.gitBytes - before).toBeLessThan(before / 100);
});

// SPDX-License-Identifier: GPL-2.0-or-later
// Pull requests on a real kernel tree, from a workflow's command to the check on GitHub.
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { isSelected } from '../../src/tree/selection.ts';
import { treeFor } from '../support/trees.ts';
import { type FakeGithub, type FakeRepository, fakeGithub } from './fake.ts';
import { commit, git } from './fake-git.ts';

/** Some 25,000 files, three times. */
vi.setConfig({ testTimeout: 900_000 });

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
let fake: FakeGithub;
let repository: FakeRepository;
let folder = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rmapbot-github-e2e-'));
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

it('pull requests on a real tree: what mm/ compiles from is fetched once, and the next one brings next to nothing', async () => {
  const tree = await treeFor('6.12');
  const base = importTree(tree.root);
  // Words only, so that nothing is compiled.
  const text = readFileSync(join(tree.root, 'mm/rmap.c'), 'utf8');
  for (const number of [12, 13]) {
    const before = fake.gitBytes;
    const head = commit(repository.gitDir, [base], { 'mm/rmap.c': `${text}\n/* ${number} */\n` }, 'mm/rmap: say more');
    const pull = { number, title: 'mm/rmap: words', body: null, head, base, draft: false, user: 'ann' };
    repository.pulls.set(number, { ...pull, state: 'open' });
    const { code, stderr } = await command(`octo/linux#${number}`);
    expect(stderr).toMatch(/^rmapbot: answered: out of scope: .*only comments/);
    expect(code).toBe(0);
    expect(repository.checks.at(-1)).toMatchObject({ head_sha: head, status: 'completed', conclusion: 'neutral' });
    expect(repository.checks.at(-1)?.output.text).toContain(`on octo/linux, commit ${base}`);
    if (number === 13) expect(fake.gitBytes - before).toBeLessThan(before / 100);
  }
  expect(fake.faults).toEqual([]);
});

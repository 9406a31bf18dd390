// SPDX-License-Identifier: GPL-2.0-or-later
// Every recipe on every tree; the mboxes are what git makes and takes.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyRecipe } from '../../src/recipes/apply.ts';
import { recipeNamed, recipesOf } from '../../src/recipes/collection.ts';
import { plantControls } from '../../src/recipes/controls.ts';
import { findFunctions } from '../../src/recipes/functions.ts';
import { readerOf, seriesText } from '../../src/recipes/write-series.ts';
import type { SourceTree } from '../../src/tree/values.ts';
import { treeFor } from '../support/trees.ts';

const CHANGING = [...recipesOf('examples'), ...recipesOf('seeded')];

describe.each(['6.12', '7.2', '7.3'] as const)('on %s', (name) => {
  let tree: SourceTree;
  beforeAll(async () => {
    tree = await treeFor(name);
  });

  const fitting = CHANGING.filter(({ version }) => version === undefined || version === name);
  it.each(fitting.map((recipe) => [recipe.name, recipe] as const))('%s fits', (_, recipe) => {
    const { patches } = applyRecipe(recipe, readerOf(tree));
    expect(patches).toHaveLength(recipe.patches.length);
    for (const patch of patches) expect(patch.files.size).toBeGreaterThan(0);
  });

  it('every control fits and changes no line number', () => {
    const controls = recipesOf('controls');
    const read = readerOf(tree);
    const planted = plantControls(read, controls);
    expect(planted.unfit).toEqual([]);
    expect(planted.controls.map((control) => control.id)).toEqual(controls.map((recipe) => recipe.name));
    for (const [path, content] of planted.files) {
      const before = (read(path) as string).split('\n');
      const after = content.toString().split('\n');
      expect(after).toHaveLength(before.length);
      const changed = after.filter((line, i) => line !== before[i]);
      expect(changed.every((line) => line.includes('rmapbot_plant('))).toBe(true);
    }
    // The control of a function is inside that function.
    const rmap = planted.files.get('mm/rmap.c')?.toString() as string;
    const [prepare] = findFunctions(rmap, '__anon_vma_prepare');
    expect(rmap.slice(prepare?.start, prepare?.end)).toMatch(/if \(!rmapbot_plant\(\d+\)\) anon_vma_unlock_write/);
  });

  describe('a written series', () => {
    const dir = mkdtempSync(join(tmpdir(), 'rmapbot-am-'));
    afterAll(() => rmSync(dir, { recursive: true, force: true }));

    const git = (...args: string[]): string =>
      execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.org', '-C', dir, ...args], {
        env: { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });

    it.each(['grandchild-split', 'new-file', 'fork-misses-file-tree', 'correct-anon-vma-member'])(
      '%s has the same bytes each time and git am takes it',
      async (recipeName) => {
        const recipe = recipeNamed(recipeName);
        const mbox = await seriesText(recipe, tree);
        expect(await seriesText(recipe, tree)).toBe(mbox);
        if (!existsSync(join(dir, '.git'))) git('init', '-q');
        const { patches } = applyRecipe(recipe, readerOf(tree));
        const paths = new Set(patches.flatMap((patch) => [...patch.files.keys()]));
        for (const path of paths) {
          if (!existsSync(join(tree.root, path))) continue;
          mkdirSync(dirname(join(dir, path)), { recursive: true });
          cpSync(join(tree.root, path), join(dir, path));
        }
        git('add', '-A', '-f');
        git('commit', '-q', '--allow-empty', '-m', 'base');
        // The cover letter holds no patch: git am wants it left out.
        const mails = mbox.split(/^(?=From [0-9a-f]{40} )/m).filter((mail) => mail.includes('\ndiff --git '));
        writeFileSync(join(dir, '.git', 'series.mbox'), mails.join(''));
        git('am', '-q', join(dir, '.git', 'series.mbox'));
        expect(git('log', '--format=%s', `-${patches.length}`).trim().split('\n').reverse()).toEqual(
          patches.map((patch) => patch.title),
        );
        const last = new Map(patches.flatMap((patch) => [...patch.files]));
        for (const [path, content] of last) expect(readFileSync(join(dir, path), 'utf8')).toBe(content);
      },
    );
  });
});

describe('the reader of a tree', () => {
  it('does not follow links out of it', () => {
    const root = mkdtempSync(join(tmpdir(), 'rmapbot-links-'));
    try {
      mkdirSync(join(root, 'mm'));
      writeFileSync(join(root, 'mm/own.c'), 'own');
      symlinkSync('/etc', join(root, 'etc'));
      symlinkSync('/etc/passwd', join(root, 'mm/rmap.c'));
      const read = readerOf({ label: 'own', root, version: '' });
      expect([read('mm/own.c'), read('mm/rmap.c'), read('etc/passwd'), read('mm/none.c')]).toEqual([
        'own',
        undefined,
        undefined,
        undefined,
      ]);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
});

describe('the mails of a series', () => {
  it('are dated, threaded and numbered, and say nothing of this machine', async () => {
    const mbox = await seriesText(recipeNamed('grandchild-split'), await treeFor('7.3'));
    const mails = mbox.split(/^(?=From [0-9a-f]{40} )/m);
    expect(mails.map((mail) => /^Subject: (\[.*?\])/m.exec(mail)?.[1])).toEqual([
      '[PATCH 0/2]',
      '[PATCH 1/2]',
      '[PATCH 2/2]',
    ]);
    expect(mails.map((mail) => /^Message-ID: (.*)$/m.exec(mail)?.[1])).toEqual([
      '<grandchild-split.0@example.org>',
      '<grandchild-split.1@example.org>',
      '<grandchild-split.2@example.org>',
    ]);
    for (const mail of mails.slice(1)) expect(mail).toContain('\nIn-Reply-To: <grandchild-split.0@example.org>\n');
    for (const mail of mails) {
      expect(mail).toContain('\nFrom: Example Author <author@example.org>\n');
      expect(mail).toMatch(/\nDate: Mon, 5 Jan 2026 10:0\d:00 \+0000\n/);
    }
    expect(mbox).not.toContain('***');
    expect(mbox).not.toContain(tmpdir());
  });
});

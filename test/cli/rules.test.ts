// SPDX-License-Identifier: GPL-2.0-or-later
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { rulesAround, rulesFor } from '../../src/cli/user-rules.ts';
import { home, outcomeOf, patchMail, writeFiles } from './cli.ts';

const AREA = `id: mine
name: Mine
about: One. Two.
match:
  functions:
    - my_function
    - gone_function
invariants: [keys]
questions: [Why?]
sources: [mm]
`;
const GOOD = AREA.replace('    - gone_function\n', '');
const MINE = '.rmapbot/rules/mine.yaml';

/** A home with a repository of the user that has rules, and a tree that has one of the functions they name. */
function user(text: string) {
  const here = home();
  writeFiles(here.folder, {
    [`repository/${MINE}`]: text,
    'repository/mm/x.c': '',
    'kernel/mm/a.c': '/* gone_function */\nint my_function(void) { return 0; }\n',
  });
  mkdirSync(path.join(here.folder, 'repository', '.git'));
  const check = (...args: string[]) => outcomeOf(here.start(['rules', 'check', ...args], 'repository'));
  return { ...here, check };
}

describe('rules of a user', () => {
  it('are looked for in the repository around a folder, and nowhere above it', () => {
    const { folder } = user(AREA);
    const rules = path.join(folder, 'repository', '.rmapbot', 'rules');
    expect(rulesAround(path.join(folder, 'repository', 'mm'))).toEqual([rules]);
    expect(rulesAround(folder)).toEqual([]);
    expect(rulesFor([], [rules, path.join(folder, 'repository')])).toEqual([rules]);
    expect(rulesFor(['here'], [path.join(folder, 'repository')])).toEqual(['here']);
  });

  it('are checked by file and line; a comment is no function', async () => {
    const said = await user(AREA).check('--tree', '../kernel');
    expect(said.stdout).toContain(`${MINE}:7: gone_function is in no tree at hand`);
    expect(said.stdout).not.toContain('my_function');
    expect(said.stdout).toContain('not looked up in debian:6.1');
    expect(said.code).toBe(2);
    const keys = await user(`${GOOD}scenarios: [split]\n`).check();
    expect(keys.stdout).toContain(`${MINE}:10: unknown key "scenarios"\n`);
    expect(keys.code).toBe(2);
  });

  it('pass where nothing is wrong, and a folder that is not there is told in one line', async () => {
    const { check } = user(GOOD);
    const good = await check('.rmapbot/rules', '--tree', '../kernel');
    expect(good.stdout).toMatch(/21 areas, \d+ names of the kernel looked up in kernel: nothing wrong\n$/);
    expect(good.code).toBe(0);
    const none = await check('none');
    expect(none).toMatchObject({ code: 2, stdout: '', stderr: 'rmapbot: none: no such folder of rules\n' });
  });

  it('that are wrong stop a review before anything is built', async () => {
    const { run, folder } = user(AREA.replace('[keys]', '[kees]'));
    const mail = patchMail('mm/rmap.c', ['int one;', 'int two;', 'int three;'], 'int four;');
    const args = [
      'review',
      '-',
      '--tree',
      path.join(folder, 'kernel'),
      '--rules',
      path.join(folder, 'repository/.rmapbot/rules'),
    ];
    const said = await run(args, mail);
    expect(said.code).toBe(2);
    expect(said.stderr).toMatch(/mine\.yaml:8: invariants\.0: /);
  });
});

// SPDX-License-Identifier: GPL-2.0-or-later
// What the compiler may see: the tree and our machine. Everything else of the host is "file not found".
import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { compileArguments } from '../../src/kernel/flags.ts';
import type { JobResult } from '../../src/kernel/worker-protocol.ts';
import { OPTIONS, World } from './world.ts';

const SECRET = 'hunter2 of the host';
const world = new World({ 'include/real/inner.h': 'int inner;\n' });
world.write('outside/secret.h', `char secret[] = "${SECRET}";\n`);
symlinkSync('../../outside/secret.h', path.join(world.tree, 'include/linked.h'));
symlinkSync('../../outside', path.join(world.tree, 'include/linked'));
symlinkSync('real', path.join(world.tree, 'include/alias'));
symlinkSync('loop', path.join(world.tree, 'include/loop'));
execFileSync('mkfifo', [path.join(world.tree, 'include/pipe.h')]);
const pool = world.pool();
afterAll(() => world.remove());

async function compile(text: string): Promise<JobResult> {
  const overlay = new Map([['mm/unit.c', Buffer.from(text)]]);
  const args = compileArguments('mm/unit.c', OPTIONS, '.out/unit.o');
  return pool.session(world.open(overlay)).run({ args, inputs: [], outputs: ['.out/unit.o'] });
}

const outside = path.join(world.folder, 'outside/secret.h');
const hostile: [string, string][] = [
  ['an absolute include', `#include "${outside}"`],
  ['an absolute include in angle brackets', `#include <${outside}>`],
  ['a climbing include', '#include "../../outside/secret.h"'],
  ['a climb to the root of the host', `#include "${'../'.repeat(20)}${outside.slice(1)}"`],
  ['a link to a file outside', '#include <linked.h>'],
  ['a file below a link to a folder outside', '#include <linked/secret.h>'],
  ['a link to itself', '#include <loop>'],
  ['a pipe', '#include <pipe.h>'],
  ['a device', '#include "/dev/zero"'],
  ['#embed', `const char data[] = {\n#embed "${outside}"\n};`],
  ['#embed through a link', 'const char data[] = {\n#embed <linked.h>\n};'],
  ['.incbin', `asm(".incbin \\"${outside}\\"");`],
  ['.incbin through a link', 'asm(".incbin \\"include/linked.h\\"");'],
  ['.include', `asm(".include \\"${outside}\\"");`],
];

test.each(hostile)('%s finds nothing', async (_, text) => {
  const result = await compile(`${text}\n`);
  expect(result.code).not.toBe(0);
  expect(result.stderr).toMatch(/not found|could not find/i);
  expect(JSON.stringify(result.stderr) + Buffer.from(result.outputs.get('.out/unit.o') ?? []).toString()).not.toContain(
    SECRET,
  );
});

test('__has_include tells nothing of the host', async () => {
  const probe = (file: string) => `#if __has_include("${file}")\n#error it exists: ${file}\n#endif\n`;
  const files = [outside, '/etc/passwd', '/proc/self/environ', 'linked.h', '../../outside/secret.h'];
  expect(await compile(files.map(probe).join(''))).toMatchObject({ code: 0, stderr: '' });
});

test('a link that stays in the tree is followed', async () => {
  const result = await compile('#include <alias/inner.h>\nint use(void) { return inner; }\n');
  expect(result).toMatchObject({ code: 0, stderr: '' });
  expect(new Map(result.dependencies).get('include/alias/inner.h')).toMatch(/^[\w-]{27}$/);
});

test('no environment, no clock, no other program', async () => {
  const first = await compile('const char *when = __TIME__;\nint use(void) { return when[0]; }\n');
  expect(first.stderr).toContain('date-time'); // refused, as the kernel does
  const second = await compile('int x;\n');
  const third = await compile('int x;\n');
  expect(second.outputs.get('.out/unit.o')).toEqual(third.outputs.get('.out/unit.o'));
});

test('messages quote no source', async () => {
  const result = await compile('int broken(void) { return 1 + ; }\n');
  expect(result.stderr).toBe('mm/unit.c:1:31: error: expected expression\n');
});

// SPDX-License-Identifier: GPL-2.0-or-later
// C programs of scenarios are compiled with all warnings and run on this kernel, where they must pass.
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { InputError } from '../../../src/errors.ts';
import { cProgram } from '../../../src/report/c-program/program.ts';
import { loadScenarios, parseScenario } from '../../../src/simulator/index.ts';

const scenarios = loadScenarios(fileURLToPath(new URL('../../../simulations/scenarios', import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), 'rmapbot-c-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const EXAMPLE = `
name: moved-in-child
areas: []
about: a child moves, protects and drops parts of what it inherited */ and more
files:
  f: ext4 4
steps:
  - P: mmap A 8 rw private anon
  - P: mmap F 2 rw private file f offset 1
  - P: write A 0-3,6
  - P: read F
  - P: fork C
  - C: mremap A 2 4 to B
  - C: write B 0
  - C: mprotect A 0 1 r
  - C: write A 0 fails EFAULT
  - C: munmap A 7 1
  - mark: moved
  - C: vfork V
  - V: read B 1
  - V: exec
  - V: mmap A 1 rw private anon
  - C: exit
  - P: madvise A 6 1 dontneed
`;

/** Compiles and runs a program. Out: its exit code and what it printed. */
async function run(name: string, text: string): Promise<{ code: number; out: string }> {
  const [source, program] = [join(folder, `${name}.c`), join(folder, name)];
  writeFileSync(source, text);
  await promisify(execFile)('gcc', ['-Wall', '-Wextra', '-Werror', '-o', program, source]);
  const done = await promisify(execFile)(program, { cwd: folder, timeout: 120_000 }).catch((error) => error);
  return { code: done.code ?? 0, out: String(done.stdout) };
}

const example = () => parseScenario(EXAMPLE, 'example');

describe('a C program', () => {
  it('does the steps of its scenario', async () => {
    const text = cProgram(example(), { about: ['Look for: a comment that ends */ here, or a line that goes on \\'] });
    await expect(text).toMatchFileSnapshot('program.golden.c');
    const { code, out } = await run('example', text);
    expect(out).not.toContain('not ok');
    expect(out).toMatch(/^TAP version 13\n1\.\.19\nok 1 - P: mmap A 8 rw private anon\n/);
    expect(out).toContain('ok 19 - V reads what it wrote last');
    expect(code).toBe(0);
  });

  it('is the same every time', () => expect(cProgram(example())).toBe(cProgram(example())));

  it('compiles with optimisation too', async () => {
    const source = join(folder, 'optimised.c');
    writeFileSync(source, cProgram(example()));
    execFileSync('gcc', ['-Wall', '-Wextra', '-Werror', '-O2', '-o', join(folder, 'optimised'), source]);
  });

  it.each<[string, RegExp, string, string]>([
    [
      'data that is not what was written',
      /get\(IN_B\(1\), 1, 4, 0, 4\)/,
      'get(IN_B(1), 1, 5, 0, 5)',
      'last written was',
    ],
    ['a mapping that must not be', /(\{ 0x[0-9a-f]+UL), 2, "rw-p" \},/, '$1, 3, "rw-p" },', 'expected'],
    [
      'a call that succeeds where it must fail',
      /unmap\(IN_A\(7\), 1, 0\)/,
      'unmap(IN_A(7), 1, EINVAL)',
      'must fail with',
    ],
    [
      'an access that is allowed where it must not be',
      /put\(IN_A\(0\), 1, 7, EFAULT\)/,
      'put(IN_A(1), 1, 7, EFAULT)',
      'write to page',
    ],
  ])('sees %s', async (_, from, to, said) => {
    const text = cProgram(example());
    expect(text).toMatch(from);
    const { code, out } = await run('wrong', text.replace(from, to));
    expect(out).toMatch(/^not ok \d+ - /m);
    expect(out).toContain(said);
    expect(code).toBe(1);
  });

  it.each([
    ['P: swapout A 0', 'no system call unmaps a folio and leaves it in the swap cache'],
    ['P: migrate-begin A 0', 'no system call stops a migration half way'],
    ['P: reclaim A 0 fails EAGAIN', 'what the kernel does on its own account tells user space of no error'],
  ])('is refused for "%s"', (step, why) => {
    const text = `name: t\nareas: []\nabout: t\nsteps:\n  - P: mmap A 1 rw private anon\n  - P: write A 0\n  - ${step}\n`;
    const refused = () => cProgram(parseScenario(text, 't'));
    expect(refused).toThrow(InputError);
    expect(refused).toThrow(`t cannot be told as a C program: "${step}": ${why}`);
  });
});

it('has no C program where a step cannot be done', () => {
  const text = 'name: t\nareas: []\nabout: t\nsteps:\n  - P: mmap A 1 r private anon\n  - P: write A 0\n';
  expect(() => cProgram(parseScenario(text, 't'))).toThrow(
    't cannot be told as a C program: "P: write A 0" cannot be done: a write to A+0 is not allowed there',
  );
});

describe('the C programs of all scenarios', () => {
  const programs = new Map<string, string>();
  const refused: string[] = [];
  for (const scenario of scenarios) {
    try {
      programs.set(scenario.name, cProgram(scenario));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      refused.push(scenario.name);
    }
  }

  it('are there but for those with steps that no system call does', () => {
    const never = /swapout|reclaim [^"]*fails|migrate-|khugepaged|brk|clone|poison|concurrent/;
    const own = scenarios.filter(({ steps }) => never.test(JSON.stringify(steps.map(shown))));
    // Of the steps named, only memory failure of anonymous memory can be asked for.
    expect(refused.filter((name) => !own.some((one) => one.name === name))).toEqual([]);
    const poisons = own.filter(({ steps }) => /poison/.test(JSON.stringify(steps.map(shown)))).map(({ name }) => name);
    expect(own.map(({ name }) => name).filter((name) => !refused.includes(name) && !poisons.includes(name))).toEqual(
      [],
    );
    expect(programs.size).toBeGreaterThan(150);
  });

  it('compile without a warning and pass on this kernel', { timeout: 900_000 }, async () => {
    const failed: string[] = [];
    let passed = 0;
    const waiting = [...programs];
    // Two at a time: most of it is the compiler.
    const worker = async (): Promise<void> => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        const { code, out } = await run(...next);
        if (code === 0) passed++;
        // 4: what the history needs is not to be had on this host, which the program says.
        if (code !== 0 && !(code === 4 && / # SKIP /.test(out))) failed.push(`${next[0]}: ${code} ${out.slice(-400)}`);
      }
    };
    await Promise.all([worker(), worker()]);
    expect(failed).toEqual([]);
    console.log(`C programs: ${passed} of ${programs.size} passed, the others say what this host lacks`);
    expect(passed).toBeGreaterThan(100);
  });
});

/** A step's text where it is an action. */
function shown(step: (typeof scenarios)[number]['steps'][number]): string {
  if (step.kind === 'action') return `${step.action.op} ${step.fails === undefined ? '' : `fails ${step.fails}`}`;
  return step.kind === 'repeat' ? JSON.stringify(step.steps) : step.kind;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// `rmapbot scenarios` and `rmapbot explain` as a user calls them.
import { expect, it } from 'vitest';
import { home } from './cli.ts';

it('lists and filters scenarios, as text and as JSON', async () => {
  const at = home();
  const all = await at.run(['scenarios']);
  expect(all.code).toBe(0);
  const total = Number(/(\d+) scenarios of \1\n$/.exec(all.stdout)?.[1]);
  expect(total).toBeGreaterThanOrEqual(110);
  expect(all.stdout).toMatch(/^Workloads, for simulate --workload: browser, fork-server/m);
  for (const line of all.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  const { stdout } = await at.run(['scenarios', '*again*', '--family', 'split-merge', '--area', 'vma-merge', '--json']);
  const { schema, scenarios } = JSON.parse(stdout);
  expect(schema).toBe('rmapbot.scenarios/1');
  expect(scenarios.map((one: { name: string }) => one.name)).toContain('merge-right-again-and-again');
  for (const one of scenarios) {
    expect(one.name).toMatch(/again/);
    expect(one).toMatchObject({ family: 'split-merge', areas: expect.arrayContaining(['vma-merge']) });
    expect(one.about.length).toBeGreaterThan(10);
  }
  const bounded = JSON.parse((await at.run(['scenarios', 'generations', '--invariant', 'bounded', '--json'])).stdout);
  expect(bounded.scenarios.length).toBeGreaterThanOrEqual(3);
  expect((await at.run(['scenarios', 'nothing-like-that'])).stdout).toBe(`0 scenarios of ${total}\n`);
});

it('explains a scenario with its history drawn, and a workload with its sources', async () => {
  const at = home();
  const { stdout } = await at.run(['explain', 'middle-exits']);
  expect(stdout).toContain('Scenario middle-exits (fork)');
  expect(stdout).toMatch(/^ \*-\. +P: fork C1$/m);
  expect(stdout).toContain('x exits');
  const workload = await at.run(['explain', 'phone']);
  expect(workload.stdout).toMatch(/^Workload phone\n[\s\S]*https:\/\/lkml[\s\S]*rmapbot simulate --workload phone/);
});

it.each([
  [['explain', 'walk-complet'], 'did you mean "walk-complete"?'],
  [['scenarios', '--family', 'frok'], 'no family is named frok; did you mean "fork"?'],
  [['scenarios', '--area', 'vma-splt'], 'did you mean "vma-split"?'],
  [['scenarios', '--invariant', 'walk-sund'], 'did you mean "walk-sound"?'],
  [['simulate', '--workload', 'fork-servr', '--tree', 'kernel'], 'did you mean "fork-server"?'],
  [['simulate', 'fork-deep', '--workload', 'phone', '--tree', 'kernel'], 'leave out the scenarios'],
  [['simulate', '--workload', 'phone', '--scale', '1e9', '--tree', 'kernel'], 'expected a number above 0'],
])('%j is refused in one line', async (args, says) => {
  const { code, stderr, stdout } = await home().run(args);
  expect(stderr).toContain(says);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect([code, stdout]).toEqual([2, '']);
});

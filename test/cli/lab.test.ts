// SPDX-License-Identifier: GPL-2.0-or-later
// `rmapbot lab` as a user calls it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { home } from './cli.ts';

it('shows designs side by side, and what broke with how to see it again', async () => {
  const at = home();
  const args = [
    'lab',
    '--scenario',
    'fork-siblings',
    '--option',
    'anon-vma-lazy.retry=no',
    '--json',
    join(at.folder, 'lab.json'),
    '--html',
    join(at.folder, 'lab.html'),
  ];
  const { code, stdout } = await at.run(args);
  expect(code).toBe(1);
  expect(stdout).toMatch(/anon-vma +anon-vma-lazy \(retry no\) +cow-context +virtual-offset +reflink/);
  expect(stdout).toMatch(/^ {2}anon_vma_chain +13 +9 +- +13 +-$/m);
  expect(stdout).toMatch(/violated by anon-vma-lazy \(retry no\): walk-complete, after "P: fork C1"/);
  expect(stdout).toContain(
    'rmapbot lab --design anon-vma-lazy --option anon-vma-lazy.retry=no --scenario fork-siblings',
  );
  const report = JSON.parse(readFileSync(join(at.folder, 'lab.json'), 'utf8'));
  expect(report.schema).toBe('rmapbot.lab/1');
  expect(report.designs.map((one: { name: string }) => one.name)).toHaveLength(5);
  const broken = report.runs.filter((one: { violations: unknown[] }) => one.violations.length > 0);
  expect(broken).toMatchObject([{ design: 'anon-vma-lazy', violations: [{ invariant: 'walk-complete' }] }]);
  const page = readFileSync(join(at.folder, 'lab.html'), 'utf8');
  expect(page).toMatch(/Content-Security-Policy" content="default-src 'none'; style-src 'sha256-/);
  expect(page).not.toMatch(/<script|http-equiv="refresh"|style="/);
  expect(page.match(/<svg viewBox/g)?.length).toBeGreaterThanOrEqual(5);
});

it('draws a workload over scale, and counts what no design models', async () => {
  const at = home();
  const args = ['lab', '--workload', 'thousand-by-thousand', '--scale', '0.08', '--html', join(at.folder, 'lab.html')];
  const { code, stdout } = await at.run(args);
  expect(code).toBe(0);
  expect(stdout.match(/^Workload /gm)).toEqual(['Workload ']);
  const page = readFileSync(join(at.folder, 'lab.html'), 'utf8');
  expect(page).toContain('The worst walk');
  expect(page).toMatch(/aria-label="[^"]*over scale\. anon-vma: 2, 2, 2, 2\./);
  const open = await at.run(['lab', '--design', 'reflink', '--scenario', 'ksm-*']);
  expect(open.code).toBe(3);
  expect(open.stdout).toMatch(/^reflink +(\d+) +0 +\1 +KSM 7$/m);
});

it('lists the designs with sources, assumptions and options', async () => {
  const { code, stdout } = await home().run(['lab', '--list']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^cow-context\n/m);
  expect(stdout).toMatch(/anon-vma-lazy\.retry: yes \(default\), no/);
  expect(stdout).toMatch(/5 designs\n$/);
});

it.each([
  [['--design', 'anon-vm'], 'unknown design "anon-vm"; did you mean anon-vma?'],
  [['--option', 'reflink.alias=guarded'], 'unknown option of reflink "alias"; did you mean aliases?'],
  [['--option', 'anon-vma.era=7.4'], 'unknown value of anon-vma.era "7.4"; did you mean 7.2?'],
  [['--option', 'retry=no'], 'expected DESIGN.NAME=VALUE, not "retry=no"'],
  [['--workload', 'phon'], 'no workload or file is named phon; did you mean "phone"?'],
  [['--scenario', 'fork-siblin'], 'no scenario is named fork-siblin; did you mean "fork-siblings"?'],
  [['--scenario', '*', '--workload', 'phone'], 'give --scenario or --workload, not both'],
])('refuses %s by name', async (args, message) => {
  const { code, stdout, stderr } = await home().run(['lab', ...args]);
  expect([code, stdout, stderr]).toEqual([2, '', `rmapbot: ${message}\n`]);
});

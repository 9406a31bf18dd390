// SPDX-License-Identifier: GPL-2.0-or-later
// A kept review in other forms, and reviews compared: nothing is run.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { reviewJson } from '../../src/report/json.ts';
import { fullSample } from '../report/full-sample.ts';
import { sampleReview } from '../report/sample.ts';
import { DOCUMENTATION, home } from './cli.ts';

let json: string;
beforeAll(async () => {
  json = reviewJson(await fullSample());
});

describe('rmapbot report', () => {
  it('gives every form', async () => {
    const at = home();
    writeFileSync(join(at.folder, 'r.json'), json);
    const forms = {
      text: /^VIOLATIONS - /,
      markdown: /^## violations/,
      html: /^<!doctype html>/,
      json: /^\{\n {2}"schema"/,
      sarif: /^\{\n {2}"\$schema"/,
    };
    for (const [form, start] of Object.entries(forms)) {
      const { code, stdout, stderr } = await at.run(['report', 'r.json', '--format', form]);
      expect([code, stderr], form).toEqual([0, '']);
      expect(stdout, form).toMatch(start);
    }
    expect((await at.run(['report', 'r.json', '--format', 'json'])).stdout).toBe(json);
  });

  it('writes to a file, and compares with an earlier review', async () => {
    const at = home();
    writeFileSync(join(at.folder, 'v2.json'), json);
    writeFileSync(join(at.folder, 'v1.json'), reviewJson(await sampleReview('clean')));
    const { code, stdout } = await at.run([
      'report',
      'v2.json',
      '--previous',
      'v1.json',
      '--format',
      'html',
      '--output',
      'out.html',
    ]);
    expect([code, stdout]).toEqual([0, '']);
    expect(readFileSync(join(at.folder, 'out.html'), 'utf8')).toContain(
      'v1: clean; 0 findings fixed, 0 still there, 2 new',
    );
    expect(at.leftovers()).toEqual([]);
  });

  it('writes the first finding as a C program, or says why there is none', async () => {
    const at = home();
    writeFileSync(join(at.folder, 'r.json'), json);
    expect((await at.run(['report', 'r.json', '--repro', 'r.c', '--output', 'r.txt'])).code).toBe(0);
    const program = readFileSync(join(at.folder, 'r.c'), 'utf8');
    expect(program).toContain('Look for: ');
    expect(program).toContain('case 4: /* C2: mprotect A 3 2 r */');
    writeFileSync(join(at.folder, 'clean.json'), reviewJson(await sampleReview('clean')));
    const { code, stdout, stderr } = await at.run(['report', 'clean.json', '--repro', 'c.c']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toBe('rmapbot: no finding has a scenario that a C program could perform\n');
    expect(existsSync(join(at.folder, 'c.c'))).toBe(false);
  });

  it('refuses what is no review, in one line', async () => {
    const at = home();
    writeFileSync(join(at.folder, 'bad.json'), '{');
    writeFileSync(join(at.folder, 'other.json'), '{"schema": "rmapbot.review/9"}');
    writeFileSync(join(at.folder, 'odd.json'), json.replace('"severity": "violation"', '"severity": "grave"'));
    const said = async (...args: string[]) => {
      const { code, stdout, stderr } = await at.run(args);
      expect([code, stdout, stderr.trimEnd().split('\n').length]).toEqual([2, '', 1]);
      return stderr;
    };
    expect(await said('report', 'bad.json')).toContain('bad.json: not JSON');
    expect(await said('report', 'other.json')).toContain('not a review of the form rmapbot.review/1: schema: ');
    expect(await said('report', 'odd.json')).toContain('findings.0.severity: ');
    expect(await said('report', 'gone.json')).toContain('cannot read gone.json: no such file');
    expect(await said('report', 'bad.json', '--format', 'pdf')).toContain("'pdf' is invalid");
    expect(await said('review', '-', '--previous', 'bad.json', '--tree', 'kernel')).toContain('bad.json: not JSON');
  });
});

describe('rmapbot review', () => {
  it('prints the form asked for, and writes a page beside it', async () => {
    const at = home();
    const { code, stdout } = await at.run(
      ['review', '-', '--tree', 'kernel', '--format', 'markdown', '--html', 'out.html'],
      DOCUMENTATION,
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^## out of scope/);
    expect(readFileSync(join(at.folder, 'out.html'), 'utf8')).toMatch(/^<!doctype html>(.|\n)*out of scope/);
  });

  it('looks at the place of the page before it begins', async () => {
    const at = home();
    const { code, stderr } = await at.run(
      ['review', '-', '--tree', 'kernel', '--html', 'no/such/out.html'],
      DOCUMENTATION,
    );
    expect(code).toBe(2);
    expect(stderr).toContain('cannot write no/such/out.html: no such folder');
    expect(existsSync(join(at.folder, 'no'))).toBe(false);
  });

  it('compares with the review that it is given', async () => {
    const at = home();
    writeFileSync(join(at.folder, 'v1.json'), reviewJson(await sampleReview('clean')));
    const { stdout } = await at.run(
      ['review', '-', '--tree', 'kernel', '--previous', 'v1.json', '--json', '-'],
      DOCUMENTATION,
    );
    expect(JSON.parse(stdout).previous).toMatchObject({ version: 1, verdict: 'clean', from: 'file' });
  });
});

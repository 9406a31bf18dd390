// SPDX-License-Identifier: GPL-2.0-or-later
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { InputError } from '../../../src/errors.ts';
import { GROUND_TRUTH } from '../../../src/fidelity/index.ts';
import { compactFile, packHistory, unpackHistory } from '../../../src/simulator/ground-truth/compact.ts';
import { measuredHistory } from '../../../src/simulator/ground-truth/history.ts';
import { EXPECTED, loadGroundTruth, wantedOf } from '../../../src/simulator/ground-truth/load.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'rmapbot-ground-truth-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const files = readdirSync(GROUND_TRUTH).filter((file) => file.endsWith('.json') && file !== EXPECTED);

/** A history with a step of each kind. */
const measured = measuredHistory.parse({
  name: 'every_step',
  about: 'one of each',
  group: 'toy',
  layout: {
    A: { base: '0x100000000000', pages: 8 },
    B: { base: '0x100000008000', pages: 4, directly_after: 'A' },
    V: { base: '0x100040000000', pages: 1, stride_pages: 4, count: 3 },
  },
  steps: [
    { op: 'mmap', proc: 'P', region: 'A', page: 0, pages: 8, prot: 'rw', flags: ['private', 'anon', 'populate'] },
    { op: 'mmap', proc: 'P', region: 'B', page: 0, pages: 4, prot: '-', flags: ['private', 'file:ext4'], file_page: 2 },
    {
      op: 'for',
      var: 'i',
      from: 0,
      to: 2,
      body: [
        { op: 'mmap', proc: 'P', region: 'V', index: 'i', page: 0, pages: 1, prot: 'rw', flags: ['private', 'anon'] },
        { op: 'fork', parent: 'P', child: 'C{i}' },
        { op: 'write', proc: 'C{i}', region: 'A', page: 'i*2 + 1', pages: 1 },
      ],
    },
    { op: 'mprotect', proc: 'C0', region: 'A', page: 1, pages: 1, prot: 'r' },
    { op: 'madvise', proc: 'P', region: 'A', page: 0, pages: 8, advice: 'dontneed' },
    {
      op: 'mremap',
      proc: 'P',
      region: 'A',
      page: 0,
      pages: 2,
      to: 'B',
      to_page: 4,
      new_pages: 2,
      flags: ['maymove', 'fixed'],
    },
    { op: 'vfork', parent: 'P', child: 'W' },
    { op: 'exit', proc: 'W' },
    { op: 'vfork_resume', parent: 'P' },
    { op: 'reap', proc: 'W' },
    { op: 'checkpoint', name: 'end' },
  ],
  expect: [{ checkpoint: 'end', vm_area_struct: 20, anon_vma: 3, anon_vma_chain: 5 }],
});

test('packing loses nothing that a replay reads', () => {
  const packed = packHistory(measured);
  expect(packed.steps.slice(0, 3)).toEqual([
    'mmap P A 0 8 rw private,anon,populate',
    'mmap P B 0 4 - private,file:ext4 2',
    { for: 'i 0 2', do: ['mmap P V[i] 0 1 rw private,anon', 'fork P C{i}', 'write C{i} A i*2+1 1'] },
  ]);
  const { group: _, ...expected } = measured;
  // Spaces in arithmetic carry no meaning.
  const text = (history: unknown): string => JSON.stringify(history).replaceAll('i*2 + 1', 'i*2+1');
  expect(JSON.parse(text(unpackHistory(packed, 'x')))).toEqual(JSON.parse(text(expected)));
});

describe('our own copy', () => {
  test.each(files)('%s is in its packed form, and no file is unwieldy', (file) => {
    const where = path.join(GROUND_TRUTH, file);
    expect(statSync(where).size).toBeLessThan(600 * 1024);
    for (const history of compactFile.parse(JSON.parse(readFileSync(where, 'utf8'))).histories) {
      const { topology: _, requires: __, ...packed } = history;
      expect(packHistory(unpackHistory(history, file))).toEqual(packed);
    }
  });

  test('holds all that was measured', () => {
    const truths = loadGroundTruth(GROUND_TRUTH);
    expect(truths.filter(({ family }) => family === 'sequences')).toHaveLength(100);
    expect(truths.filter(({ family }) => family !== 'sequences')).toHaveLength(97);
    expect(truths.reduce((sum, { checks }) => sum + checks.length, 0)).toBe(6560);
    const whole = truths.flatMap(({ checks }) => checks.filter(({ topology }) => topology?.whole));
    expect(whole.length).toBeGreaterThan(530);
    expect(truths.flatMap(({ unsupported }) => unsupported)).toEqual([]);
    expect(truths.filter(({ requires }) => requires?.includes('mremap-multi')).length).toBeGreaterThan(10);
    for (const truth of truths) expect(wantedOf(truth).counts.length).toBe(truth.checks.length);
  });
});

test('bad input is one line that names the file', () => {
  const write = (name: string, text: string): void => {
    mkdirSync(path.join(folder, 'scenarios'), { recursive: true });
    writeFileSync(path.join(folder, 'scenarios', name), text);
  };
  expect(() => loadGroundTruth(path.join(folder, 'none'))).toThrow(/no such folder$/);
  expect(() => loadGroundTruth(folder)).toThrow(/no measured histories/);
  const bad: [string, RegExp][] = [
    ['{', /^scenarios\/bad.json: is no JSON$/],
    ['[]', /^scenarios\/bad.json: /],
    [JSON.stringify({ ...measured, steps: [{ op: 'jump' }] }), /^scenarios\/bad.json: steps.0/],
    [JSON.stringify({ ...measured, expect: [{ checkpoint: 'end', anon_vma: 1 }] }), /no count of vm_area_struct/],
    [
      JSON.stringify({
        ...measured,
        steps: [{ op: 'madvise', proc: 'P', region: 'A', page: 0, pages: 1, advice: 'x' }],
      }),
      /unknown word "x"/,
    ],
  ];
  for (const [text, says] of bad) {
    write('bad.json', text);
    expect(() => loadGroundTruth(folder)).toThrow(InputError);
    expect(() => loadGroundTruth(folder)).toThrow(says);
  }
});

// SPDX-License-Identifier: GPL-2.0-or-later
// SARIF 2.1.0: the types are the specification's schema (package @types/sarif); what types cannot say is checked here.
import type { Log } from 'sarif';
import { describe, expect, it } from 'vitest';
import { sarifText } from '../../src/report/sarif.ts';
import { fullSample } from './full-sample.ts';
import { expectGolden } from './golden.ts';
import { poisoned } from './poison.ts';
import { SAMPLE_NAMES, sampleReview } from './sample.ts';

const logOf = (text: string) => JSON.parse(text) as Log;

it('is as golden', async () => expectGolden('full.sarif', sarifText(await fullSample())));

describe('a log', () => {
  it('has one run with the rules that its results name, by id and by index', async () => {
    for (const name of SAMPLE_NAMES) {
      const log = logOf(sarifText(await sampleReview(name)));
      expect(log.version).toBe('2.1.0');
      expect(log.runs).toHaveLength(1);
      const { driver } = log.runs[0]?.tool ?? { driver: undefined };
      const ids = (driver?.rules ?? []).map(({ id }) => id);
      expect(new Set(ids).size, name).toBe(ids.length);
      for (const { ruleId, ruleIndex, message, level, baselineState } of log.runs[0]?.results ?? []) {
        expect(ids[ruleIndex ?? -1]).toBe(ruleId);
        expect(message.text).not.toBe('');
        expect(['error', 'warning', 'note', 'none']).toContain(level);
        expect(['new', 'unchanged', 'absent']).toContain(baselineState);
      }
    }
  });

  it('gives places as relative references with lines from 1, and the same print for the same fault', async () => {
    const review = await fullSample();
    const [first] = review.findings;
    if (!first) throw new Error('the sample has findings');
    const where = [
      { file: 'mm/a b.c', line: 0, function: 'f' },
      { file: 'machine:slab.c', line: 3, function: 'g' },
      { file: '../../etc/passwd', line: 1, function: '' },
    ];
    const log = logOf(sarifText({ ...review, findings: [{ ...first, where }, first] }));
    const [one, other] = log.runs[0]?.results ?? [];
    const places = one?.stacks?.[0]?.frames.map((frame) => frame.location?.physicalLocation);
    expect(places?.map((place) => place?.artifactLocation?.uri)).toEqual(['mm/a%20b.c', 'slab.c', 'etc/passwd']);
    expect(places?.[0]?.region).toBeUndefined();
    expect(places?.[1]).toMatchObject({ region: { startLine: 3 }, artifactLocation: { uriBaseId: 'MACHINE' } });
    expect(one?.partialFingerprints).toEqual(other?.partialFingerprints);
  });

  it('says of a fixed finding that it passes', async () => {
    const review = await fullSample();
    const findings = review.findings.slice(0, 1).map((finding) => ({ ...finding, status: 'fixed' as const }));
    expect(logOf(sarifText({ ...review, findings })).runs[0]?.results?.[0]).toMatchObject({
      kind: 'pass',
      level: 'none',
      baselineState: 'absent',
    });
  });

  it('carries no control and no scheme of hostile names', async () => {
    const text = sarifText(poisoned(await fullSample(), 'javascript:alert(1)//\u202e\u0007'));
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    for (const place of text.matchAll(/"uri": "([^"]*)"/g)) expect(place[1]).not.toMatch(/^[a-z]+:/i);
  });
});

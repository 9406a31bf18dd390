// SPDX-License-Identifier: GPL-2.0-or-later
import { describe, expect, it } from 'vitest';
import { expand } from '../../../src/simulator/grammar/expand.ts';
import { parseScenario } from '../../../src/simulator/grammar/parse.ts';
import { format } from '../../../src/simulator/grammar/print.ts';
import { Scope } from '../../../src/simulator/grammar/scope.ts';
import { PASSES, shrink } from '../../../src/simulator/shrink/shrink.ts';
import type { Pass, Trial } from '../../../src/simulator/shrink/values.ts';

const HISTORY = `
name: long
areas: []
about: a history with more in it than is needed
files:
  f: ext4 16
steps:
  - P: mmap A+2 12 rw private anon populate
  - P: mmap B 4 rw shared file f
  - P: write B 0-3
  - P: write A 2-13
  - P: fork C7
  - mark: forked
  - C7: fork C9
  - C9: write A 4-9
  - C7: mprotect A 2 3 r
  - P: mremap A 4 6 to D+4
  - C9: exit
  - quiesce
  - C7: munmap A 6 2
  - P: exit
`;

function trial(text = HISTORY): Trial {
  const scenario = parseScenario(text, 'test');
  return { scenario: { ...scenario, steps: expand(scenario.steps, new Scope(scenario.files)) } };
}

/** Shows it where some step of each kind comes after the one before. */
const inOrder =
  (...patterns: RegExp[]) =>
  async ({ scenario }: Trial): Promise<boolean> => {
    let at = 0;
    for (const step of scenario.steps) if (patterns[at]?.test(format(step))) at++;
    return at === patterns.length;
  };

const textOf = ({ scenario }: Trial): string[] => scenario.steps.map(format);

describe('shrink', () => {
  it('keeps what the finding needs, in its smallest form', async () => {
    const { trial: small, bounded } = await shrink(trial(), inOrder(/write A/, /fork/, /munmap A/), { runs: 500 });
    expect(textOf(small)).toEqual(['P: mmap A 1 rw private anon', 'P: write A 0', 'P: fork C', 'C: munmap A 0 1']);
    expect(small.scenario.files).toEqual([]);
    expect(bounded).toBe(false);
  });

  it('keeps processes that matter and gives them the usual names', async () => {
    const shows = inOrder(/^P: fork/, /^C\d?: fork/, /^C\d?: write A/);
    const { trial: small } = await shrink(trial(), shows, { runs: 500 });
    expect(textOf(small)).toEqual(['P: mmap A 1 rw private anon', 'P: fork C1', 'C1: fork C2', 'C2: write A 0']);
  });

  it('keeps sizes that matter', async () => {
    const large = async ({ scenario }: Trial) =>
      scenario.steps.some(
        ({ ...step }) => step.kind === 'action' && step.action.op === 'mmap' && step.action.pages >= 5,
      );
    const { trial: small } = await shrink(trial(), large, { runs: 500 });
    expect(textOf(small)).toEqual(['P: mmap A 5 rw private anon']);
  });

  it('is the same every time, and asks for no trial twice', async () => {
    const asked: string[] = [];
    const shows = inOrder(/write A/, /mprotect/);
    const once = await shrink(trial(), shows, { runs: 500 });
    const again = await shrink(
      trial(),
      async (candidate) => {
        asked.push(textOf(candidate).join('\n') + JSON.stringify(candidate.scenario));
        return shows(candidate);
      },
      { runs: 500 },
    );
    expect(again).toEqual(once);
    expect(new Set(asked).size).toBe(asked.length);
    expect(again.runs).toBe(asked.length);
  });

  it('stops at its budget and says so', async () => {
    const { trial: small, runs, bounded } = await shrink(trial(), inOrder(/write A/, /munmap/), { runs: 3 });
    expect({ runs, bounded }).toEqual({ runs: 3, bounded: true });
    expect(await inOrder(/write A/, /munmap/)(small)).toBe(true);
  });

  it('asks for nothing that is no scenario', async () => {
    const broken: string[] = [];
    await shrink(
      trial(),
      async ({ scenario }) => {
        const steps = scenario.steps.map(format);
        const mapped = steps.findIndex((step) => / mmap A| to A/.test(step));
        if (steps.some((step, i) => / (write|munmap|mprotect|mremap) A/.test(step) && (mapped < 0 || i < mapped)))
          broken.push(steps.join('; '));
        return steps.some((step) => step.includes('munmap'));
      },
      { runs: 500 },
    );
    expect(broken).toEqual([]);
  });

  it('lets another room make smaller what it added', async () => {
    const fewerSwitches: Pass = {
      what: 'schedule',
      async shrink(given, test) {
        let best = given;
        while ((best.schedule ?? '').length > 1) {
          const candidate = { ...best, schedule: best.schedule?.slice(0, -1) ?? '' };
          if (!(await test(candidate))) break;
          best = candidate;
        }
        return best;
      },
    };
    const shows = async ({ schedule = '', scenario }: Trial) => schedule.startsWith('aab') && scenario.steps.length > 0;
    const { trial: small } = await shrink({ ...trial(), schedule: 'aabbab' }, shows, {
      runs: 500,
      passes: [...PASSES, fewerSwitches],
    });
    expect(small.schedule).toBe('aab');
    expect(small.scenario.steps).toHaveLength(1);
  });
});

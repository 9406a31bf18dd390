// SPDX-License-Identifier: GPL-2.0-or-later
import { describe, expect, it } from 'vitest';
import { fuzzText } from '../../src/cli/fuzz.ts';
import type { Image } from '../../src/kernel/values.ts';
import { type FuzzRequest, fuzz } from '../../src/review/fuzz.ts';
import type { ShrinkRequest } from '../../src/review/shrunk.ts';
import { packBlocks } from '../../src/simulator/blocks.ts';
import { parseScenario, print, type Scenario } from '../../src/simulator/index.ts';
import { emptyRun } from '../../src/simulator/run.ts';
import type { Run, Violation } from '../../src/simulator/values.ts';

const image = (key: string) => ({ key, config: 'check', features: [] }) as unknown as Image;
const [FIRST, SECOND] = [image('first'), image('second')];

const broken = (signature: string): Violation => ({
  ...{ invariant: 'keys', severity: 'violation', step: 0, evidence: signature, where: [], signature, modelled: [] },
});
const history = (name: string) => parseScenario(`name: ${name}\nareas: []\nabout: a\nsteps:\n  - P: fork C\n`, name);

/** What every search comes upon, and what a scenario breaks on an image. */
interface World {
  found?: string[];
  fresh?: number;
  breaks?: (image: string, scenario: string) => string[];
}

function request(world: World, more: Partial<FuzzRequest> = {}): FuzzRequest & { log: string[] } {
  const log: string[] = [];
  return {
    image: FIRST,
    seed: 3,
    log,
    async *run(on: Image, scenarios: Scenario[]): AsyncIterable<Run> {
      for (const { name, search } of scenarios) {
        const run = emptyRun(name, 'check');
        if (search === undefined) {
          log.push(`${on.key} ${name.replace(/-[0-9a-f]{8}$/, '')}`);
          yield { ...run, violations: (world.breaks?.(on.key, name) ?? []).map(broken) };
          continue;
        }
        const { seed, histories, corpus = [], targets = [] } = search;
        log.push(`${on.key} search ${seed} ${histories} from ${corpus.length}, ${targets.length} targets`);
        const found = (world.found ?? []).map((one) => ({ scenario: history(`h-${one}`), violations: [broken(one)] }));
        const fresh = Array.from({ length: world.fresh ?? 0 }, () => [{ kind: 'quiesce' as const }]);
        const blocks: [number, number][] = [[1, 11]];
        yield {
          ...run,
          blocks: packBlocks([]),
          search: { histories, steps: histories * 10, found, unjudged: [], corpus: fresh, blocks },
        };
      }
    },
    ...more,
  };
}

function shrinker() {
  const asked: string[] = [];
  return {
    asked,
    shrink: async (scenario: Scenario, { bad, good, signature, mustSucceed }: ShrinkRequest) => {
      asked.push(`${scenario.name} on ${bad.key} not ${good?.key}${mustSucceed ? ', valid' : ''}`);
      const text = `# shrunk from 9 steps to 1 in 5 runs\n${print(scenario)}`;
      return { text, violation: broken(signature), stepText: 'P: fork C', runs: 5, bounded: false };
    },
    close: () => asked.push('closed'),
  };
}

describe('fuzz', () => {
  it('goes in rounds of fixed size, each with seeds of its own and from what came before', async () => {
    const asked = request({ fresh: 2 }, { histories: 700, targets: [[5, 15]] });
    const result = await fuzz(asked, shrinker());
    const seed = 3 * 1_000_003;
    expect(asked.log).toEqual([
      `first search ${seed} 150 from 0, 1 targets`,
      `first search ${seed + 1} 150 from 0, 1 targets`,
      `first search ${seed + 2} 150 from 4, 1 targets`,
      `first search ${seed + 3} 150 from 4, 1 targets`,
      `first search ${seed + 4} 100 from 8, 1 targets`,
    ]);
    expect(result).toMatchObject({ histories: 700, steps: 7000, timedOut: false, corpus: 10, blocks: 10 });
    expect(result.targets).toEqual({ wanted: 10, reached: 6 });
    expect(result.findings).toEqual([]);
  });

  it('begins no round once the time is used up, and says so', async () => {
    let time = 0;
    const result = await fuzz(request({}, { timeMs: 100, now: () => (time += 40) }), shrinker());
    expect(result).toMatchObject({ histories: 600, timedOut: true });
    const text = fuzzText(['a tree'], 3, 60_000, result, undefined);
    expect(text).toContain('The time of 60 s was used up: the same again with --histories 600.');
    expect(text).toContain('Nothing was found.');
  });

  it('shrinks each finding once, on one tree among histories that must succeed', async () => {
    const small = shrinker();
    const result = await fuzz(request({ found: ['one', 'two'] }, { histories: 600 }), small);
    expect(small.asked).toEqual([
      'h-one on first not undefined, valid',
      'h-two on first not undefined, valid',
      'closed',
    ]);
    expect(result.findings.map(({ on, name }) => `${on} ${name}`)).toEqual(['one h-one', 'one h-two']);
    expect(parseScenario(result.findings[0]?.text ?? '', 'found').about).toBe('found by search: one');
    const text = fuzzText(['a tree'], 3, undefined, result, 'found');
    expect(text).toContain('keys after "P: fork C"');
    expect(text).toContain('found/h-one.yaml');
  });

  it('tells what breaks on the second tree, on the first, and on both', async () => {
    const breaks = (on: string, name: string) =>
      on !== 'first' ? [] : name === 'h-old' ? ['old'] : name.startsWith('generated') ? ['gone'] : [];
    const small = shrinker();
    const asked = request({ found: ['old', 'new'], fresh: 1, breaks }, { histories: 300, against: SECOND });
    const result = await fuzz(asked, small);
    expect(asked.log.slice(2)).toEqual(['first h-old', 'first h-new', 'first generated']);
    expect(result.findings.map(({ on, violation }) => `${on} ${violation.signature}`)).toEqual([
      'both old',
      'second new',
      'first gone',
    ]);
    expect(small.asked.slice(0, 2)).toEqual([
      'h-old on second not undefined, valid',
      'h-new on second not first, valid',
    ]);
    expect(small.asked[2]).toMatch(/^generated-[0-9a-f]{8} on first not second, valid$/);
    expect(fuzzText(['a', 'b'], 3, undefined, result, undefined)).toContain('keys (only on b) after "P: fork C"');
  });
});

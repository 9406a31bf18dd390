// SPDX-License-Identifier: GPL-2.0-or-later
// A long search for histories that break something, on one tree or on two. Comes in: images, a seed and a budget. Goes
// out: what was found, shrunk. Rounds of fixed size follow each other, each going on from what the ones before came to,
// so that neither the time nor the number of processes decides what a round does.
import type { Image } from '../kernel/values.ts';
import { parseScenario } from '../simulator/grammar/parse.ts';
import type { FlatStep } from '../simulator/grammar/values.ts';
import { print, type Scenario } from '../simulator/index.ts';
import { generated } from '../simulator/search/search.ts';
import type { SearchResult } from '../simulator/search/values.ts';
import type { Run, Violation } from '../simulator/values.ts';
import { FUZZ_CORPUS_MAX, FUZZ_FINDINGS_MAX, FUZZ_SHARD, FUZZ_SHARDS, SHRINK_RUNS_FINDING } from './limits.ts';
import { Shrinker } from './shrinker.ts';

export interface FuzzRequest {
  /** The tree; with two, the first. */
  image: Image;
  /** The second: what breaks there and not in the first is new. */
  against?: Image;
  /** Blocks to look for, of the image that is searched. */
  targets?: [number, number][];
  seed: number;
  histories?: number;
  /** Milliseconds after which no round is begun. */
  timeMs?: number;
  /** Runs scenarios in worker processes; answers in their order. */
  run(image: Image, scenarios: Scenario[]): AsyncIterable<Run>;
  onProgress?: (histories: number, found: number) => void;
  now?: () => number;
}

/** On which side it shows: with one tree always 'one'. */
export type FoundOn = 'one' | 'second' | 'first' | 'both';

export interface FuzzFinding {
  on: FoundOn;
  /** As a file of its own. */
  name: string;
  text: string;
  violation: Violation;
  stepText: string;
}

export interface FuzzResult {
  histories: number;
  steps: number;
  /** The time was used up first. */
  timedOut: boolean;
  /** Histories that executed something new. */
  corpus: number;
  /** Blocks executed, and of those to look for, how many. */
  blocks: number;
  targets: { wanted: number; reached: number };
  findings: FuzzFinding[];
  unjudged: SearchResult['unjudged'];
}

interface Seen {
  on: FoundOn;
  scenario: Scenario;
  violation: Violation;
}

/** Deterministic but for where the time ends it. The shrinker is closed at the end. */
export async function fuzz(
  request: FuzzRequest,
  shrinker: Pick<Shrinker, 'shrink' | 'close'> = new Shrinker(),
): Promise<FuzzResult> {
  const { now = () => performance.now(), histories = Number.POSITIVE_INFINITY, timeMs } = request;
  const started = now();
  const searched = request.against ?? request.image;
  const reached = new Set<number>();
  const seen = new Map<string, Seen>();
  const unjudged = new Map<string, SearchResult['unjudged'][number]>();
  let corpus: FlatStep[][] = [];
  const total = { histories: 0, steps: 0, corpus: 0 };
  let timedOut = false;
  for (let round = 0; total.histories < histories && seen.size < FUZZ_FINDINGS_MAX; round++) {
    if (timeMs !== undefined && now() - started >= timeMs) {
      timedOut = true;
      break;
    }
    const shards = shardsOf(request, round, histories - total.histories, corpus);
    const fresh: FlatStep[][] = [];
    for await (const { search, inconclusive } of request.run(searched, shards)) {
      if (search === undefined) throw new Error(`a search came to no end: ${inconclusive}`);
      total.histories += search.histories;
      total.steps += search.steps;
      fresh.push(...search.corpus.filter((_, i) => i < FUZZ_CORPUS_MAX));
      for (const [from, to] of search.blocks) for (let id = from; id < to; id++) reached.add(id);
      for (const { scenario, violations } of search.found)
        for (const violation of violations) note(seen, { on: 'one', scenario, violation });
      for (const one of search.unjudged) {
        const known = unjudged.get(one.reason);
        if (known) known.count += one.count;
        else unjudged.set(one.reason, { ...one });
      }
    }
    total.corpus += fresh.length;
    corpus = [...corpus, ...fresh].slice(-FUZZ_CORPUS_MAX);
    if (request.against) await compare(request, seen, fresh);
    request.onProgress?.(total.histories, seen.size);
  }
  return {
    ...total,
    timedOut,
    blocks: reached.size,
    targets: countTargets(request.targets ?? [], reached),
    findings: await shrunk(request, [...seen.values()], shrinker),
    unjudged: [...unjudged.values()],
  };
}

/** Two searches a round, whatever the number of processes. */
function shardsOf({ seed, targets }: FuzzRequest, round: number, left: number, corpus: FlatStep[][]): Scenario[] {
  const shards: Scenario[] = [];
  for (let shard = 0; shard < FUZZ_SHARDS && left > 0; shard++) {
    const histories = Math.min(FUZZ_SHARD, left);
    left -= histories;
    const search = {
      seed: (seed * 1_000_003 + round * FUZZ_SHARDS + shard) >>> 0,
      histories,
      corpus,
      ...(targets && { targets }),
    };
    const name = `round-${round}-${shard}`;
    const configs: Scenario['configs'] = ['check', 'prod'];
    const nothing = { about: name, areas: [], requires: [], files: [], bounds: {}, steps: [], family: 'generated' };
    shards.push({ name, configs, ...nothing, search });
  }
  return shards;
}

function note(seen: Map<string, Seen>, one: Seen): void {
  const { signature } = one.violation;
  if (!seen.has(signature)) seen.set(signature, one);
}

/** What was found on the second tree is run on the first, and so is what brought something new. */
async function compare(
  { image, against, run }: FuzzRequest,
  seen: Map<string, Seen>,
  fresh: FlatStep[][],
): Promise<void> {
  if (against === undefined) return;
  const open = [...seen.values()].filter(({ on }) => on === 'one');
  for await (const first of run(image, distinct(open.map(({ scenario }) => scenario)))) {
    for (const one of open) {
      if (one.scenario.name !== first.scenario) continue;
      const there = first.violations.some(({ signature }) => signature === one.violation.signature);
      one.on = there ? 'both' : first.inconclusive === undefined && first.skipped === undefined ? 'second' : 'one';
      if (one.on === 'one') seen.delete(one.violation.signature); // the first cannot say: nothing is known
    }
  }
  const clean = distinct(fresh.map((steps) => generated(steps)));
  const byName = new Map(clean.map((scenario) => [scenario.name, scenario]));
  for await (const first of run(image, clean)) {
    const scenario = byName.get(first.scenario);
    // The search broke nothing with them on the second tree.
    for (const violation of first.violations) if (scenario) note(seen, { on: 'first', scenario, violation });
  }
}

function distinct(scenarios: Scenario[]): Scenario[] {
  return [...new Map(scenarios.map((scenario) => [scenario.name, scenario])).values()];
}

function countTargets(targets: [number, number][], reached: ReadonlySet<number>): FuzzResult['targets'] {
  const count = { wanted: 0, reached: 0 };
  for (const [from, to] of targets) {
    for (let id = from; id < to; id++) {
      count.wanted++;
      if (reached.has(id)) count.reached++;
    }
  }
  return count;
}

/** Each finding's history as small as it gets. */
async function shrunk(
  { image, against }: FuzzRequest,
  seen: Seen[],
  shrinker: Pick<Shrinker, 'shrink' | 'close'>,
): Promise<FuzzFinding[]> {
  const findings: FuzzFinding[] = [];
  try {
    for (const { on, scenario, violation } of seen) {
      const bad = on === 'first' || against === undefined ? image : against;
      const good = on === 'second' ? image : on === 'first' ? against : undefined;
      const { signature } = violation;
      const limits = { signature, runs: SHRINK_RUNS_FINDING, mustSucceed: true };
      const small = await shrinker.shrink(scenario, { bad, ...(good && { good }), ...limits });
      const { name } = scenario;
      if (small === undefined) {
        findings.push({ on, name, text: print(scenario), violation, stepText: 'with another history before it' });
        continue;
      }
      const parsed = parseScenario(small.text, name);
      const [comment = ''] = small.text.split('\n');
      const text = `${comment}\n${print({ ...parsed, about: `found by search: ${signature}` })}`;
      findings.push({ on, name, text, violation: small.violation, stepText: small.stepText });
    }
  } finally {
    shrinker.close();
  }
  return findings;
}

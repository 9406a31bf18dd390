// SPDX-License-Identifier: GPL-2.0-or-later
// Histories on one machine, guided by what they execute. Comes in: a booted machine and a request. Goes out: what they
// broke, and those that executed something new. Depends on nothing but the image and the request.
import { createHash } from 'node:crypto';
import type { Machine } from '../../machine/values.ts';
import { unpackBlocks } from '../blocks.ts';
import { print } from '../grammar/print.ts';
import type { FlatStep, Scenario } from '../grammar/values.ts';
import type { Run } from '../values.ts';
import { FILES, Generator } from './generate.ts';
import { CORPUS_MAX, FOUND_MAX, OFFSPRING_PERCENT } from './limits.ts';
import { mutate } from './mutate.ts';
import { Random } from './random.ts';
import { inRanges, toRanges } from './ranges.ts';
import type { SearchRequest, SearchResult } from './values.ts';

/** `run`: one scenario on the machine. */
export function search(machine: Machine, request: SearchRequest, run: (scenario: Scenario) => Run): SearchResult {
  const random = new Random(request.seed);
  const features = machine.features;
  const abilities = { uffdMove: features.has('uffd-move'), mediumFolios: features.has('thp-orders') };
  const generator = new Generator(random, abilities);
  const seen = inRanges(request.seen ?? []);
  const wanted = inRanges(request.targets ?? []);
  const reached = new Set<number>();
  const corpus = [...(request.corpus ?? [])];
  /** Of the corpus, those that reached what is wanted. */
  const favourites: FlatStep[][] = [];
  const result: SearchResult = { histories: 0, steps: 0, found: [], unjudged: [], corpus: [], blocks: [] };
  const signatures = new Set<string>();
  while (result.histories < request.histories && signatures.size < FOUND_MAX) {
    const steps =
      corpus.length > 0 && random.percent(OFFSPRING_PERCENT)
        ? mutate(parent(corpus, favourites, random), random.pick(corpus), random, generator)
        : generator.fresh();
    const scenario = generated(steps);
    const done = run(scenario);
    result.histories++;
    result.steps += done.steps.length;
    if (done.inconclusive !== undefined) unjudged(result, done.inconclusive, scenario);
    const fresh = done.violations.filter(({ signature }) => !signatures.has(signature));
    for (const { signature } of fresh) signatures.add(signature);
    if (fresh.length > 0) result.found.push({ scenario, violations: fresh.map(({ pictures: _, ...rest }) => rest) });
    let news = false;
    let favourite = false;
    for (const [from, to] of unpackBlocks(done.blocks)) {
      for (let id = from; id < to; id++) {
        if (reached.has(id)) continue;
        reached.add(id);
        if (seen(id)) continue;
        news = true;
        favourite ||= wanted(id);
      }
    }
    if (!news || done.violations.length > 0) continue;
    corpus.push(steps);
    if (favourite) favourites.push(steps);
    result.corpus.push(steps);
    if (corpus.length > CORPUS_MAX) corpus.shift();
  }
  result.blocks = toRanges(reached);
  return result;
}

/** One in two goes on from what reached the code that is asked for, where anything did. */
function parent(corpus: FlatStep[][], favourites: FlatStep[][], random: Random): FlatStep[] {
  return favourites.length > 0 && random.percent(50) ? random.pick(favourites) : random.pick(corpus);
}

function unjudged(result: SearchResult, text: string, first: Scenario): void {
  const reason = text.replace(/^step \d+ \(.*?\) /, '').replace(/\d+/g, '#');
  const known = result.unjudged.find((one) => one.reason === reason);
  if (known === undefined) result.unjudged.push({ reason, count: 1, first });
  else known.count++;
}

/** Steps as a scenario whose name tells them: "generated-1a2b3c4d". */
export function generated(steps: readonly FlatStep[]): Scenario {
  const moves = steps.some((step) => step.kind === 'action' && step.action.op === 'uffd-move');
  const medium = steps.some((step) => step.kind === 'hugepages-64k');
  const scenario: Scenario = {
    name: 'generated',
    about: 'a history that the search came upon',
    areas: [],
    requires: [...(moves ? ['uffd-move'] : []), ...(medium ? ['thp-orders'] : [])],
    configs: ['prod', 'check'],
    files: FILES.filter(({ name }) => steps.some((step) => mapsFile(step, name))),
    bounds: {},
    steps: [...steps],
    family: 'generated',
  };
  return { ...scenario, name: `generated-${hashOf(scenario)}` };
}

function mapsFile(step: FlatStep, name: string): boolean {
  if (step.kind !== 'action' || step.action.op !== 'mmap') return false;
  return 'name' in step.action.source && step.action.source.name === name;
}

function hashOf(scenario: Scenario): string {
  return createHash('sha256').update(print(scenario)).digest('hex').slice(0, 8);
}

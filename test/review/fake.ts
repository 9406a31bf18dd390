// SPDX-License-Identifier: GPL-2.0-or-later
// A small world of its own for the review's tests: a series of n patches whose effect on builds and runs the test says.
import type { Image } from '../../src/kernel/values.ts';
import type { ReviewRequest } from '../../src/review/request.ts';
import type { BuildRequest, Rooms, ScenarioInfo, SearchOptions } from '../../src/review/rooms.ts';
import { SEARCH_NAME } from '../../src/review/search.ts';
import type { ShrinkRequest } from '../../src/review/shrunk.ts';
import type { SemanticDiff } from '../../src/semantics/values.ts';
import type { Series } from '../../src/series/values.ts';
import { packBlocks } from '../../src/simulator/blocks.ts';
import type { Scenario } from '../../src/simulator/index.ts';
import type { SearchResult } from '../../src/simulator/search/values.ts';
import type { Run, Violation } from '../../src/simulator/values.ts';
import type { AppliedSeries } from '../../src/tree/values.ts';

/** Signatures that a scenario shows after a patch (0 = base), or why it cannot be judged, or 'skipped'. */
export type Shows = (
  patch: number,
  scenario: string,
  config: string,
) => string[] | { inconclusive: string } | 'skipped';

export interface World {
  patches: number;
  shows?: Shows;
  /** Patch numbers (0 = base) that do not build. */
  broken?: number[];
  scenarios?: ScenarioInfo[];
  semantics?: Partial<SemanticDiff>;
  failure?: AppliedSeries['failure'];
  /** Lines of mm/rmap.c that are code and that run. */
  lines?: { executable: number[]; executed: number[] };
  /** By scenario and file: lines of the base that it executes. */
  baseLines?: Record<string, Record<string, number[]>>;
  /** By header: the files that include it. */
  includers?: Record<string, string[]>;
  /** Callees by caller, after a patch. */
  calls?: (patch: number) => Record<string, string[]>;
  /** Why there are no 32-bit layouts. */
  narrow?: string;
  missedControl?: boolean;
  /** Controls that do not fit the tree. */
  unfit?: string[];
  objects?: (patch: number) => { object: string; live: number; rcuPending: number; size: number }[];
  structSize?: (patch: number) => number;
  /** What the two steps of each run did, and the world around every violation. */
  work?: (patch: number) => Record<string, number>[];
  pictures?: Violation['pictures'];
  /** The tree has none of the series' files. */
  foreign?: boolean;
  /** Whether there is a shrinker, and whether it comes to anything smaller. */
  shrinks?: 'yes' | 'not';
  /** What generated histories came upon; without it there is no search. */
  search?: SearchResult;
  /** Signatures that do not come back in a second run of the same scenario. */
  unstable?: string[];
}

/** What the review asked for, in order: "build 2 check", "run 2 check split". */
export type Log = string[];

export const SCENARIOS: ScenarioInfo[] = [
  { name: 'fork-child', areas: ['fork-propagation'], text: 'name: fork-child\nsteps:\n  - P: fork C1\n', steps: 3 },
  { name: 'split', areas: ['vma-split'], text: 'name: split\nsteps:\n  - P: munmap A 3 2\n', steps: 5 },
  { name: 'zap', areas: ['other'], text: 'name: zap\nsteps:\n  - P: exit\n', steps: 1 },
];

export function fakeSeries(patches: number): Series {
  const author = { name: 'Ann Example', address: 'ann@example.org' };
  return {
    id: 'cover@example.org',
    version: 1,
    subject: 'mm/rmap: a test of the house',
    tags: [],
    author,
    patches: Array.from({ length: patches }, (_, index) => ({
      number: index + 1,
      messageId: `p${index + 1}@example.org`,
      title: `mm/rmap: change ${index + 1}`,
      author,
      message: '',
      diff: '',
      paths: ['mm/rmap.c'],
      trailers: [],
    })),
    expected: patches,
    missing: [],
    prerequisites: [],
  };
}

const SEMANTICS: SemanticDiff = {
  functions: [{ name: 'anon_vma_fork', file: 'mm/rmap.c', status: 'changed', startLine: 1, endLine: 9, patches: [1] }],
  structs: [
    { name: 'anon_vma', file: 'include/linux/rmap.h', status: 'changed', startLine: 1, endLine: 9, patches: [1] },
  ],
  config: [],
  files: [],
  areas: [
    {
      id: 'fork-propagation',
      name: 'Fork',
      why: ['anon_vma_fork changed'],
      invariants: ['walk-complete'],
      functions: ['anon_vma_fork'],
      control: 'control-fork',
    },
  ],
  changedLines: [
    { file: 'mm/rmap.c', line: 2, patch: 1, function: 'anon_vma_fork' },
    { file: 'mm/rmap.c', line: 3, patch: 1, function: 'anon_vma_fork' },
  ],
  outOfScope: false,
  why: 'mm/rmap.c is ours',
  unreadable: [],
  patches: [],
};

const patchOf = (image: Image): number => Number(image.key.split(' ')[1]);

/** Rooms for a world. `log` receives every build and every run. */
export function fakeRooms(world: World, log: Log = []): Rooms {
  const made = new Map<string, number>();
  return {
    programVersion: 'fake',
    async applySeries(tree, series) {
      const commits = series.patches.map(({ number, title }) => ({
        number,
        title,
        commit: `${number}`,
        changes: [],
        overlay: new Map([['mm/rmap.c', Buffer.from(`${number}`)]]),
      }));
      const { failure } = world;
      if (!failure) return { tree, base: tree.label, commits, diff: '' };
      return { tree, base: tree.label, commits: commits.slice(0, failure.patch - 1), diff: '', failure };
    },
    hasFile: () => !world.foreign,
    analyse: async () => ({ ...SEMANTICS, ...world.semantics }),
    async buildImage({ overlay, config, variant }: BuildRequest) {
      const [number = '0', planted] = (overlay.get('mm/rmap.c')?.toString() ?? '0').split(' ');
      const patch = Number(number);
      log.push(`build ${patch} ${config}${planted === undefined ? '' : ' planted'}${variant ? ` ${variant}` : ''}`);
      if (world.broken?.includes(patch)) {
        const diagnostics = [
          { severity: 'error' as const, file: 'mm/rmap.c', line: 7, column: 3, message: `broken by ${patch}` },
        ];
        return { failure: { unit: 'mm/rmap.c', config, diagnostics } };
      }
      const files = { wasmFile: '', layoutsFile: '', linesFile: '' };
      return {
        image: {
          key: `k ${patch} ${config} ${variant}${planted === undefined ? '' : ' planted'}`,
          config,
          variant,
          ...files,
          unmodelled: [],
        },
      };
    },
    async layouts(image) {
      const size = world.structSize?.(patchOf(image)) ?? 96;
      return {
        anon_vma: { name: 'anon_vma', size, align: 8, members: [{ name: 'root', type: 'p', offset: 0, size: 8 }] },
      };
    },
    async narrowLayouts(_tree, overlay) {
      if (world.narrow !== undefined) return { notBuilt: world.narrow };
      const size = overlay.size === 0 ? 48 : 52;
      return { layouts: { anon_vma: { name: 'anon_vma', size, align: 4, members: [] } } };
    },
    async executedLines(_image, _blocks, files) {
      const lines = world.lines ?? { executable: [2, 3], executed: [2, 3] };
      if (!files.includes('mm/rmap.c')) return new Map();
      return new Map([['mm/rmap.c', { executable: new Set(lines.executable), executed: new Set(lines.executed) }]]);
    },
    async executedByRun(_image, runs, files) {
      const lines = (name: string) => world.baseLines?.[name] ?? {};
      return new Map(
        [...runs.keys()].map((name) => {
          const here = Object.entries(lines(name)).filter(([file]) => files.includes(file));
          return [name, new Map(here.map(([file, ran]) => [file, new Set(ran)]))];
        }),
      );
    },
    includers: async (_image, _tree, _overlay, headers) =>
      new Map(headers.map((header) => [header, world.includers?.[header] ?? []])),
    callGraph: async (image) => world.calls?.(patchOf(image)) ?? {},
    scenarios: async () => world.scenarios ?? SCENARIOS,
    ...(world.search && {
      search: async (_image: Image, lines: ReadonlyMap<string, ReadonlySet<number>>, options: SearchOptions) => {
        const wanted = [...lines].map(([file, numbers]) => `${file}:${[...numbers]}`);
        return { name: options.name, areas: [], text: JSON.stringify([options, wanted]), steps: 0 };
      },
      scenarioInfo: ({ name, steps }: Scenario) => ({ name, areas: [], text: `name: ${name}\n`, steps: steps.length }),
    }),
    ...(world.shrinks && {
      shrinker: () => ({
        shrink: async (scenario: ScenarioInfo, { bad, good, signature, runs }: ShrinkRequest) => {
          log.push(`shrink ${scenario.name} ${bad.key} ${good?.key} ${runs}`);
          if (world.shrinks === 'not') return undefined;
          const violation = { ...violationOf(signature), step: 0, evidence: 'as the small one shows it' };
          return { text: 'small', violation, stepText: 'P: small', runs: 200, bounded: false };
        },
        close: () => log.push('shrinker closed'),
      }),
    }),
    async *runScenarios(image, scenarios, { plant = 0 }) {
      for (const { name } of scenarios) {
        const key = `${image.key} ${name}`;
        const before = made.get(key) ?? 0;
        made.set(key, before + 1);
        log.push(`run ${patchOf(image)} ${image.config} ${name}`);
        const run = runOf(world, image, name, before > 0);
        if (name === SEARCH_NAME && world.search) run.search = world.search;
        if (plant > 0 && !world.missedControl) run.violations.push(violationOf('keys planted'));
        yield run;
      }
    },
    async plantControls(_tree, ids) {
      const unfit = world.unfit?.map((id) => ({ id, reason: 'no such function' })) ?? [];
      const controls = ids
        .filter((id) => !world.unfit?.includes(id))
        .map((id, index) => ({ id, number: index + 1, invariants: ['keys'] }));
      return { overlay: new Map([['mm/rmap.c', Buffer.from('0 planted')]]), controls, unfit };
    },
  };
}

function runOf(world: World, image: Image, scenario: string, again: boolean): Run {
  const patch = patchOf(image);
  const shown = world.shows?.(patch, scenario, image.config) ?? [];
  const signatures = Array.isArray(shown) ? shown : [];
  const objects = world.objects?.(patch) ?? [{ object: 'anon_vma', live: 4, rcuPending: 0, size: 96 }];
  return {
    scenario,
    config: image.config,
    steps: ['P: mmap A 8 rw private anon', 'P: fork C1', 'exit: all'],
    violations: signatures
      .filter((one) => !(again && world.unstable?.includes(one)))
      .map(violationOf)
      .map((one) => (world.pictures ? { ...one, pictures: world.pictures } : one)),
    ...(world.work && image.config === 'prod' ? { work: world.work(patch) } : {}),
    marks: [{ name: 'forked', step: 1, objects }],
    ...(Array.isArray(shown)
      ? {}
      : shown === 'skipped'
        ? { skipped: 'needs ksm' }
        : { inconclusive: shown.inconclusive }),
    walks: { count: 2, visits: 4, worst: 2 },
    blocks: packBlocks([[0, 4]]),
    elapsedMs: 1,
  };
}

function violationOf(signature: string): Violation {
  return {
    invariant: signature.split(' ')[0] ?? '',
    severity: 'violation',
    step: 1,
    evidence: `evidence of ${signature}`,
    where: signature.includes('placeless') ? [] : [{ file: 'mm/rmap.c', line: 2, function: 'anon_vma_fork' }],
    signature,
    modelled: signature.includes('modelled') ? ['swap_slots'] : [],
  };
}

export function fakeRequest(patches: number, more: Partial<ReviewRequest> = {}): ReviewRequest {
  return {
    series: fakeSeries(patches),
    others: [],
    notes: [],
    tree: { label: 'debian:7.3 (7.3~rc7-1~exp1)', root: '/nowhere', version: '7.3.0-rc7' },
    toolVersion: '0.0.0',
    seed: 1,
    jobs: 2,
    budget: 200_000,
    timeCapMs: 60_000,
    now: () => 0,
    ...more,
  };
}

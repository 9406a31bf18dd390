// SPDX-License-Identifier: GPL-2.0-or-later
// Base and patched, built and run in every flavour. Runs start as soon as their image is there, while the next compiles.
import type { BuildFailure, Image } from '../kernel/values.ts';
import type { SemanticDiff } from '../semantics/values.ts';
import { type Comparison, compareRuns } from '../simulator/compare.ts';
import { firstWords } from './build-failure.ts';
import { type Flavour, flavourName, type Images } from './images.ts';
import type { Progress } from './request.ts';
import type { ScenarioInfo } from './rooms.ts';
import { type Runner, type Runs, runAll } from './run.ts';

/** One flavour on both sides. The base knows no new symbols: its variant is always "". */
export interface Side {
  flavour: Flavour;
  base: { image: Image; runs: Runs };
  patched: { image: Image; runs: Runs };
}

/** The simulator's comparison of both sides. */
export function comparisonOf({ base, patched }: Side): Comparison {
  return compareRuns([...base.runs.values()], [...patched.runs.values()]);
}

/** `onBase`: the base itself does not build with the prerequisites, and does without them. */
interface Built {
  image: Image;
  runs: Promise<Runs>;
}

interface Failed {
  failure: BuildFailure;
  flavour: Flavour;
  onBase?: true;
}

export type Sides = { sides: Side[] } | Failed;

/** check and prod; with everything new on as well where the series adds Kconfig symbols. */
export function flavoursOf(semantics: Pick<SemanticDiff, 'config'>): Flavour[] {
  const variants = semantics.config.some((symbol) => symbol.kind === 'added') ? ['', 'all-new'] : [''];
  return variants.flatMap((variant) => [
    { config: 'check', variant },
    { config: 'prod', variant },
  ]);
}

/** What is run: on the base in check first, and in which order everywhere else once these runs are there. */
export interface Program {
  measure: ScenarioInfo[];
  order(base: { image: Image; runs: Runs }): Promise<ScenarioInfo[]>;
  /** What is run on a patched image alone, behind all others. */
  alone?(image: Image, flavour: Flavour): Promise<ScenarioInfo[]>;
  /** Told of each image when its runs begin, for what can be done meanwhile. */
  begun?(side: 'base' | 'patched', flavour: Flavour, image: Image, runs: Promise<Runs>): void;
}

/**
 * Builds and runs both sides; the first flavour's base is the one that is measured. A base that does not build is our
 * own failure (the overlay cannot build this base): an Error. A final tree that does not build is an answer.
 */
export async function buildAndRun(
  images: Images,
  runner: Runner,
  flavours: Flavour[],
  program: Program,
  onProgress: (progress: Progress) => void = () => {},
): Promise<Sides> {
  const pending = new Map<string, Promise<Runs>>();
  let ordered: Promise<ScenarioInfo[]> | undefined;
  const run = (image: Image, what: string, scenarios: ScenarioInfo[]): Promise<Runs> =>
    runner.clock.time('run', () =>
      runAll(runner, image, scenarios, {
        onProgress: (done, total) => onProgress({ phase: `run ${what}`, done, total }),
      }),
    );
  const start = (side: 'base' | 'patched', flavour: Flavour, image: Image): Promise<Runs> => {
    const alone = async () => (side === 'patched' && (await program.alone?.(image, flavour))) || [];
    const runs = startRuns(image, `${side} (${flavourName(flavour)})`, alone);
    program.begun?.(side, flavour, image, runs);
    return runs;
  };
  const startRuns = (image: Image, what: string, alone: () => Promise<ScenarioInfo[]>): Promise<Runs> => {
    const known = pending.get(image.key);
    if (known) return known;
    let runs: Promise<Runs>;
    if (ordered === undefined) {
      const measured = run(image, what, program.measure);
      ordered = measured.then((all) => program.order({ image, runs: all }));
      runs = Promise.all([measured, ordered]).then(([all, order]) => only(all, order));
    } else runs = ordered.then(async (order) => run(image, what, [...order, ...(await alone())]));
    runs.catch(() => {}); // awaited below, or superseded by the error of a build
    pending.set(image.key, runs);
    return runs;
  };
  const ended = async (failed: Failed): Promise<Failed> => {
    await Promise.all(pending.values());
    return failed;
  };
  try {
    let first: Promise<Built | Failed> | undefined;
    const base = async (flavour: Flavour): Promise<Built | Failed> => {
      const before = first;
      const result = await images.result(0, flavour);
      await before; // the one that is measured is started first
      if ('image' in result)
        return { image: result.image, runs: start('base', { ...flavour, variant: '' }, result.image) };
      const plain = images.under.size === 0 ? result : await images.withoutPrerequisites(flavour);
      if ('image' in plain) return { failure: result.failure, flavour, onBase: true };
      throw new Error(`the overlay cannot build this base (${flavour.config}): ${firstWords(plain.failure)}`);
    };
    const bases = new Map<string, Promise<Built | Failed>>();
    for (const flavour of flavours) {
      if (bases.has(flavour.config)) continue;
      bases.set(flavour.config, base(flavour));
      first ??= bases.get(flavour.config);
    }
    // What the series left alone is compiled for the base and found again.
    const patched = async (flavour: Flavour): Promise<Built | Failed> => {
      await bases.get(flavour.config);
      const result = await images.result(images.last, flavour);
      if ('failure' in result) return { failure: result.failure, flavour };
      return { image: result.image, runs: start('patched', flavour, result.image) };
    };
    const finals = flavours.map(patched);
    for (const promise of [...bases.values(), ...finals]) promise.catch(() => {});
    const ready = new Map<string, Built>();
    for (const [config, promise] of bases) {
      const built = await promise;
      if ('failure' in built) return await ended(built);
      ready.set(config, built);
    }
    const built: (Built & { flavour: Flavour })[] = [];
    for (const [index, flavour] of flavours.entries()) {
      const final = await finals[index];
      if (!final) throw new Error(`nothing was built for ${flavourName(flavour)}`);
      if ('failure' in final) return await ended(final);
      built.push({ flavour, ...final });
    }
    const sides: Side[] = [];
    for (const { flavour, image, runs } of built) {
      const base = ready.get(flavour.config);
      if (!base) throw new Error(`no base in ${flavour.config}`);
      sides.push({
        flavour,
        base: { image: base.image, runs: await base.runs },
        patched: { image, runs: await runs },
      });
    }
    return { sides };
  } finally {
    await Promise.allSettled(pending.values());
  }
}

/** The runs of some scenarios, in their order: what was only measured is not compared. */
function only(runs: Runs, order: ScenarioInfo[]): Runs {
  return new Map(
    order.flatMap(({ name }) => {
      const run = runs.get(name);
      return run === undefined ? [] : [[name, run] as const];
    }),
  );
}

// SPDX-License-Identifier: GPL-2.0-or-later
// A series that is in scope: built, run, compared and measured -> the rest of the review, its verdict and reason.

import type { Image } from '../kernel/values.ts';
import type { SemanticDiff } from '../semantics/values.ts';
import { firstFailingBuild, firstWords, isOurs } from './build-failure.ts';
import type { Clock } from './clock.ts';
import { runControls } from './controls.ts';
import { measureCoverage } from './coverage.ts';
import type { Draft } from './draft.ts';
import { effectsOf } from './effects.ts';
import { findFaults } from './find-faults.ts';
import { gatherFindings } from './findings.ts';
import type { Flavour, Images } from './images.ts';
import { doubtsOf } from './inconclusive.ts';
import { exploringMs, interleavings } from './interleavings.ts';
import { contentionOf, lockProfile, lockRows } from './lock-profile.ts';
import { Meanwhile } from './meanwhile.ts';
import { behaviourRows, memoryRows } from './memory.ts';
import type { NarrowSides } from './pahole.ts';
import { placeFindings } from './places.ts';
import { fillReach } from './reach.ts';
import { shrinkReproducers } from './reproducers.ts';
import type { ReviewRequest } from './request.ts';
import type { Rooms, ScenarioInfo } from './rooms.ts';
import type { Runner, Runs } from './run.ts';
import { searchRow, searchScenario, takeSearch } from './search.ts';
import { type Plan, type Selection, selectScenarios, sharedAreas } from './select.ts';
import { buildAndRun, comparisonOf, type Program, type Side } from './sides.ts';
import { sourceLines } from './source-lines.ts';
import { structChanges, withLayouts, withoutLayout } from './structs.ts';
import { chosenRow, type Telling, tellingOf } from './telling.ts';
import type { ControlResult, Inconclusive, Verdict } from './values.ts';
import { judge } from './verdict.ts';
import { compareWorkloads, type WorkloadReport } from './workloads.ts';

/** All that the steps below share. */
export interface Work {
  request: ReviewRequest;
  rooms: Rooms;
  clock: Clock;
  images: Images;
  runner: Runner;
  semantics: SemanticDiff;
  flavours: Flavour[];
  plan: Plan;
  draft: Draft;
}

/** Once the base was measured. */
interface Ordered extends Work {
  selection: Selection;
}

export interface Answer {
  verdict: Verdict;
  reason: string;
}

/** Fills the draft and says the verdict. */
export async function answer(work: Work): Promise<Answer> {
  const { rooms, semantics, images, runner, flavours, plan, draft, request, clock } = work;
  const progress = request.onProgress ?? (() => {});
  let telling = new Map<string, Telling>();
  let selection = selectScenarios(plan, telling);
  const order = async (base: Side['base']): Promise<ScenarioInfo[]> => {
    const whole = { ...base, tree: images.tree, overlay: images.overlayOf(0) };
    telling = await clock.time('measure', () => tellingOf(rooms, semantics, plan.measure, whole));
    selection = selectScenarios(plan, telling);
    return selection.order;
  };
  // Compiled in what time the images leave; read when they are there.
  const narrow = semantics.structs.length > 0 ? narrowSides(rooms, images) : undefined;
  narrow?.catch(() => undefined);
  const meanwhile = new Meanwhile({
    controls: (base) => clock.time('controls', () => controlsOf({ ...work, selection }, base)),
    workloads: (base, patched) => clock.time('workloads', () => workloadsOf(work, base, patched)),
  });
  const histories = request.histories ?? 0;
  const program: Program = {
    measure: plan.measure,
    order,
    alone: async (image, { config, variant }) =>
      config === 'check' && variant === ''
        ? searchScenario(rooms, semantics, image, { seed: request.seed, histories })
        : [],
    begun: (...which) => meanwhile.begun(...which),
  };
  const built = await buildAndRun(images, runner, flavours, program, progress);
  if ('failure' in built) await meanwhile.ended();
  const matched = selection.matched.map((scenario) => scenario.name);
  draft.scenarios.matched = matched;
  if ('failure' in built && isOurs(built.failure)) {
    const reason = `the simulated machine does not fit the patched tree: ${firstWords(built.failure)}`;
    draft.inconclusive = [{ scenario: '', config: built.flavour.config, reason }];
    return { verdict: 'inconclusive', reason };
  }
  if ('failure' in built && built.onBase) {
    const reason = `with its prerequisites the base does not build: ${firstWords(built.failure)}`;
    return { verdict: 'incomplete', reason };
  }
  if ('failure' in built) {
    draft.failure = await firstFailingBuild(images, built.flavour, built.failure);
    return { verdict: 'does-not-build', reason: `does not build since patch ${draft.failure.patch}; the base builds` };
  }
  const { sides } = built;
  const ordered: Ordered = { ...work, selection };
  draft.configs = sides.map(({ flavour, base, patched }) => ({
    ...flavour,
    base: base.image.key,
    patched: patched.image.key,
  }));
  const searched = await clock.time('search', () => takeSearch(sides, runner));
  const told = [...selection.order, ...(searched?.generated ?? [])];
  const [found, { controls = [], workloads }] = await Promise.all([
    clock.time('findings', () => findFaults(images, runner, sides, told, matched, progress)),
    meanwhile.results(),
  ]);
  draft.notes.push(...(workloads?.notes ?? []));
  if (workloads?.rows) draft.workloads = workloads.rows;
  const gathered = gatherFindings(found.confirmed, told);
  await clock.time('findings', () => shrinkReproducers(gathered.told, told, images, runner));
  draft.findings = [...gathered.told.map(({ finding }) => finding), ...found.builds];
  await clock.time('measure', () => placeFindings(draft.findings, semantics.changedLines, sides, rooms));
  draft.controls = controls;
  const explored = interleavings(sides);
  if (explored.length > 0) {
    draft.interleavings = explored;
    draft.timings.interleavings = exploringMs(sides);
  }
  draft.notes.push(...found.notes);
  if (gathered.dropped > 0) draft.notes.push(`${gathered.dropped} further findings are left out`);
  const idleAreas = await clock.time('measure', () => measure(work, sides, narrow));
  if (searched) draft.search = await searchRow(searched, request.seed, draft.coverage, rooms);
  const plain = sides.find(({ flavour }) => flavour.config === 'check' && flavour.variant === '');
  if (plain) {
    const { functions } = draft.semantics;
    const entries = semantics.entryPoints ?? [];
    await clock.time('calls', () => fillReach(functions, entries, plain, images, runner));
  }
  const said = conclude(ordered, sides, [...found.unstable, ...areaDoubts(idleAreas, controls)]);
  tellChoice(ordered, sides, telling);
  return said;
}

/** How many scenarios matched, why, and how many of them were run. */
function tellChoice({ draft, selection, plan }: Ordered, sides: Side[], telling: Map<string, Telling>): void {
  const { scenarios } = draft;
  const ran = new Set(selection.order.filter((one) => ranBothSides(sides, one.name)).map(({ name }) => name));
  const matched = selection.matched;
  scenarios.matchedRan = matched.filter(({ name }) => ran.has(name)).length;
  scenarios.byRules = matched.filter((one) => sharedAreas(one, plan.areas).length > 0).length;
  scenarios.byCoverage = matched.filter(({ name }) => telling.get(name)?.executes === true).length;
  scenarios.measured = telling.size;
  scenarios.chosen = matched.map((one) => chosenRow(one, telling.get(one.name), plan.areas, ran.has(one.name)));
}

const didRun = (runs: Runs, name: string): boolean => runs.has(name) && runs.get(name)?.skipped === undefined;

const ranBothSides = (sides: Side[], name: string): boolean =>
  sides.some(({ base, patched }) => didRun(base.runs, name) && didRun(patched.runs, name));

function controlsOf(
  { request, semantics, selection, images, runner }: Ordered,
  base: Side['base'],
): Promise<ControlResult[]> {
  return runControls(semantics.areas, selection.order, base, images, runner, (done, total) =>
    request.onProgress?.({ phase: 'positive controls', done, total }),
  );
}

/** The memory of small workloads on both sides of prod, with the defaults of new symbols. */
async function workloadsOf(
  { rooms, runner }: Work,
  base: Image,
  patched: Image,
): Promise<Partial<WorkloadReport> & { notes: string[] }> {
  const workloads = (await rooms.workloads?.()) ?? [];
  return workloads.length === 0 ? { notes: [] } : await compareWorkloads(runner, workloads, base, patched);
}

/** Memory, behaviour and structs from prod; coverage from check. Out: areas whose changed code never ran. */
async function measure(
  { rooms, semantics, draft, images, runner }: Work,
  sides: Side[],
  early: Promise<NarrowSides> | undefined,
): Promise<string[]> {
  const touched = new Set(semantics.structs.map((one) => one.name));
  for (const side of sides) {
    const { flavour, base, patched } = side;
    const { variant } = flavour;
    if (flavour.config !== 'prod') continue;
    const comparison = comparisonOf(side);
    draft.memory.push(...memoryRows(comparison, flavour));
    draft.behaviour.push(...behaviourRows(comparison, flavour));
    if (variant === '') {
      draft.effects = effectsOf(comparison);
      draft.locks = lockRows(comparison);
      const [profile, contention] = [lockProfile(comparison), await contentionOf(comparison, runner.cache)];
      if (profile.length > 0) draft.lockProfile = profile;
      if (contention !== undefined) draft.contention = contention;
    }
    const [before, after] = [await rooms.layouts(base.image), await rooms.layouts(patched.image)];
    const changes = structChanges(before, after, touched, flavour);
    if (variant === '') draft.notes.push(...withoutLayout(semantics.structs, before, after));
    if (changes.length > 0) {
      const narrow = variant === '' ? await (early ?? narrowSides(rooms, images)) : NOT_NARROW;
      draft.structs.push(...withLayouts(changes, before, after, narrow));
    }
  }
  const check = sides.filter((side) => side.flavour.config === 'check').map((side) => side.patched);
  const { coverage, idleAreas } = await measureCoverage(rooms, semantics, check);
  draft.coverage = { ...coverage, source: sourceLines(coverage, images.overlay) };
  return idleAreas;
}

const NONE = { notBuilt: 'compiled for 32 bits only with the defaults of new symbols' };
const NOT_NARROW: NarrowSides = { before: NONE, after: NONE };

/** Only the headers are compiled for 32 bits. */
async function narrowSides(rooms: Rooms, images: Images): Promise<NarrowSides> {
  const under = images.overlayOf(0);
  const [before, after] = await Promise.all([
    rooms.narrowLayouts(images.tree, under, under),
    rooms.narrowLayouts(images.tree, images.overlayOf(images.last), under),
  ]);
  return { before, after };
}

function areaDoubts(idleAreas: string[], controls: ControlResult[]): Inconclusive[] {
  const missed = controls.filter((control) => !control.detected);
  return [
    ...idleAreas.map((area) => ({ scenario: '', reason: `no changed code of the area ${area} ran` })),
    ...missed.map(({ id, area, reason }) => ({
      scenario: '',
      reason: `the positive control ${id} of the area ${area} was not detected${reason === undefined ? '' : `: ${reason}`}`,
    })),
  ];
}

function conclude({ clock, request, selection, draft }: Ordered, sides: Side[], ownDoubts: Inconclusive[]): Answer {
  const { order } = selection;
  const matched = new Set(draft.scenarios.matched);
  const doubts = doubtsOf(sides, order, matched, selection.notRun, clock.expired);
  const ran = order.filter(({ name }) => ranBothSides(sides, name));
  draft.scenarios.ran = ran.length;
  draft.scenarios.notApplicable = doubts.notApplicable;
  draft.scenarios.notRun = doubts.notRun;
  draft.inconclusive = [...ownDoubts, ...doubts.all];
  if (clock.expired) draft.notes.push(`the time cap of ${Math.round(request.timeCapMs / 1000)} s was reached`);
  return judge({
    findings: draft.findings,
    inconclusive: [...ownDoubts, ...doubts.deciding],
    matchedRan: ran.filter(({ name }) => matched.has(name)).length,
  });
}

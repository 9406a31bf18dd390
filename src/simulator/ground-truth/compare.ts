// SPDX-License-Identifier: GPL-2.0-or-later
// A measured history and its replay -> how many checks are equal, and each that is not with both sides and the step
// before it.
import { createHash } from 'node:crypto';
import { linesOf } from './lines.ts';
import type { Check, GroundTruth } from './load.ts';
import { COUNTED, type Observation, type Replay } from './values.ts';

export interface Difference {
  /** Of the scenario, from 0. */
  step: number;
  /** "checkpoint forked" or "step 12". */
  at: string;
  what: 'counts' | 'topology' | 'step';
  expected: string;
  got: string;
  /** All that was got, in short: counts, or a digest of the topology's lines or of the failure. */
  figure: string;
  /** Text of the last step that did something. */
  before: string;
}

export interface Outcome {
  family: string;
  name: string;
  /** Checks of the history, those compared, and of these the equal ones. */
  checks: number;
  compared: number;
  equal: number;
  /** Compared checks whose counts are equal, whatever the topologies. */
  equalCounts: number;
  /** Checks with a topology, or with VMAs and chains, that was compared, and of these the equal ones. */
  topologies: number;
  equalTopologies: number;
  /** Topologies that are equal except that indices of private file pages count addresses. */
  virtualOffsets: number;
  differences: Difference[];
  /** Why the history, or its rest from a step on, could not be run. */
  notRun?: string;
  /** The feature that the tree lacks, where that is why. */
  requires?: string;
}

/** Lines of a topology that a report shows. */
const SHOWN_LINES = 4;

export function compareHistory(truth: GroundTruth, replay: Replay): Outcome {
  const { family, name, checks } = truth;
  const outcome: Outcome = {
    family,
    name,
    checks: checks.length,
    compared: 0,
    equal: 0,
    equalCounts: 0,
    topologies: 0,
    equalTopologies: 0,
    virtualOffsets: 0,
    differences: [],
  };
  const seen = new Map(replay.observations.map((observation) => [observation.step, observation]));
  for (const check of checks) {
    const observation = seen.get(check.step);
    if (observation === undefined) continue;
    outcome.compared++;
    const before = outcome.differences.length;
    compareCheck(check, observation, replay, outcome);
    if (outcome.differences.length === before) outcome.equal++;
  }
  const { stopped } = replay;
  if (stopped?.kind === 'failed') {
    const { step, text, reason } = stopped;
    outcome.differences.push({
      step,
      at: `step ${step + 1}`,
      what: 'step',
      expected: 'success',
      got: reason,
      figure: digest(reason),
      before: text,
    });
  } else if (stopped !== undefined) {
    const why = stopped.kind === 'requires' ? `requires ${stopped.feature}` : stopped.reason;
    outcome.notRun = `${why} (step ${stopped.step + 1}, "${stopped.text}")`;
    if (stopped.kind === 'requires') outcome.requires = stopped.feature;
  }
  return outcome;
}

function compareCheck(check: Check, observation: Observation, replay: Replay, outcome: Outcome): void {
  const at = check.checkpoint === undefined ? `step ${check.step + 1}` : `checkpoint ${check.checkpoint}`;
  const before = stepBefore(replay.steps, check.step);
  const differs = (what: Difference['what'], expected: string, got: string, figure: string): void => {
    outcome.differences.push({ step: check.step, at, what, expected, got, figure, before });
  };
  if (check.counts.join() === observation.counts.join()) outcome.equalCounts++;
  else differs('counts', countsText(check.counts), countsText(observation.counts), observation.counts.join(' '));
  const { topology } = check;
  if (topology === undefined || observation.topology === undefined) return;
  outcome.topologies++;
  const got = linesOf(observation.topology, topology);
  const same = (lines: string[]): boolean => lines.join('\n') === topology.lines.join('\n');
  const shifted = observation.fileIndexed;
  if (same(got)) {
    outcome.equalTopologies++;
    return;
  }
  if (shifted !== undefined && same(linesOf(shifted, topology))) {
    outcome.virtualOffsets++;
    return;
  }
  differs('topology', missing(topology.lines, got), missing(got, topology.lines), digest(got.join('\n')));
}

/** Enough of a SHA-256 to tell one shape from another. */
function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

function countsText(counts: readonly number[]): string {
  return COUNTED.map((object, i) => `${object} ${counts[i]}`).join(', ');
}

/** The first lines that the other side does not have. */
function missing(lines: readonly string[], other: readonly string[]): string {
  const there = new Set(other);
  const only = lines.filter((line) => !there.has(line));
  if (only.length === 0) return lines.length === other.length ? 'the same lines in another order' : 'nothing more';
  const more = only.length > SHOWN_LINES ? `; ${only.length - SHOWN_LINES} more` : '';
  return `${only.slice(0, SHOWN_LINES).join('; ')}${more}`;
}

/** A checkpoint is no step of its own: the one before it is meant. */
function stepBefore(steps: readonly string[], step: number): string {
  for (let i = step; i >= 0; i--) {
    const text = steps[i] ?? '';
    if (!text.startsWith('mark:')) return text;
  }
  return 'the start';
}

// SPDX-License-Identifier: GPL-2.0-or-later
// Findings -> small reproducers: the history that is left once everything is taken out without which the same fault
// still shows on the bad side, and not on the base.
import type { Told } from './findings.ts';
import type { Images } from './images.ts';
import { SHRINK_RUNS_FINDING, SHRINK_RUNS_REVIEW } from './limits.ts';
import type { ScenarioInfo } from './rooms.ts';
import type { Runner } from './run.ts';
import type { Shrunk } from './shrunk.ts';

/**
 * Replaces the reproducers of the first findings that the series brought, and what is told of them, by the shrunk ones.
 * Trials are counted, not timed: the same review gives the same reproducers.
 */
export async function shrinkReproducers(
  told: Told[],
  scenarios: ScenarioInfo[],
  images: Images,
  runner: Runner,
): Promise<void> {
  const byName = new Map(scenarios.map((scenario) => [scenario.name, scenario]));
  const worth = told.filter(({ finding }) => finding.status === 'introduced' || finding.status === 'bisectability');
  let left = SHRINK_RUNS_REVIEW;
  const shrinker = runner.rooms.shrinker?.();
  if (shrinker === undefined) return;
  try {
    for (const one of worth) {
      const { fault } = one;
      const whole = byName.get(fault.scenario);
      if (whole === undefined || left <= 0 || runner.clock.expired) break;
      const boundary = fault.status === 'bisectability' ? (fault.patch ?? images.last) : images.last;
      const [bad, good] = [await images.image(boundary, fault.flavour), await images.image(0, fault.flavour)];
      if (!bad || !good) continue;
      const runs = Math.min(left, SHRINK_RUNS_FINDING);
      const { signature } = fault.violation;
      const key = ['shrunk', bad.key, good.key, whole.name, whole.text, signature, runs];
      const known = await runner.cache.get(key);
      const shrunk = isShrunk(known) ? known : await shrinker.shrink(whole, { bad, good, signature, runs });
      if (shrunk === undefined) continue;
      if (shrunk !== known) await runner.cache.put(key, shrunk);
      left -= shrunk.runs;
      tell(one, shrunk);
    }
  } finally {
    shrinker.close();
  }
}

/** The evidence is that of the history which the reader sees. */
function tell({ finding }: Told, { text, violation, stepText }: Shrunk): void {
  finding.reproducer = text;
  finding.step = violation.step;
  finding.stepText = stepText;
  finding.summary = violation.evidence;
  finding.where = violation.where.map(({ file, line, function: name }) => ({ file, line, function: name }));
  if (finding.pictures === undefined) return;
  if (violation.pictures === undefined) delete finding.pictures;
  else finding.pictures = violation.pictures;
}

function isShrunk(value: unknown): value is Shrunk {
  const shrunk = value as Partial<Shrunk> | null | undefined;
  return typeof shrunk?.text === 'string' && typeof shrunk.runs === 'number' && typeof shrunk.violation === 'object';
}

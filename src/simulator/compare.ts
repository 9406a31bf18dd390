// SPDX-License-Identifier: GPL-2.0-or-later
// Base against patched. Comes in: the runs of the same scenarios on two images. Goes out: what was introduced, fixed or
// there before, what could not be judged, and the objects at each mark before and after.
import type { ConfigName } from '../kernel/values.ts';
import type { ObjectCount, Run, Violation } from './values.ts';

export type Status = 'introduced' | 'fixed' | 'pre-existing';

export interface ComparedViolation {
  status: Status;
  scenario: string;
  config: ConfigName;
  /** The violation itself: as seen in the patched run, in the base run where fixed. */
  violation: Violation;
  /** Its step's text. */
  stepText: string;
}

export interface MemoryRow {
  scenario: string;
  config: ConfigName;
  mark: string;
  object: string;
  /** An object that a side does not have at all counts 0 of size 0. */
  before: Side;
  after: Side;
}

export interface Side {
  live: number;
  rcuPending: number;
  size: number;
  /** live times size. */
  bytes: number;
}

export interface Comparison {
  violations: ComparedViolation[];
  memory: MemoryRow[];
  walks: { scenario: string; config: ConfigName; before: Run['walks']; after: Run['walks'] }[];
  inconclusive: { scenario: string; config: ConfigName; side: 'base' | 'patched'; reason: string }[];
  /** What steps did before and after, of the runs that counted it (prod): the steps that both runs did. */
  work: { scenario: string; config: ConfigName; steps: { text: string; before: Work; after: Work }[] }[];
  /** Scenarios judged on both sides. */
  judged: { scenario: string; config: ConfigName }[];
}

type Work = Record<string, number>;

/** Compares runs pairwise by scenario and configuration, in the order of the patched runs. */
export function compareRuns(base: readonly Run[], patched: readonly Run[]): Comparison {
  const key = (run: Run): string => `${run.config} ${run.scenario}`;
  const before = new Map(base.map((run) => [key(run), run]));
  const result: Comparison = { violations: [], memory: [], walks: [], work: [], inconclusive: [], judged: [] };
  for (const after of patched) {
    const other = before.get(key(after));
    before.delete(key(after));
    pair(result, other, after);
  }
  for (const lonely of before.values()) pair(result, lonely, undefined);
  return result;
}

function pair(result: Comparison, base: Run | undefined, patched: Run | undefined): void {
  const run = patched ?? base;
  if (run === undefined) return;
  const { scenario, config } = run;
  for (const [side, one] of [['base', base] as const, ['patched', patched] as const]) {
    const reason = one === undefined ? 'did not run on this side' : one.inconclusive;
    if (reason !== undefined && (one !== undefined || run.skipped === undefined)) {
      result.inconclusive.push({ scenario, config, side, reason });
    }
  }
  violations(result, base, patched);
  if (base === undefined || patched === undefined || base.skipped !== undefined || patched.skipped !== undefined)
    return;
  if (base.inconclusive === undefined && patched.inconclusive === undefined) result.judged.push({ scenario, config });
  result.walks.push({ scenario, config, before: base.walks, after: patched.walks });
  const steps = work(base, patched);
  if (steps.length > 0) result.work.push({ scenario, config, steps });
  result.memory.push(...memory(base, patched));
}

function violations(result: Comparison, base: Run | undefined, patched: Run | undefined): void {
  const known = new Set(base?.violations.map((violation) => violation.signature));
  const still = new Set(patched?.violations.map((violation) => violation.signature));
  const add = (run: Run, violation: Violation, status: Status): void => {
    const stepText = run.steps[violation.step] ?? '';
    result.violations.push({ status, scenario: run.scenario, config: run.config, violation, stepText });
  };
  for (const violation of patched?.violations ?? []) {
    if (patched !== undefined) add(patched, violation, known.has(violation.signature) ? 'pre-existing' : 'introduced');
  }
  for (const violation of leftOnlyBy(base, patched)) if (patched !== undefined) add(patched, violation, 'introduced');
  // Only a scenario that was judged on the patched side can show that something is fixed.
  if (base === undefined || patched === undefined || patched.inconclusive !== undefined) return;
  for (const violation of base.violations) if (!still.has(violation.signature)) add(base, violation, 'fixed');
}

/** What failed steps left on the patched side alone, of the places at which the base's allocations failed too. */
function leftOnlyBy(base: Run | undefined, patched: Run | undefined): Violation[] {
  const places = new Set(base?.refusals?.map(({ step, site }) => `${step} ${site}`));
  const known = new Set(base?.remnants?.map(({ signature }) => signature));
  const tried = (step: number, signature: string): boolean =>
    patched?.refusals?.some(
      (one) => one.step === step && signature.includes(one.site) && places.has(`${step} ${one.site}`),
    ) === true;
  return (patched?.remnants ?? []).filter(({ step, signature }) => !known.has(signature) && tried(step, signature));
}

/** A step that a violation ended was not done, or not looked at: what it did says nothing. */
function endsIn(run: Run, step: number): boolean {
  return step === run.steps.length - 1 && run.violations.some((violation) => violation.step === step);
}

function work(base: Run, patched: Run): Comparison['work'][number]['steps'] {
  const steps: Comparison['work'][number]['steps'] = [];
  for (const [index, text] of patched.steps.entries()) {
    const [before, after] = [base.work?.[index], patched.work?.[index]];
    if (before === undefined || after === undefined || base.steps[index] !== text) break;
    if (endsIn(base, index) || endsIn(patched, index)) break;
    steps.push({ text, before, after });
  }
  return steps;
}

/** One row for each object at each mark that both runs reached; rows without any object on either side are left out. */
function memory(base: Run, patched: Run): MemoryRow[] {
  const rows: MemoryRow[] = [];
  for (const [index, mark] of patched.marks.entries()) {
    const other = base.marks[index];
    if (other === undefined || other.name !== mark.name) continue;
    const before = new Map(other.objects.map((count) => [count.object, count]));
    const after = new Map(mark.objects.map((count) => [count.object, count]));
    for (const object of [...new Set([...before.keys(), ...after.keys()])].sort()) {
      const row = { before: side(before.get(object)), after: side(after.get(object)) };
      if (row.before.live + row.before.rcuPending + row.after.live + row.after.rcuPending === 0) continue;
      rows.push({ scenario: patched.scenario, config: patched.config, mark: mark.name, object, ...row });
    }
  }
  return rows;
}

function side(count: ObjectCount | undefined): Side {
  const { live = 0, rcuPending = 0, size = 0 } = count ?? {};
  return { live, rcuPending, size, bytes: live * size };
}

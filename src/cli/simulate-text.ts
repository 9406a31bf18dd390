// SPDX-License-Identifier: GPL-2.0-or-later
// Runs and comparisons of runs -> text for a terminal.
import { cleanLine } from '../report/sanitise.ts';
import { counted, signed, table, wrap } from '../report/text.ts';
import type { MemoryRow } from '../review/values.ts';
import type { Comparison, Run, Violation } from '../simulator/index.ts';
import type { TurnText } from '../simulator/values.ts';

/** What runs of one tree say: a line a scenario, violations in full, objects at marks (prod). */
export function runsText(label: string, runs: Run[]): string {
  const lines = [`${cleanLine(label)}`, ''];
  for (const run of runs) lines.push(...runLines(run));
  const marks = runs.filter((run) => run.config === 'prod').flatMap(markRows);
  if (marks.length > 0) {
    const columns = ['scenario', 'mark', 'object'].map((title) => ({ title, align: 'left' as const }));
    const figures = ['live', 'rcu pending', 'bytes'].map((title) => ({ title, align: 'right' as const }));
    lines.push('', 'Objects at marks (prod)', '', ...table([...columns, ...figures], marks));
  }
  const broken = runs.filter((run) => run.violations.length > 0).length;
  const open = runs.filter((run) => run.inconclusive !== undefined).length;
  const skipped = runs.filter((run) => run.skipped !== undefined).length;
  lines.push(
    '',
    `${counted(runs.length - skipped, 'run')}, ${broken} with violations, ${open} not judged, ${skipped} not for this tree`,
  );
  return `${lines.join('\n')}\n`;
}

/** What differs between two trees. */
export function comparisonText(from: string, to: string, comparison: Comparison, memory: MemoryRow[]): string {
  const lines = [`${cleanLine(from)} -> ${cleanLine(to)}`, ''];
  for (const { status, scenario, config, violation } of comparison.violations) {
    if (status !== 'pre-existing')
      lines.push(`${status}: ${cleanLine(scenario)} (${config})`, ...violationLines(violation));
  }
  for (const { scenario, config, side, reason } of comparison.inconclusive) {
    const where = side === 'base' ? from : to;
    lines.push(...wrap(`not judged: ${cleanLine(scenario)} (${config}) on ${cleanLine(where)}: ${cleanLine(reason)}`));
  }
  const changed = memory.filter(({ before, after }) => before.count !== after.count || before.bytes !== after.bytes);
  if (changed.length > 0) {
    const columns = ['scenario', 'mark', 'object'].map((title) => ({ title, align: 'left' as const }));
    const figures = ['before', 'after', 'change', 'bytes'].map((title) => ({ title, align: 'right' as const }));
    const rows = changed.map((row) => [
      cleanLine(row.scenario),
      cleanLine(row.mark),
      cleanLine(row.object),
      `${row.before.count}`,
      `${row.after.count}`,
      signed(row.after.count - row.before.count),
      signed(row.after.bytes - row.before.bytes),
    ]);
    lines.push('Objects at marks that differ (prod)', '', ...table([...columns, ...figures], rows), '');
  }
  for (const { scenario, config, before, after } of comparison.walks) {
    if (config !== 'prod' || (before.visits === after.visits && before.worst === after.worst)) continue;
    lines.push(
      `walks of ${cleanLine(scenario)}: ${before.visits} -> ${after.visits} visits, worst ${before.worst} -> ${after.worst}`,
    );
  }
  const same = comparison.violations.filter(({ status }) => status === 'pre-existing').length;
  lines.push('', `${counted(comparison.judged.length, 'run')} judged on both, ${same} violations on both`);
  return `${lines.join('\n')}\n`;
}

function runLines(run: Run): string[] {
  const name = `${cleanLine(run.scenario)} (${run.config})`;
  if (run.skipped !== undefined) return [`not for this tree: ${name}: ${cleanLine(run.skipped)}`];
  const head = run.violations.length > 0 ? 'violated' : run.inconclusive === undefined ? 'ok' : 'not judged';
  const reason = run.inconclusive === undefined ? '' : `: ${cleanLine(run.inconclusive)}`;
  return [
    `${head}: ${name}, ${counted(run.steps.length, 'step')}${reason}`,
    ...explorationLines(run),
    ...run.violations.flatMap((one) => violationLines(one, run)),
  ];
}

/** How the threads' interleavings were explored, and how fast on one core. */
function explorationLines({ exploration }: Run): string[] {
  if (exploration === undefined) return [];
  const { threads, schedules, different, unchanged, oneChange, oneChangeOf, more, random, points, cpuMs } = exploration;
  const speed = cpuMs > 0 ? `, ${Math.round((schedules / cpuMs) * 1000)} a second` : '';
  return [
    ...threads.map((thread) => `    ${cleanLine(thread)}`),
    ...wrap(
      `${counted(schedules, 'schedule')}, ${different} different, up to ${counted(points, 'point')}: ${unchanged} without a change, ${oneChange} of ${oneChangeOf} with one, ${more} with more, ${random} by PCT and at random${speed}`,
      '    ',
    ),
  ];
}

function violationLines(violation: Violation, run?: Run): string[] {
  const [place] = violation.where;
  const step = run === undefined ? '' : ` after "${cleanLine(run.steps[violation.step] ?? '')}"`;
  return [
    `  ${violation.invariant}${step}`,
    ...wrap(cleanLine(violation.evidence), '    '),
    ...(violation.schedule === undefined ? [] : [`    schedule ${violation.schedule}`]),
    ...(violation.turns ?? []).map(turnLine),
    ...(place ? [`    at ${cleanLine(place.function)}() ${cleanLine(place.file)}:${place.line}`] : []),
  ];
}

function turnLine({ thread, points, forced, where: [place] }: TurnText): string {
  const at = place === undefined ? 'its end' : `${cleanLine(place.function)}() ${cleanLine(place.file)}:${place.line}`;
  return `      ${thread} ${counted(points, 'point')} to ${at}${forced || place === undefined ? '' : ', then another runs'}`;
}

function markRows(run: Run): string[][] {
  return run.marks.flatMap((mark) =>
    mark.objects
      .filter((object) => object.live + object.rcuPending > 0)
      .map((object) => [
        cleanLine(run.scenario),
        cleanLine(mark.name),
        cleanLine(object.object),
        `${object.live}`,
        `${object.rcuPending}`,
        `${object.live * object.size}`,
      ]),
  );
}

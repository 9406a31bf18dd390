// SPDX-License-Identifier: GPL-2.0-or-later
// What was run, how much of the change ran, what could not be judged, how to do it again, and what it does not say.
import type { Review } from '../review/values.ts';
import { coverageFiles, REASON } from './coverage-files.ts';
import { cleanLine } from './sanitise.ts';
import { counted, listed, wrap } from './text.ts';

/** Scenarios named with one reason; the JSON has them all. */
const SCENARIOS_NAMED = 6;

/** Prerequisites named; the JSON has them all. */
const PREREQUISITES_NAMED = 3;

/** Series, base, tool: three short lines at the top. */
export function subjectLines(review: Review): string[] {
  const { series } = review;
  const version = series.version > 1 ? ` v${series.version}` : '';
  return [
    ...wrap(
      `"${cleanLine(series.subject, 140)}"${version}, ${counted(series.patches.length, 'patch', 'patches')}`,
      '  ',
    ),
    ...wrap(`on ${cleanLine(review.base, 140)}`, '  '),
    ...prerequisiteLines(review),
  ];
}

/** Series that are part of the base, or why they are not. */
function prerequisiteLines({ prerequisites = [] }: Review): string[] {
  const lines = prerequisites.slice(0, PREREQUISITES_NAMED).flatMap((one) => {
    const name =
      one.subject === undefined
        ? `${one.kind} ${cleanLine(one.value, 100)}`
        : `"${cleanLine(one.subject, 100)}"${(one.version ?? 1) > 1 ? ` v${one.version}` : ''} <${cleanLine(one.id ?? '', 100)}>`;
    const from = one.from === undefined ? '' : `, from ${cleanLine(one.from, 100)}`;
    const { applied = [], alreadyThere = [] } = one;
    const known = alreadyThere.length === 0 ? '' : `, ${alreadyThere.length} more of it there already`;
    const said = {
      applied: `with ${counted(applied.length, 'patch', 'patches')} of ${name}${from}, applied first${known}`,
      'already-there': `which has ${name} already`,
      missing: `without ${name}, which it needs: ${one.why ?? ''}`,
      'does-not-apply': `without ${name}, which it needs: ${one.why ?? ''}`,
      'not-tried': `it also needs ${name}${from}`,
      'taken-as-there': `which is taken to contain ${name}, as it was named by hand`,
    }[one.status];
    return wrap(cleanLine(said, 400), '  ');
  });
  const left = prerequisites.length - PREREQUISITES_NAMED;
  return left > 0 ? [...lines, `  and ${counted(left, 'further prerequisite')}`] : lines;
}

/** ": 12 by rules, 30 by what they execute of the changed code"; one may be matched by both. */
function howMatched({ scenarios: { byRules = 0, byCoverage = 0 } }: Review): string {
  const ways = [
    ...(byRules > 0 ? [`${byRules} by rules`] : []),
    ...(byCoverage > 0 ? [`${byCoverage} by the changed code that they run`] : []),
  ];
  return ways.length === 0 ? '' : `: ${ways.join(', ')}`;
}

/** Scenarios, coverage, controls, pre-existing findings. */
export function ranLines(review: Review): string[] {
  const { scenarios, coverage, controls } = review;
  const configs = review.configs.map(({ config, variant }) => (variant === '' ? config : `${config} (${variant})`));
  const here = scenarios.matched.filter((name) => !scenarios.notApplicable.includes(name)).length;
  const how = howMatched(review);
  const matched = here < scenarios.ran || how !== '' ? ` (${here} matched${how})` : '';
  const parts = [`Ran ${counted(scenarios.ran, 'scenario')}${matched} before and after, in ${listed(configs)}.`];
  if (coverage.changedLines > 0) {
    const percent = Math.floor((100 * coverage.executedLines) / coverage.changedLines);
    parts.push(
      `${coverage.executedLines} of ${counted(coverage.changedLines, 'changed line')} of code ran (${percent} %).`,
    );
  } else parts.push('No changed line became code.');
  if (coverage.notBuilt.length > 0) {
    const [first, ...rest] = coverage.notBuilt;
    parts.push(`Not built is ${cleanLine(first ?? '')}${rest.length > 0 ? ` and ${rest.length} more` : ''}.`);
  }
  if (review.search !== undefined) parts.push(searchSentence(review.search));
  const seen = controls.filter((control) => control.detected).length;
  if (controls.length > 0) parts.push(`Planted control bugs detected ${seen} of ${controls.length}.`);
  for (const { scenarios: threaded, schedules, oneChange, oneChangeOf } of review.interleavings ?? [])
    parts.push(
      `Tried ${counted(schedules, 'schedule')} of the threads of ${counted(threaded, 'scenario')}, ${oneChange} of the ${oneChangeOf} with one pre-emption.`,
    );
  const doubts = new Set(review.inconclusive.map((one) => one.scenario).filter((name) => name !== '')).size;
  if (doubts > 0) parts.push(`Not judged ${counted(doubts, 'scenario')}.`);
  const old = review.findings.filter((finding) => finding.status === 'pre-existing').length;
  if (old > 0) parts.push(`The base has ${counted(old, 'finding')} of its own (not shown).`);
  return wrap(parts.join(' '));
}

/** "150 generated histories, seed 1, coverage: 2 of 7 changed lines more." */
function searchSentence({ histories, seed, missedLines, newLines }: NonNullable<Review['search']>): string {
  const more =
    missedLines === 0
      ? 'no changed line was missed before'
      : `${newLines} of ${counted(missedLines, 'changed line')} more`;
  return `${counted(histories, 'generated history', 'generated histories')}, seed ${seed}, coverage: ${more}.`;
}

/** The command, with everything that decides the outcome. A named tree can be named again; a folder is the user's. */
export function reproduceLines(review: Review): string[] {
  const [named = ''] = cleanLine(review.tree.label).split(' ');
  const commit = / at ([0-9a-f]{40})\b/.exec(review.base)?.[1];
  const tree = /^(?:debian|git):\S+$/.test(named) ? named : `PATH${commit === undefined ? '' : ` --base ${commit}`}`;
  const under = (review.prerequisites ?? []).some(({ status }) => status === 'applied');
  const { id, version } = review.series;
  const many = under || review.series.others.length > 0;
  // An id from a mail goes into a command line only where a shell takes it for one word.
  const series = many ? ` --series ${under && /^[\w.+=@-]+$/.test(id) ? id : `v${version}`}` : '';
  const thread = under ? 'the threads of the series and of what it needs' : 'the thread';
  const tool = `rmapbot ${cleanLine(review.tool.version)}, seed ${review.seed}`;
  // A pull request names itself.
  if (/^[\w.-]+\/[\w.-]+#\d+@[0-9a-f]{40}$/.test(id)) return [`To reproduce (${tool}):`, `  rmapbot review '${id}'`];
  return [
    ...wrap(`To reproduce (${tool}), with ${thread} as an mbox:`),
    `  rmapbot review series.mbox --tree ${tree}${series}`,
  ];
}

/** Who speaks, and what a reader must not conclude. */
export function limitsLines(review: Review): string[] {
  if (review.configs.length === 0) return wrap('This is rmapbot, a bot. Nothing of the series was run.');
  const threads = review.interleavings === undefined ? '' : ' or in sequentially consistent turns';
  return wrap(
    `This is rmapbot, a bot that runs mm/ in a simulated machine. It judges what its scenarios reach, one CPU at a time${threads}, and nothing else.`,
  );
}

/** Reasons why parts could not be judged, equal reasons together. */
export function inconclusiveLines(review: Review, max: number): string[] {
  const reasons = new Map<string, { scenarios: Set<string>; configs: Set<string> }>();
  for (const { scenario, config, reason: said } of review.inconclusive) {
    // The step that met the reason differs from scenario to scenario.
    const reason = said.replace(/^"[^"]*" /, '');
    const entry = reasons.get(reason) ?? { scenarios: new Set(), configs: new Set() };
    if (scenario !== '') entry.scenarios.add(scenario);
    if (config !== undefined) entry.configs.add(config);
    reasons.set(reason, entry);
  }
  if (reasons.size === 0 || max === 0) return [];
  const lines = ['Not judged'];
  for (const [reason, { scenarios, configs }] of [...reasons].slice(0, max)) {
    const names = [...scenarios];
    const some = names.slice(0, SCENARIOS_NAMED).join(', ');
    const more = names.length > SCENARIOS_NAMED ? ` and ${names.length - SCENARIOS_NAMED} more` : '';
    const where =
      names.length === 0 ? '' : ` - ${some}${more}${configs.size > 0 ? ` (${[...configs].join(', ')})` : ''}`;
    lines.push(...wrap(cleanLine(`${reason}${where}`), '  '));
  }
  if (reasons.size > max) lines.push(`  and ${counted(reasons.size - max, 'further reason')}`);
  return lines;
}

/** Changed lines that did not run, as ranges per file, with the reason where it is known. */
export function notExecutedLines(review: Review, max: number): string[] {
  const ranges = coverageFiles(review.coverage).flatMap(({ file, ranges: all }) =>
    all.filter(({ ran }) => !ran).map((range) => ({ file, ...range })),
  );
  if (ranges.length === 0) return [];
  const text = ranges.slice(0, max).flatMap(({ file, from, to, function: name, reason, why }) => {
    const lines = from === to ? `${from}` : `${from}-${to}`;
    const place = `${cleanLine(file)}:${lines}${name === '' ? '' : ` ${cleanLine(name)}()`}`;
    const said = why ?? (reason === undefined ? '' : REASON[reason]);
    return wrap(`${place}${said === '' ? '' : ` - ${cleanLine(said, 160)}`}`, '  ');
  });
  const left = ranges.length - Math.min(ranges.length, max);
  return [
    'Changed lines that did not run',
    '',
    ...text,
    ...(left > 0 ? [`  and ${counted(left, 'further place')}`] : []),
  ];
}

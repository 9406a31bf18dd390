// SPDX-License-Identifier: GPL-2.0-or-later
// Findings as mail text: in full with the reproducer, or in a line or two.
import type { Finding, Review } from '../review/values.ts';
import { cleanLine, cleanLines } from './sanitise.ts';
import { block, wrap, wrapItem } from './text.ts';

const TEXT = '    ';
/** Turns of a schedule that a summary tells; the rest is in the JSON. */
const TURNS_TOLD = 6;
const SCENARIO = '      ';

/** What stands in the summary: all but what the base had already. */
export function toldFindings(review: Review): Finding[] {
  return review.findings.filter((finding) => finding.status !== 'pre-existing');
}

/** Headline, evidence, where, step; the reproducer where asked for. */
export function findingInFull(review: Review, finding: Finding, number: number, reproducer: boolean): string[] {
  const lines = wrapItem(number, headline(review, finding));
  lines.push(...wrap(cleanLine(finding.summary), TEXT));
  lines.push(...placeLines(finding));
  if (finding.scenario !== '') lines.push(...wrap(seenIn(finding), TEXT));
  if (finding.modelled.length > 0) {
    lines.push(...wrap(`rests on modelled functions: ${cleanLine(finding.modelled.join(', '))}`, TEXT));
  }
  if (finding.schedule !== undefined) lines.push(...scheduleLines(finding));
  if (reproducer && finding.reproducer !== '') lines.push('', ...reproducerLines(finding));
  return lines;
}

/** The schedule to replay, and where the threads stood when another one took over. */
function scheduleLines({ schedule, turns = [] }: Finding): string[] {
  const told = turns.slice(0, TURNS_TOLD).map(({ thread, where: [place] }) => {
    const at =
      place === undefined ? 'to its end' : `to ${cleanLine(place.function)}() ${cleanLine(place.file)}:${place.line}`;
    return `${cleanLine(thread)} ${at}`;
  });
  const more = turns.length > TURNS_TOLD ? ', ...' : '';
  return wrap(`with schedule ${cleanLine(schedule ?? '', 200)}: ${told.join(', then ')}${more}`, TEXT);
}

function placeLines({ where, whereIs }: Finding): string[] {
  const places = where.map(({ file, line, function: name }) => `${cleanLine(name)}() ${cleanLine(file)}:${line}`);
  if (places.length === 0) return [];
  // Of a fault the innermost place is enough; the stack is in the JSON.
  if (whereIs === 'fault') return [`${TEXT}at ${places[0]}`];
  return wrap(`changed code that ran: ${places.join(', ')}`, TEXT);
}

/** The scenario's text, indented so that nothing of it stands at column 0. */
export function reproducerLines(finding: Finding): string[] {
  return block(cleanLines(finding.reproducer), SCENARIO);
}

/** One finding in as few lines as it needs. */
export function findingInShort(review: Review, finding: Finding, number: number): string[] {
  const scenario = finding.scenario === '' ? '' : ` (${cleanLine(finding.scenario)})`;
  return wrapItem(number, `${headline(review, finding)}: ${cleanLine(finding.summary, 120)}${scenario}`);
}

function headline(review: Review, finding: Finding): string {
  const total = review.series.patches.length;
  const title = review.series.patches.find((patch) => patch.number === finding.patch)?.title;
  const patch = finding.patch === null ? '' : `patch ${finding.patch}/${total}`;
  const quoted = title === undefined ? '' : ` "${cleanLine(title, 100)}"`;
  const kind = finding.severity === 'violation' ? '' : ` (${finding.severity})`;
  switch (finding.status) {
    case 'introduced':
      return `${finding.invariant}${kind}, since ${patch}${quoted}`;
    case 'bisectability': {
      const until = finding.gonePatch === undefined ? '' : `, gone with patch ${finding.gonePatch}/${total}`;
      return `${finding.invariant}, bisectability: after ${patch}${quoted}${until}`;
    }
    case 'fixed':
      return `${finding.invariant}, fixed${patch === '' ? '' : ` by ${patch}${quoted}`}`;
    case 'pre-existing':
      return `${finding.invariant}${kind}, the base has it, too`;
  }
}

function seenIn(finding: Finding): string {
  const flavour = finding.variant === '' ? finding.config : `${finding.config}, ${finding.variant}`;
  const step = finding.step === null ? '' : ` after step ${finding.step + 1} "${cleanLine(finding.stepText)}"`;
  const also = finding.alsoIn.length;
  const rest = also === 0 ? '' : `; also in ${also} other ${also === 1 ? 'run' : 'runs'}`;
  return `${step.trim()} of ${cleanLine(finding.scenario)} (${flavour})${rest}`;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// The part of docs/fidelity.md between its marks, from comparisons with the measured kernel.
import { type Change, explainedBy, type Fidelity, familyRows } from '../src/fidelity/index.ts';

const BEGIN = '<!-- measured: begin -->';
const END = '<!-- measured: end -->';

/** The page with its table made anew. Throws where the marks are missing. */
export function fidelityTable(page: string, results: readonly Fidelity[], changes: readonly Change[]): string {
  const from = page.indexOf(BEGIN);
  const to = page.indexOf(END);
  if (from < 0 || to < from) throw new Error(`docs/fidelity.md has no ${BEGIN} and ${END}`);
  const lines = [BEGIN, ''];
  for (const { tree, histories } of results) {
    lines.push(`### ${tree}`, '');
    lines.push(
      '| family | histories | equal | explained | differ | not run | checks compared | counts equal | topologies compared | equal |',
    );
    lines.push('|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|');
    for (const row of familyRows(histories)) {
      const checks = `${row.compared} of ${row.checks}`;
      lines.push(
        `| ${[row.family, row.histories, row.equal, row.explained, row.differ, row.notRun, checks, row.equalCounts, row.topologies, row.equalTopologies].join(' | ')} |`,
      );
    }
    lines.push('', '| what explains | histories |', '|---|--:|');
    for (const [name, explained] of explainedBy(histories)) lines.push(`| ${name} | ${explained.length} |`);
    lines.push('');
  }
  lines.push('### The changes', '', '| name | commit | versions | effect |', '|---|---|---|---|');
  for (const { name, change, versions, effect } of changes)
    lines.push(`| ${name} | ${change} | ${versions} | ${effect.trim()} |`);
  lines.push('', END);
  return page.slice(0, from) + lines.join('\n') + page.slice(to + END.length);
}

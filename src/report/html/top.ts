// SPDX-License-Identifier: GPL-2.0-or-later
// The top of the page: the verdict, what was reviewed, and four figures that say how far to trust it.
import type { Review, Verdict } from '../../review/values.ts';
import { failureLines } from '../mail-failure.ts';
import { toldFindings } from '../mail-findings.ts';
import { cleanLine } from '../sanitise.ts';
import { counted, signed } from '../text.ts';
import { html, type Markup, NOTHING } from './markup.ts';

const LOOK: Readonly<Record<Verdict, [cls: string, sign: string]>> = {
  violations: ['bad', '✕'],
  'does-not-build': ['bad', '✕'],
  'does-not-apply': ['open', '?'],
  clean: ['good', '✓'],
  'out-of-scope': ['plain', '–'],
  inconclusive: ['open', '?'],
  incomplete: ['open', '?'],
};

export function top(review: Review): Markup {
  const [cls, sign] = LOOK[review.verdict];
  const { series } = review;
  return html`<p class="verdict ${cls}"><span aria-hidden="true">${sign}</span>${review.verdict.replaceAll('-', ' ')}</p>
<h1>${sentence(review.reason)}</h1>
<p class="series"><b>${cleanLine(series.subject, 200)}</b>${series.version > 1 && ` v${series.version}`}, ${counted(series.patches.length, 'patch', 'patches')} by ${cleanLine(series.author.name, 80) || cleanLine(series.author.address, 80)}</p>
<p class="series">on ${cleanLine(review.base, 160)}</p>
${review.configs.length > 0 && facts(review)}`;
}

/** Git's or the compiler's own words. */
export function failure(review: Review): Markup {
  const lines = failureLines(review);
  return lines.length === 0 ? NOTHING : html`<pre tabindex="0">${lines.join('\n')}</pre>`;
}

/** Reasons why parts could not be judged. */
export function doubts({ inconclusive }: Review): Markup {
  const reasons = new Map<string, string[]>();
  for (const { scenario, config, reason } of inconclusive) {
    const said = reason.replace(/^"[^"]*" /, '');
    const names = reasons.get(said) ?? [];
    if (scenario !== '') names.push(config === undefined ? scenario : `${scenario} (${config})`);
    reasons.set(said, names);
  }
  const items = [...reasons].slice(0, 40).map(([reason, names]) => {
    const more = names.length > 6 ? ` and ${names.length - 6} more` : '';
    return html`<li>${cleanLine(reason)}${names.length > 0 && html` <span class="aside">${names.slice(0, 6).join(', ')}${more}</span>`}</li>`;
  });
  return items.length === 0 ? NOTHING : html`<ul>${items}</ul>`;
}

function facts(review: Review): Markup {
  const { coverage, scenarios, controls } = review;
  const told = toldFindings(review);
  const violations = told.filter(({ severity, status }) => severity === 'violation' && status === 'introduced').length;
  const rows = review.memory.filter(({ variant }) => variant === '');
  const bytes = rows.reduce((sum, row) => sum + row.after.bytes - row.before.bytes, 0);
  const objects = rows.reduce((sum, row) => sum + row.after.count - row.before.count, 0);
  const percent = coverage.changedLines > 0 ? Math.floor((100 * coverage.executedLines) / coverage.changedLines) : 0;
  const seen = controls.filter(({ detected }) => detected).length;
  const matched =
    scenarios.matchedRan ?? scenarios.matched.filter((name) => !scenarios.notApplicable.includes(name)).length;
  return html`<dl class="facts">
<div><dt>Findings</dt><dd>${told.length}<small>${counted(violations, 'violation')} introduced</small></dd></div>
<div><dt>Changed lines that ran</dt><dd>${coverage.changedLines === 0 ? '–' : `${percent} %`}<small>${coverage.changedLines === 0 ? 'no changed line became code' : `${coverage.executedLines} of ${coverage.changedLines}`}</small></dd></div>
<div><dt>Scenarios</dt><dd>${scenarios.ran}<small>before and after; ${matched} chosen for this change</small></dd></div>
<div><dt>Memory at marks</dt>${rows.length === 0 ? html`<dd>–<small>nothing was measured</small></dd>` : html`<dd>${signed(bytes)} B<small>${objects === 0 ? 'as many objects' : `${signed(objects)} objects`}</small></dd>`}</div>
${controls.length > 0 && html`<div><dt>Planted bugs found</dt><dd>${seen} of ${controls.length}<small>one for each touched area</small></dd></div>`}
</dl>`;
}

function sentence(text: string): string {
  const line = cleanLine(text);
  const upper = line.charAt(0).toUpperCase() + line.slice(1);
  return /[.!?]$/.test(upper) ? upper : `${upper}.`;
}

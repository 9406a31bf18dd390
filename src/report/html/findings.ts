// SPDX-License-Identifier: GPL-2.0-or-later
// Findings on the page: what is wrong, since which patch, what led there, the world around the step, how to run it again.

import type { Finding, Review } from '../../review/values.ts';
import { INVARIANTS } from '../../simulator/invariants/index.ts';
import { PAGE_FINDINGS_MAX } from '../limits.ts';
import { toldFindings } from '../mail-findings.ts';
import { cleanLine } from '../sanitise.ts';
import { counted } from '../text.ts';
import { html, type Markup, NOTHING } from './markup.ts';
import { timeline } from './timeline.ts';
import { topology } from './topology.ts';

const MEANING = new Map(INVARIANTS.map(({ id, statement }) => [id, statement]));

/** All that the series brings or mends; what the base had already is one list at the end. */
export function findings(review: Review): Markup {
  const told = toldFindings(review);
  const old = review.findings.filter(({ status }) => status === 'pre-existing');
  const shown = told.slice(0, PAGE_FINDINGS_MAX);
  if (told.length + old.length === 0) return NOTHING;
  return html`${shown.map((finding, index) => article(review, finding, index))}${
    told.length > shown.length &&
    html`<p class="more">and ${counted(told.length - shown.length, 'further finding')} in the JSON</p>`
  }${old.length > 0 && preExisting(old)}`;
}

function article(review: Review, finding: Finding, index: number): Markup {
  const id = `finding-${index + 1}`;
  const kind = finding.status === 'fixed' ? 'fixed' : finding.severity === 'violation' ? 'bad' : 'note';
  const meaning = MEANING.get(finding.invariant);
  const flavour = finding.variant === '' ? finding.config : `${finding.config}, ${finding.variant}`;
  return html`<article class="${kind}" id="${id}" aria-labelledby="${id}-title">
<h3 id="${id}-title"><span class="n">${index + 1}</span>${finding.invariant}</h3>
<p class="since">${since(review, finding)}</p>
<p class="evidence">${cleanLine(finding.summary)}</p>
${meaning !== undefined && html`<p class="aside">What must hold: ${meaning}</p>`}
${finding.step !== null && html`<p>Seen after step ${finding.step + 1}, <code>${cleanLine(finding.stepText, 200)}</code>, of <code>${cleanLine(finding.scenario, 120)}</code> (${flavour})${finding.alsoIn.length > 0 && html`, and in ${counted(finding.alsoIn.length, 'other run')}`}.</p>`}
${places(finding)}
${finding.modelled.length > 0 && html`<p class="aside">Rests on modelled functions: ${finding.modelled.map((name) => html`<code>${name}</code> `)}</p>`}
${timeline(finding)}
${topology(finding.pictures, `${id}-world`)}
${finding.reproducer !== '' && html`<details><summary>The scenario, for <code>rmapbot simulate</code></summary><pre tabindex="0">${finding.reproducer.trimEnd()}</pre></details>`}
${finding.alsoIn.length > 0 && html`<details><summary>Also seen in</summary><p>${finding.alsoIn.slice(0, 60).join(', ')}</p></details>`}
</article>
`;
}

function since(review: Review, { status, severity, patch, gonePatch }: Finding): Markup {
  const total = review.series.patches.length;
  const title = review.series.patches.find((one) => one.number === patch)?.title;
  const which = html`patch ${patch ?? '?'}/${total}${title !== undefined && html` “${cleanLine(title, 160)}”`}`;
  const what = severity === 'violation' ? 'Violation' : severity === 'warning' ? 'Warning' : 'Note';
  if (status === 'introduced') return html`${what}, since ${which}`;
  if (status === 'fixed') return html`Fixed by ${which}`;
  return html`Bisectability: broken after ${which}${gonePatch !== undefined && html`, whole again with patch ${gonePatch}/${total}`}`;
}

function places({ where, whereIs, stacks = [] }: Finding): Markup {
  if (where.length === 0) return NOTHING;
  const others = stacks.map(
    ({ what, where: there }) =>
      html`<details><summary>${cleanLine(what, 160)}</summary><ul>${there.map(
        ({ file, line, function: name }) => html`<li><code>${name}()</code> <code>${file}:${line}</code></li>`,
      )}</ul></details>`,
  );
  const list = where.map(
    ({ file, line, function: name }) => html`<li><code>${name}()</code> <code>${file}:${line}</code></li>`,
  );
  if (whereIs === 'changed-code') return html`<p class="aside">Changed code that ran there:</p><ul>${list}</ul>`;
  const [first, ...rest] = list;
  return html`<ul>${first}</ul>${rest.length > 0 && html`<details><summary>Called from</summary><ul>${rest}</ul></details>`}${others}`;
}

function preExisting(old: Finding[]): Markup {
  const items = old
    .slice(0, PAGE_FINDINGS_MAX)
    .map(
      ({ invariant, summary, scenario }) =>
        html`<li><b>${invariant}</b>: ${cleanLine(summary)} <span class="aside">(${scenario})</span></li>`,
    );
  return html`<details><summary>${counted(old.length, 'finding')} that the base has, too</summary><ul>${items}</ul></details>`;
}

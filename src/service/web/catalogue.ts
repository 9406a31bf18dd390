// SPDX-License-Identifier: GPL-2.0-or-later
// Pages of what the bot knows: scenarios, rules, trees.
import { setTimeout as sleep } from 'node:timers/promises';
import { html, type Markup } from '../../report/html/markup.ts';
import { cleanLine, cleanLines } from '../../report/sanitise.ts';
import { ownScenarios } from '../../review/real-rooms.ts';
import { loadRules } from '../../semantics/index.ts';
import { print } from '../../simulator/grammar/print.ts';
import { listTrees } from '../../tree/index.ts';
import { PATIENCE_MS, TREES_MS } from '../limits.ts';

/** Read once: they are files of ours, which change with the program only. */
let scenarios: ReturnType<typeof ownScenarios> | undefined;
/** Sizes are summed over thousands of files: a list is good for a while, and nobody waits for it. */
let trees: { until: number; list: ReturnType<typeof listTrees> } | undefined;

/** undefined where they are still being counted. */
async function knownTrees(): Promise<Awaited<ReturnType<typeof listTrees>> | undefined> {
  if (!trees || Date.now() > trees.until) {
    const begun = { until: Number.POSITIVE_INFINITY, list: listTrees() };
    trees = begun;
    begun.list.then(
      () => {
        begun.until = Date.now() + TREES_MS;
      },
      () => {
        begun.until = 0; // the next one who asks tries again
      },
    );
  }
  return Promise.race([trees.list, sleep(PATIENCE_MS, undefined, { ref: false })]);
}

export function scenariosPage(prefix: string, query: URLSearchParams): Markup {
  const text = (query.get('q') ?? '').slice(0, 200);
  const area = (query.get('area') ?? '').slice(0, 100);
  scenarios ??= ownScenarios();
  const all = scenarios;
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const chosen = all.filter(
    ({ name, about, areas }) =>
      words.every((word) => `${name} ${about}`.toLowerCase().includes(word)) && (area === '' || areas.includes(area)),
  );
  const families = [...new Set(chosen.map(({ family }) => family))];
  const sections = families.map((family) => {
    const members = chosen.filter((one) => one.family === family);
    return html`<section><h2>${family}</h2><ul class="jobs">${members.map(
      (one) => html`<li id="${one.name}"><p class="title">${one.name}</p><p class="about">${one.about}</p>
<p class="meta">${one.areas.map((id) => html`<span><a href="${prefix}/rules#${id}">${id}</a></span>`)}</p>
<details><summary>The scenario</summary><pre tabindex="0">${cleanLines(print(one))}</pre></details></li>`,
    )}</ul></section>`;
  });
  return html`<section><h1>Scenarios</h1><p>${chosen.length} of ${all.length}.</p>
<form class="filter" method="get" action="${prefix}/scenarios"><label>Name or purpose<input type="search" name="q" value="${text}"></label>${area !== '' && html`<input type="hidden" name="area" value="${area}">`}<button type="submit">Search</button></form></section>
${sections}`;
}

export async function rulesPage(prefix: string): Promise<Markup> {
  const { areas, other } = await loadRules();
  const items = [...areas, other].map((area) => {
    const { functions = [], patterns = [], structs = [], paths = [] } = area.match;
    const matched = [...functions, ...patterns, ...structs.map((name) => `struct ${name}`), ...paths];
    return html`<li id="${area.id}"><p class="title">${area.name}</p><p class="about">${area.about}</p>
<p class="meta"><span>${area.id}</span><span><a href="${prefix}/scenarios?area=${encodeURIComponent(area.id)}">its scenarios</a></span></p>
<details><summary>Invariants and matches</summary><p>Invariants: ${area.invariants.join(', ')}</p><p><code>${matched.join(', ')}</code></p><ul>${area.questions.map((question) => html`<li>${question}</li>`)}</ul></details></li>`;
  });
  return html`<section><h1>Rules</h1><p>What a change touches decides what is at stake, and which scenarios speak for it.</p><ul class="jobs">${items}</ul></section>
`;
}

export async function treesPage(): Promise<Markup> {
  const known = await knownTrees();
  if (!known)
    return html`<section><h1>Trees</h1><p class="aside">They are being counted. Look again in a minute.</p></section>
`;
  const rows = known.map(
    (tree) =>
      html`<tr><th scope="row">${cleanLine(tree.name, 100)}</th><td>${cleanLine(tree.label, 120)}</td><td class="num">${Math.round(tree.bytes / 1048576)} MiB</td><td>${tree.fetched.slice(0, 10)}</td></tr>`,
  );
  return html`<section><h1>Trees</h1>${
    rows.length === 0
      ? html`<p class="aside">There is none in the cache of this machine yet.</p>`
      : html`<div class="scroll" tabindex="0" role="region" aria-label="Trees"><table><thead><tr><th>Name</th><th>Tree</th><th class="num">Size</th><th>Fetched</th></tr></thead><tbody>${rows}</tbody></table></div>`
  }</section>
`;
}

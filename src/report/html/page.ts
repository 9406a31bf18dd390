// SPDX-License-Identifier: GPL-2.0-or-later
// Review -> one HTML page that stands for itself: no script, no network, its one style sheet allowed by its hash.
import { createHash } from 'node:crypto';
import type { Review } from '../../review/values.ts';
import { cleanLine } from '../sanitise.ts';
import { changes } from './changes.ts';
import { coverage } from './coverage.ts';
import { findings } from './findings.ts';
import { locks } from './locks.ts';
import { html, raw } from './markup.ts';
import { behaviour, memory } from './memory.ts';
import { type Section, section } from './parts.ts';
import { notes, ran, reproduce, versions } from './ran.ts';
import { structs } from './structs.ts';
import { STYLE } from './style.ts';
import { doubts, failure, top } from './top.ts';

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');
const POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'`;

/** The whole page. Same review, same bytes, whatever was measured of time. */
export function htmlPage(review: Review): string {
  const sections: Section[] = [
    { id: 'failure', title: 'What does not fit', body: failure(review) },
    { id: 'findings', title: 'Findings', body: findings(review) },
    { id: 'not-judged', title: 'Not judged', body: doubts(review) },
    { id: 'versions', title: `Since v${review.previous?.version ?? 0}`, body: versions(review) },
    { id: 'memory', title: 'Memory', body: memory(review) },
    { id: 'behaviour', title: 'What steps do differently', body: behaviour(review) },
    { id: 'structs', title: 'Struct layouts', body: structs(review.structs) },
    { id: 'changes', title: 'What changed', body: changes(review) },
    { id: 'coverage', title: 'Coverage of the diff', body: coverage(review) },
    { id: 'locks', title: 'Locks', body: locks(review) },
    { id: 'ran', title: 'What ran', body: ran(review) },
    { id: 'notes', title: 'Notes', body: notes(review) },
    { id: 'reproduce', title: 'How to reproduce', body: reproduce(review) },
  ].filter(({ body }) => body.toString().trim() !== '');
  const title = `${review.verdict.replaceAll('-', ' ')}: ${cleanLine(review.series.subject, 140)}`;
  return html`${raw('<!doctype html>')}
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${raw(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<a class="skip" href="#main">To the findings</a>
<svg class="hidden" aria-hidden="true"><defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0v6"/></pattern></defs></svg>
<header>
${top(review)}
<nav aria-label="Sections"><ul>${sections.map(({ id, title: name }) => html`<li><a href="#${id}">${name}</a></li>`)}</ul></nav>
</header>
<main id="main" tabindex="-1">
${sections.map(section)}</main>
<footer><p>rmapbot ${cleanLine(review.tool.version, 40)}, seed ${review.seed}.</p></footer>
</body>
</html>
`.toString();
}

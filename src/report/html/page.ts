// SPDX-License-Identifier: GPL-2.0-or-later
// Review -> one HTML page that stands for itself.
import type { Review } from '../../review/values.ts';
import { cleanLine } from '../sanitise.ts';
import { changes } from './changes.ts';
import { contention } from './contention.ts';
import { coverage } from './coverage.ts';
import { htmlDocument } from './document.ts';
import { findings } from './findings.ts';
import { locks } from './locks.ts';
import { html } from './markup.ts';
import { behaviour, memory } from './memory.ts';
import type { Section } from './parts.ts';
import { notes, ran, reproduce, versions } from './ran.ts';
import { structs } from './structs.ts';
import { STYLE } from './style.ts';
import { doubts, failure, top } from './top.ts';

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
    { id: 'locks', title: 'Locks', body: html`${locks(review)}${contention(review)}` },
    { id: 'ran', title: 'What ran', body: ran(review) },
    { id: 'notes', title: 'Notes', body: notes(review) },
    { id: 'reproduce', title: 'How to reproduce', body: reproduce(review) },
  ];
  return htmlDocument({
    title: `${review.verdict.replaceAll('-', ' ')}: ${cleanLine(review.series.subject, 140)}`,
    style: STYLE,
    skip: 'To the findings',
    header: top(review),
    sections,
    footer: html`<p>rmapbot ${cleanLine(review.tool.version, 40)}, seed ${review.seed}.</p>`,
  });
}

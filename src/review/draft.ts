// SPDX-License-Identifier: GPL-2.0-or-later
// The review before anything is known but the request; and its parts that only copy what other rooms said.
import { contentId } from './content-id.ts';
import type { ReviewRequest } from './request.ts';
import { REVIEW_SCHEMA } from './schema.ts';
import type { Review } from './values.ts';

/** A review that has no verdict yet. */
export type Draft = Omit<Review, 'verdict' | 'reason'>;

/** A draft with every list empty. */
export function draftReview(request: ReviewRequest): Draft {
  const { label, version, identity } = request.tree;
  return {
    schema: REVIEW_SCHEMA,
    tool: { name: 'rmapbot', version: request.toolVersion },
    seed: request.seed,
    series: seriesPart(request),
    tree: { label, version, ...(identity === undefined ? {} : { identity }) },
    base: request.base ?? label,
    configs: [],
    controls: [],
    findings: [],
    memory: [],
    structs: [],
    behaviour: [],
    semantics: { functions: [], structs: [], areas: [], outOfScope: false, why: '', unreadable: [] },
    scenarios: { matched: [], ran: 0, notApplicable: [], notRun: [] },
    coverage: { config: 'check', changedLines: 0, executedLines: 0, notExecuted: [], notBuilt: [] },
    inconclusive: [],
    notes: [...request.notes],
    timings: {},
  };
}

/** Says what became of the series' prerequisites, where it has some. */
export function putPrerequisites(draft: Draft, rows: NonNullable<Review['prerequisites']>): void {
  if (rows.length > 0) draft.prerequisites = rows;
}

function seriesPart({ series, others }: ReviewRequest): Review['series'] {
  return {
    id: series.id,
    version: series.version,
    subject: series.subject,
    tags: [...series.tags],
    author: { name: series.author.name, address: series.author.address },
    ...(series.date === undefined ? {} : { date: series.date }),
    expected: series.expected,
    missing: [...series.missing],
    patches: series.patches.map(({ number, title, messageId, paths, diff }) => ({
      number,
      title,
      messageId,
      paths: [...paths],
      contentId: contentId(diff),
    })),
    prerequisites: series.prerequisites.map(({ kind, value }) => ({ kind, value })),
    others: [...others],
  };
}

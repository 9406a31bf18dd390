// SPDX-License-Identifier: GPL-2.0-or-later
// Two reviews -> what became of the earlier one's findings, and which patches changed between the versions.
import type { Finding, Previous, Review } from './values.ts';

/** In: this review, the earlier version's, and where that came from. Nothing of either is changed. */
export function compareVersions(now: Review, then: Review, from: Previous['from']): Previous {
  return {
    version: then.series.version,
    id: then.series.id,
    verdict: then.verdict,
    base: then.base,
    from,
    // A version that was not run has no findings: nothing to compare with.
    findings: then.configs.length > 0 ? findings(now, then) : [],
    patches: patches(now, then),
  };
}

/** Findings that are the series' own; what the base has is no matter of versions. */
function own({ findings: all }: Review): { finding: Finding; index: number }[] {
  return all
    .map((finding, index) => ({ finding, index }))
    .filter(({ finding }) => finding.status === 'introduced' || finding.status === 'bisectability');
}

/** Still there and new ones in the order of this review, then those that are fixed. */
function findings(now: Review, then: Review): Previous['findings'] {
  const open = own(then).map(({ finding }) => finding);
  const said: Previous['findings'] = [];
  for (const { finding, index } of own(now)) {
    const same = open.findIndex((other) => isSame(finding, other));
    if (same >= 0) open.splice(same, 1);
    said.push({ state: same >= 0 ? 'still there' : 'new', ...told(finding), finding: index });
  }
  return [...said, ...open.map((finding) => ({ state: 'fixed' as const, ...told(finding) }))];
}

const told = ({ invariant, scenario, summary }: Finding) => ({ invariant, scenario, summary });

/** By signature; a review of an older program has none: by what was seen where. Status tells a note from a violation. */
function isSame(a: Finding, b: Finding): boolean {
  if (a.status !== b.status || a.invariant !== b.invariant) return false;
  if (a.signature !== undefined && b.signature !== undefined) return a.signature === b.signature;
  return a.scenario === b.scenario && a.stepText === b.stepText;
}

/**
 * Patches of both versions matched as range-diff would: by content first, which survives a new title, then by title.
 * This version's order, then what was dropped.
 */
function patches(now: Review, then: Review): Previous['patches'] {
  const left = [...then.series.patches];
  const pairs = new Map<number, Review['series']['patches'][number]>();
  const take = (fits: (a: (typeof left)[number], b: (typeof left)[number]) => boolean): void => {
    for (const patch of now.series.patches) {
      if (pairs.has(patch.number)) continue;
      const at = left.findIndex((other) => fits(patch, other));
      if (at >= 0) pairs.set(patch.number, ...(left.splice(at, 1) as [(typeof left)[number]]));
    }
  };
  take((a, b) => a.contentId !== undefined && a.contentId === b.contentId);
  take((a, b) => titleOf(a.title) === titleOf(b.title));
  const said: Previous['patches'] = now.series.patches.map((patch) => {
    const old = pairs.get(patch.number);
    const { number, title } = patch;
    if (!old) return { change: 'added', number, previous: null, title };
    const known = patch.contentId !== undefined && old.contentId !== undefined;
    const change = !known ? 'unknown' : patch.contentId === old.contentId ? 'same' : 'changed';
    return { change, number, previous: old.number, title };
  });
  return [
    ...said,
    ...left.map(({ number, title }) => ({ change: 'dropped' as const, number: null, previous: number, title })),
  ];
}

const titleOf = (title: string): string => title.toLowerCase().replace(/\s+/g, ' ').trim();

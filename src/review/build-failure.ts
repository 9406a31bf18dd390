// SPDX-License-Identifier: GPL-2.0-or-later
// A final tree that does not build -> the first patch after which it does not, with the compiler's own words.
import { displayPath } from '../kernel/diagnostics.ts';
import type { BuildFailure } from '../kernel/values.ts';
import type { Flavour, Images } from './images.ts';
import { DIAGNOSTICS_MAX } from './limits.ts';
import type { ReviewFailure } from './values.ts';

/**
 * The base builds and the final tree does not: bisects to a boundary k-1 that builds and k that does not.
 * Out: the failure at k, as the report prints it.
 */
export async function firstFailingBuild(
  images: Images,
  flavour: Flavour,
  final: BuildFailure,
): Promise<Extract<ReviewFailure, { kind: 'does-not-build' }>> {
  let good = 0;
  let bad = images.last;
  let failure = final;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    const result = await images.result(middle, flavour);
    if ('failure' in result) {
      bad = middle;
      failure = result.failure;
    } else good = middle;
  }
  const errors = failure.diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
  return {
    kind: 'does-not-build',
    patch: bad,
    config: flavour.config,
    variant: flavour.variant,
    unit: unitOf(failure),
    diagnostics: (errors.length > 0 ? errors : failure.diagnostics).slice(0, DIAGNOSTICS_MAX),
    ...(failure.link === undefined ? {} : { link: failure.link }),
  };
}

/** "mm/rmap.c:12:3: error: ..." of the first message, or the linker's words: for one-line texts. */
export function firstWords(failure: BuildFailure): string {
  const first = failure.diagnostics.find((diagnostic) => diagnostic.severity === 'error') ?? failure.diagnostics[0];
  if (first) return `${first.file}:${first.line}:${first.column}: ${first.severity}: ${first.message}`;
  return `${displayPath(failure.unit)}: ${failure.link ?? 'no message'}`;
}

/**
 * True where it is our machine that does not fit the tree: all errors stand in our files (a wrapper that includes the
 * tree's unit names something that is gone), or all compiled and only the link failed (the tree's own code needs data
 * that our choice of units does not have). Never the series' fault.
 */
export function isOurs(failure: BuildFailure): boolean {
  const errors = failure.diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
  if (errors.length === 0) return failure.link !== undefined;
  return errors.every(({ file }) => /^(?:machine|generated):/.test(file));
}

/** The file that is compiled; where a wrapper of ours includes the tree's, the tree's. */
function unitOf({ unit, diagnostics }: BuildFailure): string {
  const shown = displayPath(unit);
  if (!shown.startsWith('machine:')) return shown;
  return diagnostics.find(({ file, severity }) => severity === 'error' && !file.includes(':'))?.file ?? shown;
}

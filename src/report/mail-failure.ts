// SPDX-License-Identifier: GPL-2.0-or-later
// A series that does not apply or does not build: git's or the compiler's own words, indented.
import type { Review } from '../review/values.ts';
import { cleanLine, cleanLines } from './sanitise.ts';
import { block, wrap } from './text.ts';

const MESSAGES_SHOWN = 8;

/** Empty where the series applies and builds. */
export function failureLines({ failure, series }: Review): string[] {
  if (!failure) return [];
  const title = series.patches.find((patch) => patch.number === failure.patch)?.title ?? '';
  const which = `Patch ${failure.patch}/${series.patches.length} "${cleanLine(title, 120)}"`;
  if (failure.kind === 'does-not-apply') {
    const hunk = failure.hunk === undefined ? '' : `, hunk ${failure.hunk}`;
    const place = failure.path === undefined ? '' : ` (${cleanLine(failure.path)}${hunk})`;
    return [...wrap(`${which} does not apply${place}. Git says`), '', ...block(cleanLines(failure.message), '    ')];
  }
  const flavour = failure.variant === '' ? failure.config : `${failure.config}, ${failure.variant}`;
  const messages = failure.diagnostics.slice(0, MESSAGES_SHOWN).map(({ file, line, column, severity, message }) => {
    return `    ${cleanLine(file)}:${line}:${column}: ${severity}: ${cleanLine(message)}`;
  });
  const link = failure.link === undefined ? [] : block(cleanLines(failure.link), '    ').slice(0, MESSAGES_SHOWN);
  return [
    ...wrap(`${which}: ${cleanLine(failure.unit)} does not compile any more (${flavour}); the base builds.`),
    '',
    ...messages,
    ...link,
  ];
}

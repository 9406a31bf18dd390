// SPDX-License-Identifier: GPL-2.0-or-later
// The compiler's messages -> Diagnostic values. Paths become those of the tree, or "machine:..." and "generated:...".
import { DIAGNOSTICS } from './limits.ts';
import type { Diagnostic } from './values.ts';
import { GENERATED, MACHINE } from './vfs.ts';

const LINE = /^(.+?):(\d+):(\d+): (fatal error|error|warning): (.*)$/;
const PLACELESS = /^(?:<[^>]*>: )?(fatal error|error|warning): (.*)$/;

/** "./include/linux/mm.h" -> "include/linux/mm.h", ".machine/slab.c" -> "machine:slab.c". */
export function displayPath(file: string): string {
  const plain = file.replace(/^(\.\/|\/)+/, '');
  if (plain.startsWith(`${MACHINE}/`)) return `machine:${plain.slice(MACHINE.length + 1)}`;
  if (plain.startsWith(`${GENERATED}/`)) return `generated:${plain.slice(GENERATED.length + 1)}`;
  return plain;
}

/**
 * Errors and warnings of one run in their order; notes are left out. Messages without a place get line 0 of the unit.
 * At most DIAGNOSTICS of them, errors first to be kept.
 */
export function parseDiagnostics(unit: string, text: string): Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const line of text.split('\n')) {
    const placed = LINE.exec(line);
    const placeless = placed ? null : PLACELESS.exec(line);
    if (placed) {
      const [, file = '', row, column, level, message = ''] = placed;
      found.push({
        severity: level === 'warning' ? 'warning' : 'error',
        file: displayPath(file),
        line: Number(row),
        column: Number(column),
        message,
      });
    } else if (placeless) {
      const [, level, message = ''] = placeless;
      const severity = level === 'warning' ? 'warning' : 'error';
      found.push({ severity, file: displayPath(unit), line: 0, column: 0, message });
    }
  }
  if (found.length <= DIAGNOSTICS) return found;
  const errors = found.filter(({ severity }) => severity === 'error');
  return [...errors, ...found.filter(({ severity }) => severity === 'warning')].slice(0, DIAGNOSTICS);
}

/** One diagnostic that is about the run as a whole. */
export function runFailure(unit: string, message: string): Diagnostic {
  return { severity: 'error', file: displayPath(unit), line: 0, column: 0, message };
}

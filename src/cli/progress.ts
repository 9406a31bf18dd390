// SPDX-License-Identifier: GPL-2.0-or-later
// One line on a terminal's stderr that says what is being done; nothing at all in a pipe.
import type { WriteStream } from 'node:tty';
import { cleanLine } from '../report/sanitise.ts';
import type { Progress } from '../review/request.ts';
import { REPAINT_MS } from './limits.ts';

export interface ProgressLine {
  /** A short text, or a phase with its count. */
  show(what: string | Progress): void;
  /** Removes the line; later calls of show paint it again. */
  clear(): void;
}

type Terminal = Pick<WriteStream, 'write'> & Partial<Pick<WriteStream, 'isTTY' | 'columns'>>;

/** In: stderr, or what a test gives; the clock in milliseconds. */
export function progressLine(
  out: Terminal = process.stderr,
  now: () => number = () => performance.now(),
): ProgressLine {
  if (!out.isTTY) return { show() {}, clear() {} };
  let shown = '';
  let last = Number.NEGATIVE_INFINITY;
  const phases = new Set<string>();
  return {
    show(what) {
      const text = typeof what === 'string' ? what : textOf(what);
      const phase = typeof what === 'string' ? '' : what.phase;
      const time = now();
      // Work goes on side by side: a phase that is new is always told, the rest no faster than it can be read.
      if (text === shown || (phases.has(phase) && time - last < REPAINT_MS)) return;
      phases.add(phase);
      last = time;
      shown = text;
      // A terminal that does not know its width says 0.
      const room = (out.columns || 80) - 1;
      out.write(`\r\u001b[2K${[...cleanLine(text)].slice(0, room).join('')}`);
    },
    clear() {
      if (shown !== '') out.write('\r\u001b[2K');
      shown = '';
    },
  };
}

function textOf({ phase, done, total }: Progress): string {
  if (done === undefined || total === undefined || total === 0) return phase;
  return `${phase}: ${done}/${total}`;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// What standard output can show: its width, its characters, its colours.
import type { TerminalStyle } from '../report/history-text.ts';

const COLUMNS_LEAST = 80;
const COLUMNS_MOST = 160;

/** In: the environment and the stream. A pipe gets 80 columns and no colours; NO_COLOR (no-color.org) is obeyed. */
export function terminalStyle(
  env: NodeJS.ProcessEnv = process.env,
  stream: { isTTY?: boolean; columns?: number } = process.stdout,
): TerminalStyle {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  const columns = Math.min(COLUMNS_MOST, Math.max(COLUMNS_LEAST, stream.columns ?? COLUMNS_LEAST));
  const colour = stream.isTTY === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
  return { columns, unicode: /utf-?8/i.test(locale), colour };
}

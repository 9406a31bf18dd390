// SPDX-License-Identifier: GPL-2.0-or-later
// Commands: lines of a mail that begin with "rmapbot:", or of a comment on GitHub that begin with "/rmapbot". Quoted lines
// begin with something else; what follows the signature's "-- " does not count.
import { COMMAND_LINES_MAX } from './limits.ts';

export interface Request {
  /** The lines as written. */
  lines: string[];
  stop: boolean;
  rerun: boolean;
  scenario?: string;
  base?: string;
  /** Lines that say nothing we know. */
  unknown: string[];
}

const IN_MAIL = /^rmapbot:[ \t]*(.*)$/i;

/** `mark`: the line that is a command, what it says being its first group. What one mail or comment asks for; nothing where it asks for nothing. Of two words of the same kind the last one counts. */
export function requestIn(body: string, mark: RegExp = IN_MAIL): Request | undefined {
  const request: Request = { lines: [], stop: false, rerun: false, unknown: [] };
  for (const line of body.split('\n')) {
    if (line === '-- ') break;
    const found = mark.exec(line);
    if (!found || request.lines.length >= COMMAND_LINES_MAX) continue;
    request.lines.push(line.trimEnd());
    const [word = '', value = '', ...more] = (found[1] ?? '').trim().split(/\s+/);
    const verb = word.toLowerCase();
    if (verb === 'stop' && value === '') request.stop = true;
    else if (verb === 'rerun' && value === '') request.rerun = true;
    else if (verb === 'scenario' && /^[a-z0-9*?-]{1,80}$/.test(value) && more.length === 0) request.scenario = value;
    // Never an option of git's, never a range.
    else if (verb === 'base' && /^(?!.*\.\.)[0-9A-Za-z][0-9A-Za-z._/~^+-]{0,99}$/.test(value) && more.length === 0)
      request.base = value;
    else request.unknown.push(line.trimEnd());
  }
  return request.lines.length === 0 ? undefined : request;
}

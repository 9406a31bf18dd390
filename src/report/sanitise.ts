// SPDX-License-Identifier: GPL-2.0-or-later
// Foreign text -> text that is safe on a terminal and in a mail: no controls, no escapes, no hidden direction changes.
import { FOREIGN_TEXT_MAX } from './limits.ts';

// Controls other than line end and tab; format characters (zero width, bidirectional, tags, byte order mark); lone
// surrogates; line and paragraph separators.
const UNSAFE = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const visible = (character: string): string => {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
};

/** Several lines: controls become visible escapes (`\x1b`), tabs two spaces, CRLF a line end. Line ends stay. */
export function cleanLines(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(UNSAFE, visible).replace(/\t/g, '  ');
}

/** One line: as cleanLines, line ends become spaces, and a text that is too long is cut, visibly. */
export function cleanLine(text: string, max = FOREIGN_TEXT_MAX): string {
  const line = cleanLines(text).replace(/\s+/g, ' ').trim();
  return line.length > max ? `${[...line].slice(0, max).join('')}...` : line;
}

// What mail tools take for their own at column 0: trailers and headers, diffs, mbox separators, quotes, signatures,
// commands to bots.
const TAKEN_BY_TOOLS = /^(?:[\w-]+:(?:\s|$)|diff\s|index\s|---|\+\+\+|@@|From\s|>|\||#|--\s?$|commit\s[0-9a-f]{7}|\/)/i;

/** Indents each line that b4, patchwork, git or another bot would take for a trailer, a diff or a command. */
export function guardColumnZero(text: string): string {
  return text
    .split('\n')
    .map((line) => (TAKEN_BY_TOOLS.test(line) ? `  ${line}` : line))
    .join('\n');
}

// SPDX-License-Identifier: GPL-2.0-or-later
// Git's C-style quoting of path names (git-config(1), core.quotePath): in the quoted form, out the name.
import { MAX_QUOTED_NAME } from './limits.ts';

const ESCAPES: Record<string, number> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, '"': 34, '\\': 92 };

/**
 * Reads a quoted name that begins at `at` (a double quote). Octal escapes are bytes of UTF-8.
 * Undefined if the text is not a well-formed quoted name; `end` is the index after the closing quote.
 */
export function unquoteAt(text: string, at: number): { name: string; end: number } | undefined {
  if (text[at] !== '"') return undefined;
  const bytes: Buffer[] = [];
  let from = at + 1;
  for (let i = from; i < text.length && i - at < MAX_QUOTED_NAME; i++) {
    const c = text[i];
    if (c !== '"' && c !== '\\') continue;
    bytes.push(Buffer.from(text.slice(from, i), 'utf8'));
    if (c === '"') return { name: Buffer.concat(bytes).toString('utf8'), end: i + 1 };
    const octal = /^[0-3][0-7]{2}/.exec(text.slice(i + 1, i + 4));
    if (octal) {
      bytes.push(Buffer.of(Number.parseInt(octal[0], 8)));
      i += 3;
    } else {
      const byte = ESCAPES[text[i + 1] ?? ''];
      if (byte === undefined) return undefined;
      bytes.push(Buffer.of(byte));
      i += 1;
    }
    from = i + 1;
  }
  return undefined;
}

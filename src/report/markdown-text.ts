// SPDX-License-Identifier: GPL-2.0-or-later
// Foreign text for Markdown as GitHub reads it: nothing in it becomes markup, a mention, a reference or a link.
import { cleanLine, cleanLines } from './sanitise.ts';

const ENTITY: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** One line of prose. Mentions and references are cut by a comment that is not shown. */
export function md(text: string, max?: number): string {
  return cleanLine(text, max)
    .replace(/[&<>]/g, (character) => ENTITY[character] ?? '')
    .replace(/[\\`*[\]!|~$]|(?<![a-z0-9])_|_(?![a-z0-9])/gi, '\\$&')
    .replace(/@(?=\w)/g, '@<!-- -->')
    .replace(/#(?=\d)/g, '#<!-- -->')
    .replace(/\b(\w{2,10}):\/\//g, '$1:<!-- -->//')
    .replace(/\bwww\./gi, 'www<!-- -->.')
    .replace(/\bgh-(?=\d)/gi, 'GH<!-- -->-')
    .replace(/^(\d+)([.)])/, '$1\\$2')
    .replace(/^[-+#=]/, '\\$&');
}

/** A code span, with a fence longer than any run of backticks in it. Pipes are kept apart for tables. */
export function code(text: string, max?: number): string {
  const line = cleanLine(text, max).replaceAll('|', '\\|');
  if (line === '') return '';
  const fence = '`'.repeat(1 + longest(line));
  const edge = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${fence}${edge}${line}${edge}${fence}`;
}

/** A block of text as it is. */
export function fenced(text: string, language = ''): string[] {
  const lines = cleanLines(text).replace(/\n+$/, '').split('\n');
  const fence = '`'.repeat(Math.max(3, 1 + longest(lines.join('\n'))));
  return [`${fence}${language}`, ...lines, fence];
}

/** A table; numbers stand right. Cells are Markdown already. */
export function mdTable(heads: { title: string; number?: boolean }[], rows: string[][]): string[] {
  if (rows.length === 0) return [];
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(heads.map(({ title }) => title)),
    line(heads.map(({ number }) => (number ? '--:' : '---'))),
    ...rows.map(line),
  ];
}

/** A part that is closed until it is asked for. */
export function folded(summary: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : ['<details>', `<summary>${summary}</summary>`, '', ...lines, '', '</details>'];
}

function longest(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}

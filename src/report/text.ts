// SPDX-License-Identifier: GPL-2.0-or-later
// Plain text for mail: wrapped prose and unwrapped tables.
import { COLUMNS } from './limits.ts';

/** Wraps prose at word boundaries. In: one paragraph. A word longer than a line stands alone and is not cut. */
export function wrap(text: string, indent = '', columns = COLUMNS): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    if (line === '') line = word;
    else if (indent.length + width(line) + 1 + width(word) <= columns) line += ` ${word}`;
    else {
      lines.push(indent + line);
      line = word;
    }
  }
  if (line !== '') lines.push(indent + line);
  return lines;
}

/** Wraps an item of a numbered list: its further lines stand below its text. */
export function wrapItem(number: number, text: string): string[] {
  const label = `${number}. `;
  const lines = wrap(text, ' '.repeat(label.length));
  return lines.map((line, index) => (index === 0 ? label + line.slice(label.length) : line));
}

/** Indents every line of a block as it is; empty lines stay empty. */
export function block(text: string, indent: string): string[] {
  return text
    .replace(/\n+$/, '')
    .split('\n')
    .map((line) => (line.trim() === '' ? '' : indent + line.trimEnd()));
}

export interface Column {
  title: string;
  /** Numbers stand right, names left. */
  align: 'left' | 'right';
}

/** A table with two spaces between columns, indented by two, never wrapped. */
export function table(columns: Column[], rows: string[][], indent = '  '): string[] {
  const widths = columns.map(({ title }, index) =>
    Math.max(width(title), ...rows.map((row) => width(row[index] ?? ''))),
  );
  const line = (cells: string[]) =>
    indent +
    columns
      .map(({ align }, index) => pad(cells[index] ?? '', widths[index] ?? 0, align))
      .join('  ')
      .trimEnd();
  return [line(columns.map(({ title }) => title)), ...rows.map(line)];
}

/** +3, -2, 0. */
export function signed(value: number): string {
  return value > 0 ? `+${value}` : `${value}`;
}

/** "1 patch", "2 patches". */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** "a", "a and b", "a, b and c". */
export function listed(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

function pad(text: string, size: number, align: Column['align']): string {
  const fill = ' '.repeat(Math.max(0, size - width(text)));
  return align === 'left' ? text + fill : fill + text;
}

/** Characters, not UTF-16 units. */
function width(text: string): number {
  return [...text].length;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// A Kconfig file as logical lines. In: text. Out: lines with their number, continuations joined; help texts skipped on request.
import { syntax } from './kconfig-expr.ts';
import { KCONFIG_LINE_CHARS_MAX } from './limits.ts';

/** One logical line. */
export interface Line {
  text: string;
  /** Number of its first physical line, from 1. */
  number: number;
}

/** Reads logical lines; `skipHelp` follows the indentation rule of kconfig-language.rst. */
export class LineReader {
  private readonly lines: string[];
  private readonly file: string;
  private at = 0;

  constructor(file: string, text: string) {
    this.file = file;
    this.lines = text.split(/\r?\n/);
  }

  /** The next line that is not blank and not only a comment. */
  next(): Line | undefined {
    while (this.at < this.lines.length) {
      const number = this.at + 1;
      let text = this.lines[this.at++] as string;
      while (text.endsWith('\\') && this.at < this.lines.length) {
        text = text.slice(0, -1) + (this.lines[this.at++] as string);
        if (text.length > KCONFIG_LINE_CHARS_MAX) throw syntax({ file: this.file, line: number }, 'line too long');
      }
      if (text.length > KCONFIG_LINE_CHARS_MAX) throw syntax({ file: this.file, line: number }, 'line too long');
      const trimmed = text.trim();
      if (trimmed !== '' && !trimmed.startsWith('#')) return { text: trimmed, number };
    }
    return undefined;
  }

  /** Skips a help text: from its first line's indentation on, until a line is indented less. */
  skipHelp(): void {
    let indent = -1;
    while (this.at < this.lines.length) {
      const line = this.lines[this.at] as string;
      if (line.trim() !== '') {
        const width = indentation(line);
        if (indent < 0) indent = width;
        if (width < indent || width === 0) return;
      }
      this.at++;
    }
  }
}

/** Width of the leading white space; a tab goes to the next multiple of eight. */
function indentation(line: string): number {
  let width = 0;
  for (const c of line) {
    if (c === ' ') width++;
    else if (c === '\t') width = (width & ~7) + 8;
    else break;
  }
  return width;
}

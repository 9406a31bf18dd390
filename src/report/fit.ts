// SPDX-License-Identifier: GPL-2.0-or-later
// Markdown that must not be longer than somebody takes: cut between parts, else between paragraphs, never within a block
// of code or a fold, with a note in the place of what is left out.

/** In: parts, each of lines; the most bytes of UTF-8; the note. Out: a text that ends in a line end. */
export function fitMarkdown(parts: readonly string[][], bytesMax: number, note: string): string {
  const whole = parts.filter((part) => part.length > 0);
  const room = bytesMax - Buffer.byteLength(note) - 2;
  let text = '';
  for (const [at, part] of whole.entries()) {
    const next = `${text === '' ? '' : '\n'}${part.join('\n')}\n`;
    const last = at === whole.length - 1;
    if (Buffer.byteLength(text) + Buffer.byteLength(next) > (last ? bytesMax : room)) {
      const some = beginning(part, room - Buffer.byteLength(text) - 1);
      return `${text}${some === '' || text === '' ? '' : '\n'}${some}\n${note}\n`;
    }
    text += next;
  }
  return text;
}

/** As many paragraphs of a part as fit, ending in a line end; empty where not one does. */
function beginning(part: readonly string[], bytesMax: number): string {
  let bytes = 0;
  let taken = 0;
  let fence = '';
  let folds = 0;
  for (const [at, line] of part.entries()) {
    bytes += Buffer.byteLength(line) + 1;
    if (bytes > bytesMax) break;
    const [run = ''] = /^`{3,}/.exec(line) ?? [];
    if (fence !== '') {
      if (line === fence) fence = '';
    } else if (run !== '') fence = run;
    else if (line === '<details>') folds++;
    else if (line === '</details>') folds--;
    if (fence === '' && folds === 0 && (part[at + 1] === '' || line === '')) taken = at + 1;
  }
  const lines = part.slice(0, taken);
  return lines.length === 0 ? '' : `${lines.join('\n').replace(/\n+$/, '')}\n`;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// Markdown without what stands in code.

/** What GitHub looks for mentions and markup in: fences and spans taken out. */
export function withoutCode(text: string): string {
  const lines: string[] = [];
  let fence: string | undefined;
  for (const line of text.split('\n')) {
    const [run] = /^`{3,}/.exec(line) ?? [];
    if (fence !== undefined) {
      if (line === fence) fence = undefined;
    } else if (run !== undefined) fence = run;
    else lines.push(line);
  }
  return lines.join('\n').replace(/(?<!\\)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, '');
}

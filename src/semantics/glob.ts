// SPDX-License-Identifier: GPL-2.0-or-later
// Globs on paths and function names: * within a folder, ** across, ? one character. Nothing else is special.

const compiled = new Map<string, RegExp>();

/** Whether the whole text matches the glob. */
export function matches(text: string, glob: string): boolean {
  let expression = compiled.get(glob);
  if (expression === undefined) {
    expression = toExpression(glob);
    compiled.set(glob, expression);
  }
  return expression.test(text);
}

function toExpression(glob: string): RegExp {
  const parts = glob.replace(/\*{3,}/g, '**').split(/(\*\*\/|\*\*|\*|\?)/);
  const source = parts.map((part) => {
    if (part === '**/') return '(?:.*/)?';
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    return part.replace(/[\\^$.|+()[\]{}]/g, '\\$&');
  });
  return new RegExp(`^${source.join('')}$`);
}

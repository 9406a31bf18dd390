// SPDX-License-Identifier: GPL-2.0-or-later
// Which structs, unions and enums a preprocessed unit defines at file scope: "struct page", "enum zone_type", ...

const TOKEN = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[A-Za-z_]\w*|[{}();]|^#.*$/gm;
const ATTRIBUTE = /^__attribute(__)?$/;

/** Names in the order of the text, each once. Braces of records keep their insides at file scope, all others do not. */
export function recordNames(preprocessed: string): string[] {
  const names = new Set<string>();
  /** One element an open brace: true for a record's. */
  const braces: boolean[] = [];
  let parentheses = 0;
  /** "struct", then "struct name", while its brace may follow. */
  let head: string[] = [];
  let attribute = 0;
  for (const [token] of preprocessed.matchAll(TOKEN)) {
    if (attribute > 0) {
      // The attribute's own parentheses: skip to the end of them.
      if (token === '(') attribute++;
      else if (token === ')' && --attribute === 1) attribute = 0;
    } else if (head.length > 0 && ATTRIBUTE.test(token)) attribute = 1;
    else if (token === '{') {
      const record = head.length > 0 && head[0] !== 'enum';
      if (head.length === 2 && parentheses === 0 && braces.every(Boolean)) names.add(head.join(' '));
      braces.push(record);
      head = [];
    } else if (token === '}') {
      braces.pop();
      head = [];
    } else if (token === 'struct' || token === 'union' || token === 'enum') head = [token];
    else if (head.length === 1 && /^[A-Za-z_]/.test(token)) head.push(token);
    else {
      head = [];
      if (token === '(') parentheses++;
      else if (token === ')') parentheses--;
    }
  }
  return [...names];
}

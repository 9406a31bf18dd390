// SPDX-License-Identifier: GPL-2.0-or-later
// Kconfig text -> its symbols, each with what defines it. Help texts and comments do not count.

const ENTRY = /^\s*(?:menu)?config\s+(\w+)\s*$/;
const OTHER = /^\s*(?:choice|endchoice|menu|endmenu|comment|source|if|endif|mainmenu)\b/;
const HELP = /^\s*(?:help|---help---)\s*$/;

/** Symbol (without CONFIG_) -> its definition's lines, white space folded; several definitions are joined. */
export function kconfigSymbols(text: string): Map<string, string> {
  const symbols = new Map<string, string>();
  let symbol: string | undefined;
  // Indentation of the help text being skipped: null outside of one, -1 before its first line.
  let help: number | null = null;
  for (const line of text.replace(/\\\n/g, ' ').split('\n')) {
    if (line.trim() === '') continue;
    const indent = line.replace(/\t/g, '        ').search(/\S/);
    if (help === -1) {
      help = indent;
      continue;
    }
    if (help !== null && indent >= help && indent > 0) continue;
    help = null;
    const entry = ENTRY.exec(line);
    if (entry !== null) symbol = entry[1] as string;
    else if (OTHER.test(line) && indent === 0) symbol = undefined;
    else if (HELP.test(line)) {
      help = -1;
      continue;
    }
    if (symbol === undefined || line.trimStart().startsWith('#')) continue;
    symbols.set(symbol, `${symbols.get(symbol) ?? ''}${line.trim().replace(/\s+/g, ' ')}\n`);
  }
  return symbols;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// Symbols as <generated/autoconf.h>. In: values by symbol, types where Kconfig gives them. Out: the header's text.
import type { SymbolType } from './values.ts';

/**
 * One #define per symbol, sorted, so that equal configurations give equal bytes; and <generated/features.h>, so that
 * every unit knows the tree's features without being told.
 */
export function autoconfHeader(values: ReadonlyMap<string, string>, types: ReadonlyMap<string, SymbolType>): string {
  const lines = [...values]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `#define CONFIG_${name} ${cValue(value, types.get(name))}`);
  return `${lines.join('\n')}\n#include <generated/features.h>\n`;
}

function cValue(value: string, type: SymbolType | undefined): string {
  if (type === 'string') return quoted(value);
  if (type === 'hex') return /^0x/i.test(value) ? value : `0x${value}`;
  if (type === 'int') return value;
  if (value === 'y') return '1';
  return /^(?:-?\d+|0[xX][0-9a-fA-F]+)$/.test(value) ? value : quoted(value);
}

function quoted(value: string): string {
  // A line end could end the #define and begin another directive.
  return `"${value.replace(/[\r\n]+/g, ' ').replace(/["\\]/g, '\\$&')}"`;
}

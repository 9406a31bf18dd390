// SPDX-License-Identifier: GPL-2.0-or-later
// Objects -> one module. In: object files by unit. Out: the module, or the linker's words.
import type { Session } from './pool.ts';
import { OUT } from './vfs.ts';

/**
 * The stack lies first: it grows down to address 0, so the poison of the first 64 KiB tells both a NULL dereference and
 * a stack that has run out. Undefined functions become imports by name; undefined data is an error, as address 0 would
 * lie.
 */
export const LINK_ARGUMENTS = [
  ...['-mwasm64', '--no-entry', '--export-all', '--import-undefined', '--no-gc-sections'],
  ...['--stack-first', '-z', `stack-size=${1024 * 1024 + 64 * 1024}`],
  ...['--export=__stack_pointer', '--export-table', '--growable-table', `--max-memory=${8 * 1024 ** 3}`],
  ...['--no-demangle', '--error-limit=0', '--color-diagnostics=never'],
];

const MODULE = `${OUT}/image.wasm`;

/** objects: unit path and object, in link order. */
export async function link(
  objects: [string, Uint8Array][],
  session: Session,
): Promise<{ module: Uint8Array; warnings: string[] } | { failure: string }> {
  const inputs = objects.map(([unit, object]): [string, Uint8Array] => [`${OUT}/${objectName(unit)}`, object]);
  const args = ['wasm-ld', ...LINK_ARGUMENTS, '-o', MODULE, ...inputs.map(([name]) => name)];
  const result = await session.run({ args, inputs, outputs: [MODULE] });
  const module = result.outputs.get(MODULE);
  const lines = tidy(result.stderr);
  if (result.code !== 0 || !module) return { failure: lines.join('\n') || `the linker failed: ${result.died}` };
  return { module, warnings: lines };
}

/** "mm/rmap.c" -> "mm+rmap.o": one flat folder, names that the linker's messages can be read by. */
function objectName(unit: string): string {
  return `${unit.replaceAll('/', '+').replace(/^\./, '')}.o`;
}

/** The linker's messages with units' names instead of object paths, undefined symbols told once each. */
export function tidy(text: string): string[] {
  const users = new Map<string, Set<string>>();
  const others = new Set<string>();
  for (const line of text.split('\n')) {
    const plain = line.replace(/\/?\.out\/([\w+.-]+)\.o/g, (_, name: string) => unitOf(name)).trim();
    const [, unit, symbol] = /^wasm-ld: error: (.+?): undefined symbol: (\S+)$/.exec(plain) ?? [];
    if (unit !== undefined && symbol !== undefined) users.set(symbol, (users.get(symbol) ?? new Set()).add(unit));
    else if (plain !== '') others.add(plain.replace(/^wasm-ld: /, ''));
  }
  const undefined_ = [...users].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    ...others,
    ...undefined_.map(([symbol, units]) => `error: undefined data symbol ${symbol} (${[...units].join(', ')})`),
  ];
}

function unitOf(name: string): string {
  return name.replaceAll('+', '/').replace(/^machine\//, 'machine:');
}

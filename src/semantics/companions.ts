// SPDX-License-Identifier: GPL-2.0-or-later
// What came along with changed code: documentation and the kernel's own tests; and what did not, in sentences.

import type { ChangedConfig, ChangedSwitch, Companions, FileKind } from './values.ts';

/** Functions that a sentence names; the rest is counted. */
const NAMED_MAX = 3;

/** In: paths with their kinds, functions that belong to an area of the rules, new configuration. */
export function companionsOf(
  files: readonly { path: string; kind: FileKind }[],
  functions: readonly string[],
  config: readonly (Pick<ChangedConfig, 'symbol' | 'kind'> | Pick<ChangedSwitch, 'symbol' | 'kind' | 'change'>)[],
): Companions {
  const of = (kind: FileKind): string[] => files.filter((file) => file.kind === kind).map(({ path }) => path);
  const documentation = of('documentation');
  const tests = of('test');
  const missing: string[] = [];
  if (tests.length === 0 && functions.length > 0) missing.push(`changes ${listed(functions)}, touches no test`);
  const added = config.filter((one) => ('change' in one ? one.change : one.kind) === 'added');
  const names = added.map(told).filter((one) => one !== false);
  if (documentation.length === 0 && names.length > 0) missing.push(`adds ${listed(names)}, touches no documentation`);
  return { documentation, tests, missing };
}

/** Static keys are internal: nobody documents them. */
function told(one: Pick<ChangedConfig, 'symbol'> | Pick<ChangedSwitch, 'symbol' | 'kind' | 'change'>): string | false {
  if (!('change' in one)) return `CONFIG_${one.symbol}`;
  return one.kind === 'static-key' ? false : `the ${one.kind.replace('-', ' ')} ${one.symbol}`;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, NAMED_MAX);
  const more = names.length - shown.length;
  if (more > 0) return `${shown.join(', ')} and ${more} more`;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

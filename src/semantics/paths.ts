// SPDX-License-Identifier: GPL-2.0-or-later
// What a path is to us, from its name and the rules' scope.

import { matches } from './glob.ts';
import type { Rules } from './rule-values.ts';
import type { FileKind } from './values.ts';

/** Whether the rules call this path ours. */
export function inScope(path: string, scope: Rules['scope']): boolean {
  return scope.paths.some((glob) => matches(path, glob)) && !scope.except.some((glob) => matches(path, glob));
}

/** The kind of a file; `ours` says whether it is in scope. */
export function kindOf(path: string, ours: boolean): FileKind {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (isTest(path, name)) return 'test';
  if (path.startsWith('Documentation/') || /\.(rst|txt|md)$/.test(name) || name === 'MAINTAINERS')
    return 'documentation';
  if (/^Kconfig/.test(name)) return 'kconfig';
  if (/^(Makefile|Kbuild)/.test(name)) return 'makefile';
  if (name.endsWith('.h')) return 'header';
  return ours && name.endsWith('.c') ? 'mm-source' : 'other';
}

function isTest(path: string, name: string): boolean {
  return (
    /^tools\/testing\//.test(path) ||
    /(^|\/)(tests|kunit|selftests)\//.test(path) ||
    /^test[_-]|[_-](kunit|test)\.c$/.test(name)
  );
}

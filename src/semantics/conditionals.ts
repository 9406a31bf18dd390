// SPDX-License-Identifier: GPL-2.0-or-later
// Which tokens a parser that knows no preprocessor should see. Both branches of an #if are kept where each stands for
// itself; where a branch opens what another closes, or ends within a statement, only the first is kept.

import type { Directive, Tokens } from './tokens.ts';

interface Group {
  /** Token ranges [first, behind) of the branches. */
  branches: { first: number; behind: number }[];
  /** "#if 0": its first branch is dead. */
  dead: boolean;
}

/** Marks per token: true where the parser should see it. Directives themselves are never seen. */
export function visibleTokens(all: Tokens): boolean[] {
  const visible = all.tokens.map((token) => token.directive < 0);
  const stack: Group[] = [];
  for (const directive of all.directives) {
    const group = stack.at(-1);
    if (directive.keyword.startsWith('if')) {
      stack.push({ branches: [{ first: directive.behind, behind: -1 }], dead: isDead(all, directive) });
    } else if (group !== undefined && directive.keyword.startsWith('el')) {
      finish(group, directive);
      group.branches.push({ first: directive.behind, behind: -1 });
    } else if (group !== undefined && directive.keyword === 'endif') {
      finish(group, directive);
      stack.pop();
      choose(all, visible, group);
    }
  }
  return visible;
}

function finish(group: Group, directive: Directive): void {
  const branch = group.branches.at(-1);
  if (branch !== undefined) branch.behind = directive.first;
}

function isDead(all: Tokens, directive: Directive): boolean {
  const condition = all.tokens[directive.first + 2];
  return directive.keyword === 'if' && condition?.text === '0' && directive.behind === directive.first + 3;
}

function choose(all: Tokens, visible: boolean[], group: Group): void {
  const kept = group.dead ? 1 : 0;
  if (group.dead) hide(visible, group.branches[0]);
  const live = group.branches.slice(kept);
  if (live.length < 2 || live.every((branch) => standsAlone(all, visible, branch))) return;
  for (const branch of live.slice(1)) hide(visible, branch);
}

function hide(visible: boolean[], branch: { first: number; behind: number } | undefined): void {
  if (branch !== undefined) visible.fill(false, branch.first, branch.behind);
}

/** Balanced in brackets and ending where a statement or declaration may end. */
function standsAlone(all: Tokens, visible: boolean[], branch: { first: number; behind: number }): boolean {
  let depth = 0;
  let last = ';';
  for (let i = branch.first; i < branch.behind; i++) {
    if (!visible[i]) continue;
    last = all.tokens[i]?.text ?? '';
    if (last === '{' || last === '(' || last === '[') depth += 1;
    else if ((last === '}' || last === ')' || last === ']') && --depth < 0) return false;
  }
  return depth === 0 && (last === ';' || last === '}' || last === ',' || last === ')' || last === ':');
}

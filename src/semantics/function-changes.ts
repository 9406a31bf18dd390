// SPDX-License-Identifier: GPL-2.0-or-later
// Functions that were added, removed and changed in all files together -> which of them only moved or got another name,
// and what the rest is most like.

import { limits } from './limits.ts';
import type { OutlineFunction } from './outline.ts';
import { Similarity, similarityAtMost } from './similarity.ts';
import type { ChangeStatus, FunctionMatch, FunctionStatus } from './values.ts';
import type { Version } from './version.ts';

/** A function in one version of its file. */
export interface FunctionSide {
  path: string;
  version: Version;
  made: OutlineFunction;
}

/** A function whose tokens differ, with both sides where they are known. */
export interface FunctionDelta {
  name: string;
  file: string;
  status: FunctionStatus;
  startLine: number;
  endLine: number;
  patches: number[];
  unreadable?: true;
  before?: FunctionSide;
  after?: FunctionSide;
  from?: FunctionMatch;
  closest?: FunctionMatch;
}

/** What stays of the changes of one kind. */
const having = (deltas: readonly FunctionDelta[], status: ChangeStatus): FunctionDelta[] =>
  deltas.filter((one) => one.status === status);

/** Pairs what was removed with what was added; the pair is one change, in the place of the added one. */
export function matchFunctions(deltas: readonly FunctionDelta[]): FunctionDelta[] {
  const words = new Words();
  const gone = new Set<FunctionDelta>();
  const made = new Map<FunctionDelta, FunctionDelta>();
  const pair = (removed: FunctionDelta, added: FunctionDelta, alike: number): void => {
    const status = removed.name === added.name ? 'moved' : 'renamed';
    const from = matchOf(removed.name, removed.file, alike);
    const patches = [...new Set([...removed.patches, ...added.patches])].sort((a, b) => a - b);
    const before = removed.before;
    made.set(added, { ...added, status, from, patches, ...(before === undefined ? {} : { before }) });
    gone.add(removed);
  };
  for (const [removed, added, alike] of candidates(deltas, words)) {
    if (gone.has(removed) || made.has(added)) continue;
    pair(removed, added, alike);
  }
  let asked = 0;
  return deltas
    .filter((one) => !gone.has(one))
    .map((one) => {
      const whole = made.get(one) ?? one;
      if (whole.status !== 'added' && whole.status !== 'removed') return whole;
      return ++asked > limits.matchedFunctionsMax ? whole : withClosest(whole, deltas, words);
    });
}

/** Pairs that may be one function, the surest first: the same name in another file, then by likeness. */
function candidates(deltas: readonly FunctionDelta[], words: Words): [FunctionDelta, FunctionDelta, number][] {
  const found: [FunctionDelta, FunctionDelta, number][] = [];
  const added = having(deltas, 'added').slice(0, limits.matchedFunctionsMax);
  for (const removed of having(deltas, 'removed').slice(0, limits.matchedFunctionsMax)) {
    for (const other of added) {
      const named = removed.name === other.name;
      const least = named ? limits.movedAlike : limits.renamedAlike;
      const alike = words.alike(removed.before, other.after, least);
      const small = words.least(removed.before, other.after) < limits.renamedTokensMin;
      if (alike < least || (small && !named && alike < 1)) continue;
      found.push([removed, other, alike]);
    }
  }
  const rank = ([a, b, alike]: (typeof found)[number]): number => alike + (a.name === b.name ? 1 : 0);
  return found.sort((a, b) => rank(b) - rank(a));
}

/** Of added functions what they are most like in the earlier tree, of removed ones in the later. */
function withClosest(one: FunctionDelta, deltas: readonly FunctionDelta[], words: Words): FunctionDelta {
  const mine = one.status === 'added' ? one.after : one.before;
  let best: FunctionMatch | undefined;
  for (const other of deltas.slice(0, limits.matchedFunctionsMax)) {
    const theirs = one.status === 'added' ? other.before : other.after;
    if (other === one || theirs === undefined) continue;
    const alike = words.alike(mine, theirs, Math.max(limits.closestAlike, best?.similarity ?? 0));
    if (alike >= limits.closestAlike && alike > (best?.similarity ?? 0))
      best = matchOf(theirs.made.name, theirs.path, alike);
  }
  return best === undefined ? one : { ...one, closest: best };
}

const matchOf = (name: string, file: string, alike: number): FunctionMatch => ({
  name,
  file,
  similarity: Math.floor(alike * 100) / 100,
});

/** Tokens of functions, their own name masked. */
class Words {
  private readonly known = new Map<OutlineFunction, string[]>();
  private readonly similarity = new Similarity();

  /** Likeness of two sides; 0 where it cannot reach `least`, or a side is unknown. */
  alike(a: FunctionSide | undefined, b: FunctionSide | undefined, least: number): number {
    if (a === undefined || b === undefined) return 0;
    const [left, right] = [this.of(a), this.of(b)];
    return similarityAtMost(left, right) < least ? 0 : this.similarity.of(left, right);
  }

  /** Tokens of the shorter side. */
  least(a: FunctionSide | undefined, b: FunctionSide | undefined): number {
    return Math.min(a === undefined ? 0 : this.of(a).length, b === undefined ? 0 : this.of(b).length);
  }

  private of({ version, made }: FunctionSide): string[] {
    const known = this.known.get(made);
    if (known) return known;
    const words = version.textsOf(made).map((text) => (text === made.name ? '' : text));
    this.known.set(made, words);
    return words;
  }
}

// SPDX-License-Identifier: GPL-2.0-or-later
// What an invariant is: one statement about the world, one file, one stable id.
import type { SourcePosition } from '../../kernel/values.ts';
import type { World } from '../world.ts';

/** One way in which a world breaks an invariant. */
export interface Broken {
  /** Names the kind of break in the same words for every occurrence: no numbers, no process names. */
  shape: string;
  /** For the reader: names by the world's Names, never a pointer. */
  evidence: string;
  where?: SourcePosition[];
  /** First bytes of the objects concerned: never told, only traced. */
  objects?: number[];
}

export interface Invariant {
  /** Kebab-case, never renamed. */
  id: string;
  /** What holds in every design of the reverse map. */
  statement: string;
  /** What a correct kernel may do all the same, each with its reason. */
  exceptions: string[];
  /** Looks at the world after a step. Invariants that speak of other moments have no check. */
  check?(world: World): Iterable<Broken>;
}

/** "P:A+0, C1:A+0 and 3 more" */
export function listed(items: readonly string[], most = 6): string {
  if (items.length === 0) return 'nobody';
  const shown = items.slice(0, most).join(', ');
  return items.length > most ? `${shown} and ${items.length - most} more` : shown;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// What is asked of shrinking, and what comes back.
import type { Image } from '../kernel/values.ts';
import type { Violation } from '../simulator/values.ts';

export interface ShrinkRequest {
  bad: Image;
  /** Where it must not show; none where there is only one tree. */
  good?: Image;
  signature: string;
  /** Trials at most. */
  runs: number;
  /** Only histories of which every step must succeed on a correct kernel: where there is no good image to tell. */
  mustSucceed?: boolean;
}

export interface Shrunk {
  /** As a reader can run it again; its first line says what was left out. */
  text: string;
  /** As the shrunk scenario shows it. */
  violation: Violation;
  stepText: string;
  runs: number;
  bounded: boolean;
}

/** First line of the text of a shrunk scenario. */
export function shrunkNote({
  from,
  to,
  runs,
  bounded,
}: {
  from: number;
  to: number;
  runs: number;
  bounded: boolean;
}): string {
  const bound = bounded ? ', all that were allowed: it may not be the smallest' : '';
  return `# shrunk from ${from} steps to ${to} in ${runs} runs${bound}\n`;
}

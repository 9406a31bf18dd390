// SPDX-License-Identifier: GPL-2.0-or-later
// A patch -> what it changes as one hash, wherever in a file it applies: git's patch-id in spirit, which leaves out line
// numbers and white space, too. Ours also keeps the title out, so that a new title alone is no change of content.
import { createHash } from 'node:crypto';

/** In: a unified diff. Equal for diffs that remove and add the same lines in the same files and surroundings. */
export function contentId(diff: string): string {
  const hash = createHash('sha256');
  for (const line of diff.split('\n')) {
    if (/^(?:index |@@|diff --git |similarity index )/.test(line)) continue;
    hash.update(line.replace(/\s+/g, '')).update('\n');
  }
  return hash.digest('hex').slice(0, 16);
}

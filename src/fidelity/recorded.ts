// SPDX-License-Identifier: GPL-2.0-or-later
// Expected differences of our own copy of the measurements, by tree: each names the changes that explain it and the
// figures that the tree gives. An entry must be needed, and its figures must hold.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { Difference } from '../simulator/ground-truth/compare.ts';
import { EXPECTED } from '../simulator/ground-truth/load.ts';
import { GROUND_TRUTH } from './changes.ts';

const recorded = z.record(
  z.string(),
  z.record(
    z.string(),
    z.strictObject({ changes: z.array(z.string()).min(1), figures: z.record(z.string(), z.string()) }),
  ),
);
/** Version of a tree -> history -> what explains it, and its figures by place. */
export type Recorded = z.infer<typeof recorded>;

export function loadRecorded(folder = GROUND_TRUTH): Recorded {
  const file = path.join(folder, EXPECTED);
  return existsSync(file) ? recorded.parse(JSON.parse(readFileSync(file, 'utf8'))) : {};
}

/** Figures of a history's differences: place and kind -> what the tree gives. */
export function figuresOf(differences: readonly Difference[]): Record<string, string> {
  return Object.fromEntries(differences.map(({ at, what, figure }) => [`${at}, ${what}`, figure]));
}

export function sameFigures(a: Record<string, string>, b: Record<string, string>): boolean {
  const text = (figures: Record<string, string>): string => JSON.stringify(Object.entries(figures).sort());
  return text(a) === text(b);
}

// SPDX-License-Identifier: GPL-2.0-or-later
// Where everything of a picture stands. In: a picture. Out: places in pixels; rows are as high as a line of text needs.
import type { Picture } from '../../review/values.ts';
import { cleanLine } from '../sanitise.ts';

export interface Placed {
  x: number;
  /** The middle of the row. */
  y: number;
}

export interface Layout {
  width: number;
  height: number;
  /** anon_vmas and files, by name. */
  anchors: Map<string, Placed>;
  vmas: Map<number, Placed>;
  /** In the order of the picture's folios. */
  folios: Placed[];
  spaces: { name: string; y: number }[];
}

export const columnOf = {
  anchor: { x: 22, width: 52 },
  vma: { x: 136, width: 124 },
  folio: { x: 322, width: 106 },
} as const;

const WIDTH = 432;
const TOP = 40;
const ROW = 30;
const SPACE_GAP = 22;

/** VMAs by process and address; anchors and folios near to what they are connected with, in their own order. */
export function placeAll(picture: Picture): Layout {
  const vmas = new Map<number, Placed>();
  const spaces: Layout['spaces'] = [];
  let y = TOP - SPACE_GAP / 2;
  let space: string | undefined;
  for (const vma of picture.vmas) {
    if (vma.space !== space) {
      space = vma.space;
      y += SPACE_GAP;
      spaces.push({ name: cleanLine(space, 24), y: y - 16 });
    }
    vmas.set(vma.id, { x: columnOf.vma.x, y });
    y += ROW;
  }
  const bottom = y - ROW;
  const names = [
    ...picture.anonVmas.map(({ name }) => name),
    ...picture.vmas.flatMap(({ file }) => file ?? []),
    ...picture.folios.map(({ anchor }) => anchor),
  ];
  const anchors = spread([...new Set(names)], columnOf.anchor.x, bottom);
  const folios = spread(
    picture.folios.map((_, index) => index),
    columnOf.folio.x,
    bottom,
  );
  const lowest = Math.max(bottom, ...[...anchors.values(), ...folios.values()].map((one) => one.y), TOP);
  return { width: WIDTH, height: lowest + 24, anchors, vmas, folios: [...folios.values()], spaces };
}

/** Evenly from the top to the bottom of the VMAs, at least a row apart. */
function spread<T>(keys: T[], x: number, bottom: number): Map<T, Placed> {
  const step = keys.length > 1 ? Math.max(ROW, Math.min(ROW * 2.2, (bottom - TOP) / (keys.length - 1))) : 0;
  const used = step * (keys.length - 1);
  const start = TOP + Math.max(0, (bottom - TOP - used) / 2);
  return new Map(keys.map((key, index) => [key, { x, y: start + index * step }]));
}

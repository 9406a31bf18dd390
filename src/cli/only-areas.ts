// SPDX-License-Identifier: GPL-2.0-or-later
// Leaves out what touches none of the areas that somebody follows, before anything is built.
import type { Rooms } from '../review/rooms.ts';

/** Rooms in which what touches none of some areas is out of scope: known before anything is built. */
export function onlyAreas(rooms: Rooms, areas: readonly string[]): Rooms {
  return {
    ...rooms,
    analyse: async (applied) => {
      const semantics = await rooms.analyse(applied);
      const touched = semantics.areas.map(({ id }) => id);
      if (semantics.outOfScope || touched.some((id) => areas.includes(id))) return semantics;
      return { ...semantics, outOfScope: true, why: `touches ${touched.join(', ')}, and none of the areas followed` };
    },
  };
}

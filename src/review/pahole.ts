// SPDX-License-Identifier: GPL-2.0-or-later
// A compiled layout -> what pahole shows of it: members with the cache lines they begin in, holes and padding.
import type { NarrowLayouts } from '../kernel/layouts-32.ts';
import type { StructLayout } from '../kernel/values.ts';
import type { Review } from './values.ts';

type Rows = NonNullable<Review['structs'][number]['layouts']>;
type View = NonNullable<Rows[number]['before']>;
type Member = StructLayout['members'][number];

/** Bytes; of x86-64 and of most others. */
const CACHE_LINE = 64;

/** 32-bit layouts of both sides, by name; or why they could not be compiled. */
export interface NarrowSides {
  before: NarrowLayouts;
  after: NarrowLayouts;
}

/** Both sides of a struct for each word size; null where it does not exist. */
export function layoutRows(
  name: string,
  before: StructLayout | undefined,
  after: StructLayout | undefined,
  narrow: NarrowSides,
): Rows {
  return [{ bits: 64, before: viewOrNull(before), after: viewOrNull(after) }, narrowRow(name, before, after, narrow)];
}

const viewOrNull = (one: StructLayout | undefined): View | null => (one === undefined ? null : layoutView(one));

function narrowRow(
  name: string,
  wideBefore: StructLayout | undefined,
  wideAfter: StructLayout | undefined,
  { before, after }: NarrowSides,
): Rows[number] {
  const of = (side: NarrowLayouts, wide: StructLayout | undefined) =>
    viewOrNull('layouts' in side && Object.hasOwn(side.layouts, name) ? typedAs(side.layouts[name], wide) : undefined);
  const row: Rows[number] = { bits: 32, before: of(before, wideBefore), after: of(after, wideAfter) };
  const why = [
    ...('notBuilt' in before ? [`before: ${before.notBuilt}`] : []),
    ...('notBuilt' in after ? [`after: ${after.notBuilt}`] : []),
  ];
  return why.length > 0 ? { ...row, notBuilt: why.join('; ') } : row;
}

/** Types as they are written, which layouts for 32 bits do not know. */
function typedAs(narrow: StructLayout | undefined, wide: StructLayout | undefined): StructLayout | undefined {
  const types = new Map(wide?.members.map(({ name, type }) => [name, type]));
  return (
    narrow && { ...narrow, members: narrow.members.map((one) => ({ ...one, type: types.get(one.name) ?? one.type })) }
  );
}

/**
 * Holes are looked for between outermost members: one inside of an embedded struct belongs to that struct. Members of
 * anonymous unions overlap and are taken together.
 */
export function layoutView({ size, align, members }: StructLayout): View {
  const outer = members.filter(({ name }) => !name.includes('.'));
  const holes = new Map<Member, number>();
  let end = 0;
  for (const member of outer.toSorted((a, b) => a.offset - b.offset || bitsOf(a) - bitsOf(b))) {
    if (member.offset > end) holes.set(member, member.offset - end);
    end = Math.max(end, endOf(member));
  }
  const holeBytes = [...holes.values()].reduce((sum, bytes) => sum + bytes, 0);
  return {
    size,
    align,
    cacheLines: Math.ceil(size / CACHE_LINE),
    holes: holes.size,
    holeBytes,
    padding: Math.max(0, size - end),
    members: members.map((member) => viewOf(member, holes.get(member))),
  };
}

function viewOf(member: Member, hole: number | undefined): View['members'][number] {
  const { name, type, offset, size, bitOffset, bitSize } = member;
  return {
    name,
    type,
    offset,
    size,
    ...(bitSize === undefined ? {} : { bitOffset: bitOffset ?? 0, bitSize }),
    cacheLine: Math.floor(offset / CACHE_LINE),
    ...(hole === undefined ? {} : { hole }),
  };
}

const bitsOf = ({ bitOffset }: Member): number => bitOffset ?? 0;

/** Of a bit field the byte behind its last bit, not its storage unit. */
const endOf = ({ offset, size, bitOffset = 0, bitSize }: Member): number =>
  offset + (bitSize === undefined ? size : Math.ceil((bitOffset + bitSize) / 8));

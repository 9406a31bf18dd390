// SPDX-License-Identifier: GPL-2.0-or-later
// Struct layouts as the compiler sees them. In: clang's record dumps of one probe unit, once with types as written and
// once with canonical types (whose sizes are known). Out: StructLayout values by name.
import { parseRecordDumps, type RecordDump } from './record-dump.ts';
import { sizeOfScalar, splitArray } from './type-sizes.ts';
import type { StructLayout } from './values.ts';

const BOX = 'struct rmapbot_box_of_';

/** "enum zone_type" -> the record that the probe unit puts it into, for its size. */
export function boxOf(name: string): string {
  return name.replace(/^enum /, BOX);
}

type Member = StructLayout['members'][number];

/** written: dump with the types as written. canonical: the same run with canonical types. Throws where they disagree. */
export function parseLayouts(written: string, canonical: string, bits: 32 | 64 = 64): Record<string, StructLayout> {
  const asWritten = parseRecordDumps(written);
  const records = parseRecordDumps(canonical);
  if (asWritten.length !== records.length) throw new Error('record dumps of different length');
  const sizes = new Sizes(records, bits);
  const layouts: Record<string, StructLayout> = {};
  for (const [index, record] of records.entries()) {
    const name = /^(?:struct|union) (\w+)$/.exec(record.type)?.[1];
    const source = asWritten[index];
    if (name === undefined || record.type.startsWith(BOX) || !source || source.fields.length !== record.fields.length)
      continue;
    layouts[name] = { name, size: record.size, align: record.align, members: membersOf(record, source, sizes) };
  }
  return Object.fromEntries(Object.entries(layouts).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Flattens: anonymous records lend their members to the one around them, named ones give dotted paths. */
function membersOf(record: RecordDump, written: RecordDump, sizes: Sizes): Member[] {
  const members: Member[] = [];
  const path: string[] = [];
  for (const [index, field] of record.fields.entries()) {
    path.length = field.depth - 1;
    path.push(field.name);
    if (field.name === '') continue;
    const type = tidyType(written.fields[index]?.type ?? field.type);
    const name = path.filter((part) => part !== '').join('.');
    const bits = field.bits && { bitOffset: field.bits.offset, bitSize: field.bits.size };
    members.push({ name, type, offset: field.offset, size: sizes.ofField(record, index), ...bits });
  }
  return members;
}

/** Anonymous records are named by where they stand in a file: of no use, and it moves with every line above. */
function tidyType(type: string): string {
  return type.replace(/\b(struct|union|enum) [^()]*(\([^()]*\)(::)?)+/g, '$1 {...}');
}

class Sizes {
  readonly #records = new Map<string, { size: number; align: number }>();

  readonly #bits: 32 | 64;

  constructor(records: RecordDump[], bits: 32 | 64) {
    this.#bits = bits;
    for (const { type, size, align } of records) this.#records.set(key(type.replace(BOX, 'enum ')), { size, align });
    // Typedefs of unnamed records (atomic_t) are known only where they are nested: learn them from their own members.
    for (let round = 0; round < 2; round++) {
      for (const record of records) {
        for (const [index, field] of record.fields.entries()) {
          if (isLeaf(record, index) || this.#records.has(key(field.type))) continue;
          const extent = this.#extent(record, index);
          if (extent) this.#records.set(key(field.type), extent);
        }
      }
    }
  }

  /** Bytes of a member; of the storage unit's type for a bit field. */
  ofField(record: RecordDump, index: number): number {
    const field = record.fields[index];
    if (!field) return 0;
    return this.#ofType(field.type) ?? this.#extent(record, index)?.size ?? roomAfter(record, index);
  }

  #ofType(type: string): number | undefined {
    const { element, count } = splitArray(type);
    const one = this.#records.get(key(element))?.size ?? sizeOfScalar(element, this.#bits);
    return one === undefined ? undefined : one * count;
  }

  /** Size and alignment of a nested record from its own members. */
  #extent(record: RecordDump, index: number): { size: number; align: number } | undefined {
    const outer = record.fields[index];
    if (!outer || isLeaf(record, index)) return undefined;
    let end = 0;
    let align = 1;
    for (let at = index + 1; (record.fields[at]?.depth ?? 0) > outer.depth; at++) {
      const field = record.fields[at];
      if (!field || !isLeaf(record, at)) continue;
      const size = this.#ofType(field.type);
      if (size === undefined) return undefined;
      end = Math.max(end, field.offset - outer.offset + size);
      align = Math.max(align, sizeOfScalar(splitArray(field.type).element, this.#bits) ?? 1);
    }
    return { size: Math.ceil(end / align) * align, align };
  }
}

function isLeaf(record: RecordDump, index: number): boolean {
  return (record.fields[index + 1]?.depth ?? 0) <= (record.fields[index]?.depth ?? 0);
}

/** Bytes up to the next member at a higher offset, or the record's end. */
function roomAfter(record: RecordDump, index: number): number {
  const offset = record.fields[index]?.offset ?? 0;
  const next = record.fields.slice(index + 1).find((field) => field.offset > offset);
  return (next?.offset ?? record.size) - offset;
}

/** Anonymous records go by their place: "(anonymous at f:1:2)" and "(unnamed at f:1:2)" are one. */
function key(type: string): string {
  return /(?:anonymous|unnamed) (at [^)]*\))\s*$/.exec(type)?.[1] ?? type;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// DWARF 4, sections 2, 3.3.8 and 7.5: inlined calls of .debug_info. In: the debug sections and the line table's file
// numbers. Out: for each stretch of code that was inlined, the function's name and where it was called from.
import { type Entry, readAbbreviations, readAttribute, readEntry, type Value } from './dwarf-entries.ts';
import { DwarfReader } from './dwarf-reader.ts';

export interface InlinedCall {
  /** Code offsets. */
  start: number;
  end: number;
  /** 1 for a call in the function itself, 2 for a call inside that, ... */
  depth: number;
  name: string;
  /** File number of the line table. */
  callFile: number;
  callLine: number;
}

const TAG = { inlinedSubroutine: 0x1d } as const;
const AT = {
  name: 0x03,
  statementList: 0x10,
  lowPc: 0x11,
  highPc: 0x12,
  abstractOrigin: 0x31,
  ranges: 0x55,
  callFile: 0x58,
  callLine: 0x59,
} as const;

/** units: as the line table gives them. Throws RangeError where a section is damaged or of another version. */
export function readInlinedCalls(debug: Map<string, Uint8Array>, units: Map<number, number[]>): InlinedCall[] {
  const found: InlinedCall[] = [];
  const info = new DwarfReader(debug.get('.debug_info') ?? new Uint8Array(0));
  while (!info.done) {
    const start = info.at;
    const end = info.unitEnd();
    const version = info.fixed(2);
    if (version !== 4) throw new RangeError(`DWARF: unit of version ${version}`);
    const abbreviations = readAbbreviations(debug.get('.debug_abbrev') ?? new Uint8Array(0), info.fixed(4));
    const addressSize = info.byte();
    readUnit(new DwarfReader(info.bytes, info.at, end), { start, addressSize, abbreviations, debug, units }, found);
    info.at = end;
  }
  return found.sort((a, b) => a.start - b.start || a.depth - b.depth);
}

interface Unit {
  start: number;
  addressSize: number;
  abbreviations: ReturnType<typeof readAbbreviations>;
  debug: Map<string, Uint8Array>;
  units: Map<number, number[]>;
}

function readUnit(reader: DwarfReader, unit: Unit, found: InlinedCall[]): void {
  let files: number[] = [];
  let base = 0;
  /** One element a level of nesting: how many inlined calls enclose it. */
  const depths: number[] = [];
  while (!reader.done) {
    const entry = readEntry(reader, unit.abbreviations, unit.addressSize, unit.debug);
    if (!entry) {
      depths.pop();
      continue;
    }
    let depth = depths.at(-1) ?? 0;
    if (depths.length === 0) {
      files = unit.units.get(number(entry, AT.statementList) ?? -1) ?? [];
      base = number(entry, AT.lowPc) ?? 0;
    }
    if (entry.tag === TAG.inlinedSubroutine) {
      depth++;
      const call = {
        depth,
        name: nameOf(entry, unit),
        callFile: files[number(entry, AT.callFile) ?? 0] ?? 0,
        callLine: number(entry, AT.callLine) ?? 0,
      };
      for (const span of spansOf(entry, base, unit)) found.push({ ...span, ...call });
    }
    if (entry.children) depths.push(depth);
  }
}

function number(entry: Entry, attribute: number): number | undefined {
  const value = entry.attributes.get(attribute)?.value;
  return typeof value === 'number' ? value : undefined;
}

function nameOf(entry: Entry, unit: Unit): string {
  const origin = entry.attributes.get(AT.abstractOrigin);
  const info = unit.debug.get('.debug_info');
  if (!origin || !info) return '?';
  const at = (origin.relative ? unit.start : 0) + Number(origin.value);
  const target = readEntry(new DwarfReader(info, at), unit.abbreviations, unit.addressSize, unit.debug);
  const name: Value['value'] | undefined = target?.attributes.get(AT.name)?.value;
  return typeof name === 'string' ? name : '?';
}

function spansOf(entry: Entry, base: number, unit: Unit): { start: number; end: number }[] {
  const low = number(entry, AT.lowPc);
  const high = entry.attributes.get(AT.highPc);
  if (low !== undefined && high) {
    return [{ start: low, end: high.address ? Number(high.value) : low + Number(high.value) }];
  }
  const offset = number(entry, AT.ranges);
  return offset === undefined ? [] : ranges(unit, offset, base);
}

/** Section 2.17.3: pairs of addresses relative to the unit's base, ended by a pair of zeros. */
function ranges(unit: Unit, offset: number, unitBase: number): { start: number; end: number }[] {
  const reader = new DwarfReader(unit.debug.get('.debug_ranges') ?? new Uint8Array(0), offset);
  const found: { start: number; end: number }[] = [];
  let base = unitBase;
  for (;;) {
    const start = readAttribute.address(reader, unit.addressSize);
    const end = readAttribute.address(reader, unit.addressSize);
    if (start === 0 && end === 0) return found;
    if (start === readAttribute.baseSelector(unit.addressSize)) base = end;
    else if (end > start) found.push({ start: base + start, end: base + end });
  }
}

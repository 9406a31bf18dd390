// SPDX-License-Identifier: GPL-2.0-or-later
// DWARF 4, section 7.5: debugging information entries and the forms of their attributes.
import { DwarfReader } from './dwarf-reader.ts';

export interface Value {
  value: number | string;
  /** A reference that counts from the start of its unit. */
  relative?: boolean;
  /** The value is an address rather than a length. */
  address?: boolean;
}

export interface Entry {
  tag: number;
  children: boolean;
  attributes: Map<number, Value>;
}

interface Abbreviation {
  tag: number;
  children: boolean;
  attributes: [attribute: number, form: number][];
}

const FORM = {
  addr: 0x01,
  block2: 0x03,
  block4: 0x04,
  data2: 0x05,
  data4: 0x06,
  data8: 0x07,
  string: 0x08,
  block: 0x09,
  block1: 0x0a,
  data1: 0x0b,
  flag: 0x0c,
  sdata: 0x0d,
  strp: 0x0e,
  udata: 0x0f,
  refAddr: 0x10,
  ref1: 0x11,
  ref2: 0x12,
  ref4: 0x13,
  ref8: 0x14,
  refUdata: 0x15,
  secOffset: 0x17,
  exprloc: 0x18,
  flagPresent: 0x19,
} as const;

/** The abbreviation table at an offset of .debug_abbrev, by code. */
export function readAbbreviations(section: Uint8Array, offset: number): Map<number, Abbreviation> {
  const reader = new DwarfReader(section, offset);
  const found = new Map<number, Abbreviation>();
  for (let code = reader.u(); code !== 0; code = reader.u()) {
    const abbreviation: Abbreviation = { tag: reader.u(), children: reader.byte() !== 0, attributes: [] };
    for (;;) {
      const attribute = reader.u();
      const form = reader.u();
      if (attribute === 0 && form === 0) break;
      abbreviation.attributes.push([attribute, form]);
    }
    found.set(code, abbreviation);
  }
  return found;
}

/** The entry at the reader's place; undefined for the mark that ends a list of children. */
export function readEntry(
  reader: DwarfReader,
  abbreviations: Map<number, Abbreviation>,
  addressSize: number,
  debug: Map<string, Uint8Array>,
): Entry | undefined {
  const code = reader.u();
  if (code === 0) return undefined;
  const abbreviation = abbreviations.get(code);
  if (!abbreviation) throw new RangeError(`DWARF: unknown abbreviation ${code}`);
  const attributes = new Map<number, Value>();
  for (const [attribute, form] of abbreviation.attributes) {
    attributes.set(attribute, readForm(reader, form, addressSize, debug));
  }
  return { tag: abbreviation.tag, children: abbreviation.children, attributes };
}

/** Addresses as range lists have them. */
export const readAttribute = {
  address: (reader: DwarfReader, size: number): number => reader.fixed(size),
  /** The largest address: the pair that follows it gives a new base. */
  baseSelector: (size: number): number => 2 ** (8 * size) - 1,
};

function readForm(reader: DwarfReader, form: number, addressSize: number, debug: Map<string, Uint8Array>): Value {
  switch (form) {
    case FORM.addr:
      return { value: reader.fixed(addressSize), address: true };
    case FORM.data1:
    case FORM.flag:
      return { value: reader.byte() };
    case FORM.data2:
      return { value: reader.fixed(2) };
    case FORM.data4:
    case FORM.secOffset:
    case FORM.refAddr:
      return { value: reader.fixed(4) };
    case FORM.data8:
      return { value: reader.fixed(8) };
    case FORM.udata:
      return { value: reader.u() };
    case FORM.sdata:
      return { value: reader.s() };
    case FORM.string:
      return { value: reader.string() };
    case FORM.strp:
      return { value: new DwarfReader(debug.get('.debug_str') ?? new Uint8Array(0), reader.fixed(4)).string() };
    case FORM.ref1:
      return { value: reader.byte(), relative: true };
    case FORM.ref2:
      return { value: reader.fixed(2), relative: true };
    case FORM.ref4:
      return { value: reader.fixed(4), relative: true };
    case FORM.ref8:
      return { value: reader.fixed(8), relative: true };
    case FORM.refUdata:
      return { value: reader.u(), relative: true };
    case FORM.flagPresent:
      return { value: 1 };
    case FORM.block1:
      return skip(reader, reader.byte());
    case FORM.block2:
      return skip(reader, reader.fixed(2));
    case FORM.block4:
      return skip(reader, reader.fixed(4));
    case FORM.block:
    case FORM.exprloc:
      return skip(reader, reader.u());
    default:
      throw new RangeError(`DWARF: unknown form ${form}`);
  }
}

function skip(reader: DwarfReader, length: number): Value {
  reader.skip(length);
  return { value: 0 };
}

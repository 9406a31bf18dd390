// SPDX-License-Identifier: GPL-2.0-or-later
// DWARF 4, section 6.2: the line number programs of .debug_line. In: the section. Out: rows of code offset, file and
// line, and the files by name.
import { DwarfReader } from './dwarf-reader.ts';

/** From `offset` on, up to the next row, the code comes from this line. file 0 ends a sequence: no line. */
export interface LineRow {
  offset: number;
  file: number;
  line: number;
}

export interface LineTable {
  /** Names by number; number 0 is nothing. */
  files: string[];
  /** Ascending by offset. */
  rows: LineRow[];
  /** For each unit, by its offset in .debug_line: its own file numbers -> ours. */
  units: Map<number, number[]>;
}

interface Header {
  instructionLength: number;
  lineBase: number;
  lineRange: number;
  opcodeBase: number;
  operands: number[];
  files: number[];
  start: number;
}

/** Throws RangeError where the section is damaged or of another version. */
export function readLines(section: Uint8Array): LineTable {
  const names = new Map<string, number>([['', 0]]);
  const rows: LineRow[] = [];
  const units = new Map<number, number[]>();
  const reader = new DwarfReader(section);
  while (!reader.done) {
    const unit = reader.at;
    const end = reader.unitEnd();
    const header = readHeader(reader, names);
    units.set(unit, header.files);
    runProgram(new DwarfReader(section, header.start, end), header, rows);
    reader.at = end;
  }
  rows.sort((a, b) => a.offset - b.offset || Number(b.file === 0) - Number(a.file === 0));
  return { files: [...names.keys()], rows, units };
}

function readHeader(reader: DwarfReader, names: Map<string, number>): Header {
  const version = reader.fixed(2);
  if (version < 2 || version > 4) throw new RangeError(`DWARF: line table of version ${version}`);
  const headerLength = reader.fixed(4);
  const start = reader.at + headerLength;
  const instructionLength = reader.byte();
  if (version >= 4) reader.byte();
  reader.byte();
  const lineBase = (reader.byte() << 24) >> 24;
  const lineRange = reader.byte();
  const opcodeBase = reader.byte();
  if (lineRange === 0) throw new RangeError('DWARF: line range of 0');
  const operands = [0];
  for (let opcode = 1; opcode < opcodeBase; opcode++) operands.push(reader.byte());
  const folders = ['.'];
  for (let name = reader.string(); name !== ''; name = reader.string()) folders.push(name);
  const files = [0];
  for (let name = reader.string(); name !== ''; name = reader.string()) {
    const folder = folders[reader.u()] ?? '.';
    reader.u();
    reader.u();
    const full = folder === '.' || name.startsWith('/') ? name : `${folder}/${name}`;
    const known = names.get(full) ?? names.size;
    names.set(full, known);
    files.push(known);
  }
  return { instructionLength, lineBase, lineRange, opcodeBase, operands, files, start };
}

function runProgram(reader: DwarfReader, header: Header, rows: LineRow[]): void {
  let address = 0;
  let file = 1;
  let line = 1;
  const emit = () => rows.push({ offset: address, file: line === 0 ? 0 : (header.files[file] ?? 0), line });
  const advance = (count: number) => {
    address += count * header.instructionLength;
  };
  while (!reader.done) {
    const opcode = reader.byte();
    if (opcode >= header.opcodeBase) {
      const special = opcode - header.opcodeBase;
      advance(Math.floor(special / header.lineRange));
      line += header.lineBase + (special % header.lineRange);
      emit();
      continue;
    }
    switch (opcode) {
      case 0: {
        const length = reader.u();
        const end = reader.at + length;
        const extended = length > 0 ? reader.byte() : 0;
        if (extended === 1) {
          rows.push({ offset: address, file: 0, line: 0 });
          address = 0;
          file = 1;
          line = 1;
        } else if (extended === 2) address = reader.fixed(length - 1);
        reader.at = end;
        break;
      }
      case 1:
        emit();
        break;
      case 2:
        advance(reader.u());
        break;
      case 3:
        line += reader.s();
        break;
      case 4:
        file = reader.u();
        break;
      case 8:
        advance(Math.floor((255 - header.opcodeBase) / header.lineRange));
        break;
      case 9:
        address += reader.fixed(2);
        break;
      default: // column, statement flags and the like
        for (let count = header.operands[opcode] ?? 0; count > 0; count--) reader.skipLeb();
    }
  }
}

// SPDX-License-Identifier: GPL-2.0-or-later
// The text of clang's -fdump-record-layouts-complete, record by record.

export interface RecordField {
  /** 1 for members of the record itself, 2 for those of a record inside it, ... */
  depth: number;
  type: string;
  /** Empty for an anonymous struct or union. */
  name: string;
  /** Bytes from the start of the outermost record. */
  offset: number;
  /** Within the byte at `offset`. */
  bits?: { offset: number; size: number };
}

export interface RecordDump {
  type: string;
  size: number;
  align: number;
  fields: RecordField[];
}

const HEAD = '*** Dumping AST Record Layout';
const LINE = /^ *(\d+)(?::(-|(\d+)-(\d+)))? \| ( *)(.*)$/;
const TAIL = /^ *\| +\[sizeof=(\d+), align=(\d+)\]/;

/** Records in the order of the dump, the latest of a name where one was dumped twice. */
export function parseRecordDumps(text: string): RecordDump[] {
  const records: RecordDump[] = [];
  for (const block of text.split(HEAD).slice(1)) {
    const record: RecordDump = { type: '', size: 0, align: 0, fields: [] };
    for (const line of block.split('\n')) {
      const tail = TAIL.exec(line);
      if (tail) {
        record.size = Number(tail[1]);
        record.align = Number(tail[2]);
        break;
      }
      const field = LINE.exec(line);
      if (field) addLine(record, field);
    }
    if (record.type !== '') records.push(record);
  }
  return records;
}

function addLine(record: RecordDump, [, offset, bits, from, to, indent = '', text = '']: RegExpExecArray): void {
  const depth = indent.length / 2;
  if (depth === 0) {
    record.type = text.trim();
    return;
  }
  if (bits === '-') return; // a bit field of no width
  const space = text.lastIndexOf(' ');
  const field: RecordField = {
    depth,
    type: text.slice(0, space),
    name: text.slice(space + 1),
    offset: Number(offset),
  };
  if (from !== undefined) field.bits = { offset: Number(from), size: Number(to) - Number(from) + 1 };
  record.fields.push(field);
}

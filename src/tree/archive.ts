// SPDX-License-Identifier: GPL-2.0-or-later
// A kernel's .tar.xz: unpacks the selected part of it and writes the list of all its files; later, single files of it.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../errors.ts';
import { LIMITS } from './limits.ts';
import { LIST_FILE, type ListedFile, listLine } from './list.ts';
import { pathFault, printable } from './paths.ts';
import { isSelected } from './selection.ts';
import { type TarMember, TarReader, type TarSink } from './tar.ts';
import type { Progress } from './values.ts';
import { TreeWriter } from './writer.ts';
import { readXzIndex, unpackAll, unpackRange } from './xz.ts';

/** Reads an archive once: selected files to `root`, the list of all to `folder`. Throws InputError on a hostile archive. */
export async function unpackArchive(file: string, root: string, folder: string, say: Progress): Promise<void> {
  const index = await readXzIndex(file);
  const writer = new TreeWriter(root);
  const lines: string[] = [];
  const reader = new TarReader((member) => takeMember(member, writer, lines));
  let bytes = 0;
  let said = 0;
  for await (const chunk of unpackAll(file, index)) {
    reader.push(chunk);
    bytes += chunk.length;
    const percent = Math.floor((bytes / index.bytes) * 10) * 10;
    if (percent > said) {
      said = percent;
      say(`unpacking: ${percent} %`);
    }
  }
  reader.end();
  writer.finish();
  await writeFile(join(folder, LIST_FILE), lines.join(''));
}

/** Lists one member and, if it is selected, hands back what writes it. */
function takeMember(member: TarMember, writer: TreeWriter, lines: string[]): TarSink | undefined {
  // All lies in one folder, "linux-source-6.12/"; what it is called matters to nobody.
  const path = member.path.replace(/^(\.\/)?[^/]+\/?/, '');
  if (path === '' || member.type === 'directory' || member.type === 'other') return undefined;
  const fault = pathFault(path);
  if (fault !== undefined) throw new InputError(`the archive is not safe to unpack: ${printable(path)} ${fault}`);
  if (member.size > LIMITS.fileBytesMax) throw new InputError(`the archive has an oversized file: ${printable(path)}`);
  const kind = member.type === 'symlink' ? 'l' : member.executable ? 'x' : 'f';
  lines.push(listLine({ kind, size: member.size, where: String(member.offset), path }));
  if (!isSelected(path)) return undefined;
  if (kind === 'l') {
    writer.link(path, member.target);
    return undefined;
  }
  const pieces: Buffer[] = [];
  return {
    data: (chunk) => pieces.push(chunk),
    end: () => writer.file(path, Buffer.concat(pieces), member.executable),
  };
}

/** The contents of listed files. Each stretch of blocks is unpacked once. */
export async function readMembers(
  file: string,
  wanted: readonly ListedFile[],
  each: (file: ListedFile, content: Buffer) => void,
): Promise<void> {
  const index = await readXzIndex(file);
  const sorted = wanted.map((entry) => ({ entry, from: Number(entry.where) })).sort((a, b) => a.from - b.from);
  for (let i = 0; i < sorted.length; ) {
    const first = sorted[i];
    if (!first) break;
    const block = index.blocks.find((candidate) => candidate.to > first.from);
    const lot = [first];
    let to = first.from + first.entry.size;
    for (let next = sorted[++i]; next && next.from < (block?.to ?? 0); next = sorted[++i]) {
      lot.push(next);
      to = next.from + next.entry.size;
    }
    const bytes = to === first.from ? Buffer.alloc(0) : await unpackRange(file, index, first.from, to);
    for (const { entry, from } of lot) {
      each(entry, Buffer.from(bytes.subarray(from - first.from, from - first.from + entry.size)));
    }
  }
}

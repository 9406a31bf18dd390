// SPDX-License-Identifier: GPL-2.0-or-later
// Small Kconfig trees that exist in an overlay only.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Answers, type Evaluation, evaluateKconfig } from '../../../src/kernel/config/kconfig-eval.ts';
import { parseKconfig } from '../../../src/kernel/config/kconfig-parse.ts';
import { type TreeReader, treeReader } from '../../../src/kernel/config/read.ts';
import type { Kconfig } from '../../../src/kernel/config/values.ts';
import type { Overlay, SourceTree } from '../../../src/tree/values.ts';

/** A tree without files of its own; gone with the test process. */
export function emptyTree(): SourceTree {
  const root = mkdtempSync(path.join(tmpdir(), 'rmapbot-config-'));
  process.once('exit', () => rmSync(root, { recursive: true }));
  return { label: 'empty', root, version: '0' };
}

const EMPTY = emptyTree();

export function overlayOf(files: Record<string, string>): Overlay {
  return new Map(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)]));
}

export function readerOf(files: Record<string, string>): TreeReader {
  return treeReader(EMPTY, overlayOf(files));
}

/** Parses one text as "Kconfig", with further files beside it. */
export function parse(text: string, files: Record<string, string> = {}): Promise<Kconfig> {
  return parseKconfig(readerOf({ Kconfig: text, ...files }), ['Kconfig']);
}

/** Parses and evaluates one text. `user` answers prompts; `outside` are symbols that the text does not define. */
export async function evaluate(
  text: string,
  { user = {}, outside = {}, selected = [] as string[] } = {},
): Promise<Evaluation> {
  const answers: Answers = {
    user: new Map(Object.entries(user)),
    outside: new Map(Object.entries(outside)),
    selected: new Set(selected),
  };
  return evaluateKconfig(await parse(text), answers);
}

/** The values alone, as an object. */
export async function values(
  text: string,
  given: Parameters<typeof evaluate>[1] = {},
): Promise<Record<string, string>> {
  return Object.fromEntries((await evaluate(text, given)).values);
}

// SPDX-License-Identifier: GPL-2.0-or-later
// Compares a text with its golden file; UPDATE_GOLDEN=1 writes the file instead.
import { readFile, writeFile } from 'node:fs/promises';
import { expect } from 'vitest';

/** In: file name under golden/ and the text made now. */
export async function expectGolden(name: string, text: string): Promise<void> {
  const file = new URL(`./golden/${name}`, import.meta.url);
  if (process.env.UPDATE_GOLDEN === '1') await writeFile(file, text);
  expect(text).toBe(await readFile(file, 'utf8'));
}

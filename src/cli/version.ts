// SPDX-License-Identifier: GPL-2.0-or-later
// The version of this program, from its package.json.
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** As "0.1.0". */
export function toolVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}

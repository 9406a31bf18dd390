// SPDX-License-Identifier: GPL-2.0-or-later
// Our own files under simulations/machine/: where they are, and their YAML, checked.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import type { ConfigName } from '../values.ts';
import type { Claim } from './values.ts';

/** simulations/machine/ beside src/ or dist/. */
export const MACHINE_FOLDER = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../../simulations/machine');

const claims = z.record(
  z.string().regex(/^[A-Z0-9_]+$/i),
  z.strictObject({
    is: z.union([z.string(), z.number().int()]).transform(String),
    if: z.string().optional(),
    selected: z.literal(true).optional(),
    why: z.string().min(1),
  }),
);

/** What arch.yaml, prod.yaml, for `check` check.yaml and for 32 bits bits32.yaml say; later files override. */
export async function readClaims(
  config: ConfigName,
  bits: 32 | 64 = 64,
): Promise<{ arch: Map<string, Claim>; choices: Map<string, Claim> }> {
  const [arch, prod] = await Promise.all([claimFile('arch'), claimFile('prod')]);
  const choices = new Map(prod);
  if (config === 'check') for (const [name, claim] of await claimFile('check')) choices.set(name, claim);
  if (bits === 32) for (const [name, claim] of await claimFile('bits32')) choices.set(name, claim);
  return { arch, choices };
}

const known = new Map<string, Promise<Map<string, Claim>>>();

/** Read once: they are part of this program. */
function claimFile(name: string): Promise<Map<string, Claim>> {
  const claims = known.get(name) ?? readClaimFile(name);
  known.set(name, claims);
  return claims;
}

async function readClaimFile(name: string): Promise<Map<string, Claim>> {
  const parsed = claims.parse(parse(await readMachineFile(`config/${name}.yaml`)));
  return new Map(
    Object.entries(parsed).map(([symbol, { is, if: when, selected = false, why }]) => [
      symbol,
      { is, selected, why, ...(when === undefined ? {} : { if: when }) },
    ]),
  );
}

/** Text of a file below simulations/machine/. */
export function readMachineFile(file: string): Promise<string> {
  return readFile(path.join(MACHINE_FOLDER, file), 'utf8');
}

// SPDX-License-Identifier: GPL-2.0-or-later
// For work on the machine's C side: node scripts/build-image.ts TREE [prod|check] [--out FILE.wasm] [-w] [-j N]
// builds an image of a tree as it stands, goes on after errors, and prints what the compiler and linker say, unit by unit.
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildImage } from '../src/kernel/build.ts';
import { displayPath } from '../src/kernel/diagnostics.ts';
import type { BuildFailure, ConfigName } from '../src/kernel/values.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string' },
    jobs: { type: 'string', short: 'j' },
    machine: { type: 'string' },
    warnings: { type: 'boolean', short: 'w' },
    variant: { type: 'string' },
  },
});
const [root = '.', config = 'prod'] = positionals;
const started = performance.now();

const result = await buildImage({
  tree: { label: path.basename(root), root, version: '' },
  overlay: new Map(),
  config: config as ConfigName,
  variant: values.variant === 'all-new' ? 'all-new' : '',
  keepGoing: true,
  ...(values.machine === undefined ? {} : { machineFolder: values.machine }),
  ...(values.jobs === undefined ? {} : { jobs: Number(values.jobs) }),
  onProgress: (done, total, name) => process.stderr.write(`[${done}/${total}] ${displayPath(name)}\n`),
});

function tell({ unit, diagnostics, link }: BuildFailure): void {
  console.log(`== ${displayPath(unit)}`);
  for (const d of diagnostics) {
    if (d.severity === 'error') console.log(`  ${d.file}:${d.line}:${d.column}: ${d.message}`);
  }
  if (link !== undefined) console.log(link.replace(/^/gm, '  '));
}

if ('failure' in result) {
  result.all.forEach(tell);
  process.exitCode = 1;
} else {
  const { image, warnings } = result;
  if (values.warnings) for (const w of warnings) console.log(`${w.file}:${w.line}: ${w.message}`);
  console.log(`${warnings.length} warnings; ${image.unmodelled.length} functions unmodelled:`);
  console.log(image.unmodelled.join(' '));
  console.log(image.wasmFile);
  if (values.out !== undefined) copyFileSync(image.wasmFile, values.out);
}
console.log(`${((performance.now() - started) / 1000).toFixed(1)} s`);

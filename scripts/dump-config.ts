// SPDX-License-Identifier: GPL-2.0-or-later
// Writes the generated include directory of a tree: node scripts/dump-config.ts TREE prod|check OUTDIR [all-new]
import { mkdir, realpath, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { assemblyCompiler } from '../src/kernel/config/assembly.ts';
import { generateConfig } from '../src/kernel/config/generate.ts';

const [root, config, out, variant = ''] = process.argv.slice(2);
if (
  root === undefined ||
  out === undefined ||
  (config !== 'prod' && config !== 'check') ||
  !['', 'all-new'].includes(variant)
) {
  console.error('usage: node scripts/dump-config.ts TREE prod|check OUTDIR [all-new]');
  process.exit(2);
}
const tree = { label: path.basename(root), root: await realpath(root), version: '' };
const compile = assemblyCompiler(tree, new Map());
const generated = await generateConfig(tree, new Map(), config, variant as '' | 'all-new', new Map(), compile);
for (const [file, text] of generated.files) {
  const target = path.join(out, file);
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, text);
}
console.log(`${generated.files.size} files, ${generated.symbols.size} symbols`);
console.log(`features: ${[...generated.features].join(' ')}`);
console.log(`unclaimed: ${generated.unclaimed.join(' ')}`);
for (const { macro, file, line } of generated.unanswered) console.log(`${file}:${line}: ${macro} taken as n`);

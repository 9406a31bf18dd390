// SPDX-License-Identifier: GPL-2.0-or-later
// For work on the machine's C side: node scripts/build-image.ts TREE CONFIG [--gen DIR] [--out FILE.wasm] [-j N]
// compiles units.yaml and simulations/machine, prints what the compiler says, unit by unit, and links.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Build } from '../src/kernel/build.ts';
import { displayPath } from '../src/kernel/diagnostics.ts';
import type { ConfigName } from '../src/kernel/values.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    gen: { type: 'string' },
    out: { type: 'string' },
    jobs: { type: 'string', short: 'j' },
    warnings: { type: 'boolean', short: 'w' },
  },
});
const [root = '.', config = 'prod'] = positionals;
const machineFolder = fileURLToPath(new URL('../simulations/machine', import.meta.url));

function generatedFiles(folder: string | undefined): Map<string, string> {
  const files = new Map<string, string>();
  for (const name of folder === undefined ? [] : (readdirSync(folder, { recursive: true }) as string[])) {
    const file = path.join(folder ?? '', name);
    if (statSync(file).isFile()) files.set(name, readFileSync(file, 'utf8'));
  }
  return files;
}

const generated = generatedFiles(values.gen);
const autoconf = generated.get('generated/autoconf.h') ?? '';
const started = performance.now();
const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
const build = new Build({
  tree: { label: root, root, version: '' },
  overlay: new Map(),
  config: config as ConfigName,
  variant: '',
  generated,
  enabled: (symbol) => autoconf.includes(`#define CONFIG_${symbol} `),
  machineFolder,
  ...(values.jobs === undefined ? {} : { jobs: Number(values.jobs) }),
  onProgress: (done, total, name) => process.stderr.write(`[${done}/${total}] ${displayPath(name)}\n`),
});
try {
  const { keys, warnings, failures } = await build.compile();
  if (values.warnings) for (const w of warnings) console.log(`${w.file}:${w.line}: ${w.message}`);
  for (const { unit, diagnostics } of failures) {
    console.log(`== ${displayPath(unit)}`);
    for (const d of diagnostics.filter(({ severity }) => severity === 'error')) {
      console.log(`  ${d.file}:${d.line}:${d.column}: ${d.message}`);
    }
  }
  console.log(`${keys.size} compiled, ${failures.length} failed, ${warnings.length} warnings, ${seconds()}`);
  const linked = await build.link(keys);
  if ('failure' in linked) {
    console.log(linked.failure);
    process.exitCode = 1;
  } else {
    for (const warning of linked.warnings) console.log(warning);
    const imports = WebAssembly.Module.imports(new WebAssembly.Module(linked.module));
    console.log(`linked: ${linked.module.length} bytes, ${imports.length} imports, ${seconds()}`);
    console.log(
      imports
        .map(({ module, name }) => `${module}.${name}`)
        .sort()
        .join(' '),
    );
    if (values.out !== undefined) writeFileSync(values.out, linked.module);
  }
} finally {
  build.close();
}

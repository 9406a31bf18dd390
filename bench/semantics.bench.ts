// SPDX-License-Identifier: GPL-2.0-or-later
// How long it takes to say what a series changes: node bench/semantics.bench.ts [TREE]
// Fifteen patches over 28 files of mm/ that add 1,500 lines to functions all over each file, and to their neighbours.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { analyse, loadRules, outline } from '../src/semantics/index.ts';
import { openTree } from '../src/tree/index.ts';
import type { AppliedCommit, AppliedSeries } from '../src/tree/values.ts';

const PATCHES = 15;
const FILES = 28;
const LINES = 1_500;

const tree = await openTree(process.argv[2] ?? 'debian:7.3', { cwd: process.cwd() });
const folder = path.join(tree.root, 'mm');
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.c'))
  .sort((a, b) => statSync(path.join(folder, b)).size - statSync(path.join(folder, a)).size)
  .slice(0, FILES)
  .map((name) => `mm/${name}`);
const each = Math.ceil(LINES / PATCHES / 5 / 4);

/** Adds lines to functions that lie evenly over a file, others in each round. */
async function grow(text: string, round: number): Promise<string> {
  const { functions } = await outline(text, { parse: () => false });
  const step = Math.max(1, Math.floor(functions.length / each));
  let grown = text;
  for (const made of functions
    .filter((_, index) => index % step === round % step)
    .slice(0, each)
    .reverse()) {
    const at = made.end - 1;
    grown = `${grown.slice(0, at)}\tif (bench_${round} > ${made.startLine}) {\n\t\tbench(made);\n\t\treturn;\n\t}\n${grown.slice(at)}`;
  }
  return grown;
}

const overlay = new Map<string, Buffer>();
const commits: AppliedCommit[] = [];
let added = 0;
for (let number = 1; number <= PATCHES; number++) {
  const changed = Array.from({ length: 5 }, (_, index) => files[(number * 5 + index) % FILES] as string);
  for (const file of changed) {
    const before = overlay.get(file)?.toString() ?? readFileSync(path.join(tree.root, file), 'utf8');
    const after = await grow(before, number);
    added += after.split('\n').length - before.split('\n').length;
    overlay.set(file, Buffer.from(after));
  }
  const changes = changed.map((file) => ({ path: file, status: 'modified' as const }));
  commits.push({ number, title: `patch ${number}`, commit: '0'.repeat(40), changes, overlay: new Map(overlay) });
}
const applied: AppliedSeries = { tree, base: tree.label, commits, diff: '' };
const rules = await loadRules();
for (const run of ['first', 'second']) {
  const started = performance.now();
  const before = process.cpuUsage();
  const diff = await analyse(applied, rules);
  const seconds = ((performance.now() - started) / 1000).toFixed(2);
  const { user, system } = process.cpuUsage(before);
  const busy = ((user + system) / 1e6).toFixed(2);
  console.log(
    `${run.padEnd(7)} ${seconds.padStart(6)} s (${busy} s of processor time)  ${PATCHES} patches, ${overlay.size} files, ${added} lines: ` +
      `${diff.functions.length} functions, ${diff.changedLines.length} changed lines, ${diff.unreadable.length} unreadable`,
  );
}

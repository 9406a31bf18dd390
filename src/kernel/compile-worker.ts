// SPDX-License-Identifier: GPL-2.0-or-later
// Entry of a compiler process: loads LLVM once and lets its threads run it, so that they share what V8 makes of it. It
// may read the tree, our machine and the compiler package, nothing else (Node's permission model), writes nothing, and
// ends with its parent.
// Arguments: the number of threads; the file of the compiler's machine code from an earlier process, or ""; the compiler
// package's folder.
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { THREAD_STACK_MIB, WORKER_HEAP_MIB } from './limits.ts';
import { loadLlvm } from './llvm.ts';
import { machineCode } from './v8-code.ts';
import type { FromLane, FromWorker, ToWorker } from './worker-protocol.ts';

const [threads = '1', codeFile, folder] = process.argv.slice(2);
const llvm = loadLlvm(codeFile, folder);
const entry = new URL(`./compile-lane${path.extname(import.meta.url)}`, import.meta.url);

function answer(message: FromWorker): void {
  process.send?.(message);
}

/** A thread that ends, for want of memory as a rule, takes the process with it. */
function fail(error: Error): never {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

const LIMITS = { maxOldGenerationSizeMb: WORKER_HEAP_MIB, stackSizeMb: THREAD_STACK_MIB };

const lanes = Array.from({ length: Number(threads) }, (_, lane) => {
  const worker = new Worker(entry, { workerData: llvm, resourceLimits: LIMITS });
  worker.on('message', (message: FromLane) => answer({ lane, ...message }));
  worker.on('error', fail);
  return worker;
});

process.on('disconnect', () => process.exit(0));
process.on('message', (message: ToWorker) => {
  if ('lane' in message) lanes[message.lane]?.postMessage(message);
  else {
    const code = machineCode(llvm);
    answer(code ? { type: 'code', code } : { type: 'code' });
  }
});

// SPDX-License-Identifier: GPL-2.0-or-later
// Entry of a compiler process: runs LLVM jobs one after the other, as its parent asks. It may read the tree, our machine
// and the compiler package, nothing else (Node's permission model), writes nothing, and ends with its parent.
// Arguments: the file of the compiler's machine code from an earlier process, or ""; the compiler package's folder.
import { HostRoot } from './host-root.ts';
import { SESSIONS } from './limits.ts';
import { loadLlvm, runLlvm } from './llvm.ts';
import { machineCode } from './v8-code.ts';
import { Sources, Vfs } from './vfs.ts';
import type { FromWorker, Job, JobResult, ToWorker } from './worker-protocol.ts';

const llvm = loadLlvm(process.argv[2], process.argv[3]);
const sessions = new Map<number, Sources>();

function run(sources: Sources | undefined, job: Job): JobResult {
  if (!sources) throw new Error('no such session');
  const vfs = new Vfs(sources, job.inputs);
  const { code, died, stdout, stderr } = runLlvm(job.args, vfs, job.stdoutLimit);
  const outputs = new Map<string, Uint8Array>();
  for (const name of job.outputs) {
    const content = vfs.outputs.get(name)?.content();
    if (content) outputs.set(name, content.slice());
  }
  const result: JobResult = { code, stdout, stderr, outputs, dependencies: [...vfs.dependencies] };
  return died === undefined ? result : { ...result, died };
}

function answer(message: FromWorker): void {
  process.send?.(message);
}

function handle(message: ToWorker): void {
  if (message.type === 'open') {
    const tree = new HostRoot(message.treeRoot, message.overlay);
    sessions.set(message.session, new Sources(tree, new HostRoot(message.machineRoot), message.memory));
    for (const old of [...sessions.keys()].slice(0, -SESSIONS)) sessions.delete(old);
  } else if (message.type === 'add') {
    for (const [name, content] of message.files) sessions.get(message.session)?.add(name, content);
  } else if (message.type === 'code') {
    const code = machineCode(llvm);
    answer(code ? { type: 'code', code } : { type: 'code' });
  } else answer({ type: 'done', result: run(sessions.get(message.session), message.job) });
}

process.on('disconnect', () => process.exit(0));
process.on('message', (message: ToWorker) => {
  try {
    handle(message);
  } catch (error) {
    answer({ type: 'broken', message: error instanceof Error ? error.message : String(error) });
  }
});

// SPDX-License-Identifier: GPL-2.0-or-later
// One thread of a compiler process: runs LLVM jobs one after the other, as the process hands them on.
import { parentPort, workerData } from 'node:worker_threads';
import { HostRoot } from './host-root.ts';
import { SESSIONS } from './limits.ts';
import { runLlvm } from './llvm.ts';
import { Sources, Vfs } from './vfs.ts';
import type { FromLane, Job, JobResult, ToLane } from './worker-protocol.ts';

const llvm: WebAssembly.Module = workerData;
const sessions = new Map<number, Sources>();

function run(sources: Sources | undefined, job: Job): JobResult {
  if (!sources) throw new Error('no such session');
  const vfs = new Vfs(sources, job.inputs);
  const { code, died, stdout, stderr } = runLlvm(llvm, job.args, vfs, job.stdoutLimit);
  const outputs = new Map<string, Uint8Array>();
  for (const name of job.outputs) {
    const content = vfs.outputs.get(name)?.content();
    if (content) outputs.set(name, content.slice());
  }
  const result: JobResult = { code, stdout, stderr, outputs, dependencies: [...vfs.dependencies] };
  return died === undefined ? result : { ...result, died };
}

function answer(message: FromLane): void {
  parentPort?.postMessage(message);
}

function handle(message: ToLane): void {
  if (message.type === 'open') {
    const tree = new HostRoot(message.treeRoot, message.overlay);
    sessions.set(message.session, new Sources(tree, new HostRoot(message.machineRoot), message.memory));
    for (const old of [...sessions.keys()].slice(0, -SESSIONS)) sessions.delete(old);
  } else if (message.type === 'add') {
    for (const [name, content] of message.files) sessions.get(message.session)?.add(name, content);
  } else answer({ type: 'done', result: run(sessions.get(message.session), message.job) });
}

parentPort?.on('message', (message: ToLane) => {
  try {
    handle(message);
  } catch (error) {
    answer({ type: 'broken', message: error instanceof Error ? error.message : String(error) });
  }
});

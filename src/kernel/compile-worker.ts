// SPDX-License-Identifier: GPL-2.0-or-later
// Entry of a compiler process: runs LLVM jobs one after the other, as its parent asks. It may read the tree, our machine
// and the compiler package, nothing else (Node's permission model), writes nothing, and ends with its parent.
import { HostRoot } from './host-root.ts';
import { runLlvm } from './llvm.ts';
import { Sources, Vfs } from './vfs.ts';
import type { FromWorker, Job, JobResult, ToWorker } from './worker-protocol.ts';

let sources: Sources | undefined;

function run(job: Job): JobResult {
  if (!sources) throw new Error('no sources opened');
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

process.on('disconnect', () => process.exit(0));
process.on('message', (message: ToWorker) => {
  if (message.type === 'open') {
    const tree = new HostRoot(message.treeRoot, message.overlay);
    sources = new Sources(tree, new HostRoot(message.machineRoot), message.memory);
  } else if (message.type === 'add') {
    sources?.add(message.path, message.content);
  } else {
    try {
      answer({ type: 'done', id: message.id, result: run(message.job) });
    } catch (error) {
      answer({ type: 'broken', id: message.id, message: error instanceof Error ? error.message : String(error) });
    }
  }
});

// SPDX-License-Identifier: GPL-2.0-or-later
// A `concurrently:` block -> threads. In: its YAML and the scope before it. Out: what each thread does; names and ranges
// are those from before the block. Errors: InputError with position.
import { LIMITS } from '../limits.ts';
import { actionStep } from './expand.ts';
import type { Scope } from './scope.ts';
import { errorAt, type Position, quoted, suggestion } from './tokens.ts';
import type { Action, Thread } from './values.ts';
import type { Yaml, YamlValue } from './yaml.ts';

/** What can run against something else. The others (walk, poison, exec, vfork, uffd-copy) need the world to stand still. */
const OPERATIONS: readonly Action['op'][] = [
  ...([
    'mmap',
    'munmap',
    'mprotect',
    'mremap',
    'madvise',
    'mlock',
    'munlock',
    'write',
    'read',
    'fork',
    'exit',
  ] as const),
  ...(['migrate', 'reclaim', 'swapout', 'split', 'referenced', 'uffd-move'] as const),
];

/** Reads the threads of a block. `at` is where the word "concurrently" stands. */
export function parseThreads(yaml: Yaml, node: YamlValue, scope: Scope, at: Position): Thread[] {
  const items = yaml.list(node, 'a list of threads such as "P: munmap A"');
  if (items.length < 2 || items.length > LIMITS.threads)
    throw errorAt(at, `a concurrently block has 2 to ${LIMITS.threads} threads, not ${items.length}`);
  const alive = scope.processes();
  const threads = items.map((item) => parseThread(yaml, item, scope, alive));
  for (const [index, { process, at: where }] of threads.entries()) {
    const exits = threads[index]?.steps.some(({ op }) => op === 'exit');
    const shared = process !== undefined && threads.some((other, i) => i !== index && usesMemory(other, process));
    if (exits && shared) throw errorAt(where, `process ${process} cannot exit while another thread runs in it`);
  }
  const moving = threads.filter(({ steps }) => steps.some(({ op }) => op === 'uffd-move'));
  if (moving[1] !== undefined) throw errorAt(moving[1].at, 'only one thread of a block can use uffd-move');
  return threads.map(({ process, steps }) => ({ ...(process !== undefined && { process }), steps }));
}

interface Placed extends Thread {
  at: Position;
}

function usesMemory({ process, steps }: Thread, of: string): boolean {
  return process === of && steps.some(({ op }) => !FOLIO_OPS.includes(op));
}
const FOLIO_OPS: readonly string[] = ['migrate', 'reclaim', 'swapout', 'split', 'referenced'];

function parseThread(yaml: Yaml, node: YamlValue, scope: Scope, alive: readonly string[]): Placed {
  const at = yaml.position(node);
  if (yaml.isText(node)) {
    const { text } = yaml.text(node, 'a thread');
    if (text !== 'ksm-scan')
      throw errorAt(
        at,
        `expected a thread such as "P: munmap A", not ${quoted(text)}${suggestion(text, ['ksm-scan'])}`,
      );
    return { steps: [], at };
  }
  const [pair, extra] = yaml.map(node, 'a thread such as "P: munmap A"');
  if (pair === undefined) throw errorAt(at, 'expected a thread such as "P: munmap A"');
  if (extra !== undefined) throw errorAt(extra.at, `a thread has one key; ${quoted(extra.key)} is a second one`);
  if (!alive.includes(pair.key))
    throw errorAt(pair.at, `unknown process ${quoted(pair.key)}${suggestion(pair.key, alive)}`);
  const texts = yaml.isText(pair.value) ? [pair.value] : yaml.list(pair.value, 'a step or a list of steps');
  if (texts.length === 0 || texts.length > LIMITS.threadSteps)
    throw errorAt(pair.at, `a thread has 1 to ${LIMITS.threadSteps} steps, not ${texts.length}`);
  const steps = texts.map((item, index) => {
    const { text, at: textAt } = yaml.text(item, 'a step');
    const { action, fails } = actionStep(pair.key, text, {}, scope, { key: pair.at, text: textAt });
    if (fails !== undefined) throw errorAt(textAt, 'what fails in a thread depends on the others: no "fails" here');
    if (!OPERATIONS.includes(action.op))
      throw errorAt(textAt, `${action.op} cannot run in a thread; expected one of ${OPERATIONS.join(', ')}`);
    if (action.op === 'exit' && index + 1 < texts.length) throw errorAt(textAt, 'exit is the last step of a thread');
    return action;
  });
  return { process: pair.key, steps, at };
}

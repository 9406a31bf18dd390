// SPDX-License-Identifier: GPL-2.0-or-later
// Repeat blocks -> plain steps: `{i}`, `{i+1}`, `{i-1}`, `{i*2}` in a template's text become numbers.
import { LIMITS } from '../limits.ts';
import { parseAction } from './action.ts';
import type { Scope } from './scope.ts';
import { errorAt, type Position, quoted, suggestion, Tokens } from './tokens.ts';
import type { Beside, FlatStep, Step, Template } from './values.ts';
import { CAN_LACK_MEMORY } from './words.ts';

const PLACEHOLDER = /\{([^{}]*)\}/g;
const EXPRESSION = /^\s*([A-Za-z]\w*)\s*(?:([+\-*])\s*(\d{1,9}))?\s*$/;

/** Fills in the placeholders of a template's text. Errors: InputError for an unknown variable or expression. */
export function substitute(text: string, variables: ReadonlyMap<string, number>, at: Position): string {
  return text.replace(PLACEHOLDER, (whole, inner: string) => {
    const match = EXPRESSION.exec(inner);
    const value = match === null ? undefined : variables.get(match[1] ?? '');
    if (match === null || value === undefined) {
      const known = [...variables.keys()];
      throw errorAt(at, `${quoted(whole)} is none of the repeat variables${suggestion(match?.[1] ?? inner, known)}`);
    }
    const operand = Number(match[3] ?? 0);
    const result = match[2] === '*' ? value * operand : match[2] === '-' ? value - operand : value + operand;
    if (result < 0) throw errorAt(at, `${quoted(whole)} is negative where ${match[1]} is ${value}`);
    return `${result}`;
  });
}

/** Where each template's text stands, kept beside the values so that these stay plain. */
export type Positions = WeakMap<Step | Template, { key: Position; text: Position }>;

/** One action's text -> a step, checked against the scope and noted in it. */
export function actionStep(
  process: string,
  text: string,
  { check, fail }: Beside,
  scope: Scope,
  at: { key: Position; text: Position },
): Extract<Step, { kind: 'action' }> {
  const alive = scope.processes();
  if (!alive.includes(process))
    throw errorAt(at.key, `unknown process ${quoted(process)}${suggestion(process, alive)}`);
  const child = scope.waitsFor(process);
  if (child !== undefined) {
    throw errorAt(at.key, `process ${process} waits until its vfork child ${child} calls exec or exit`);
  }
  const { action, fails } = parseAction(new Tokens(text, at.text), scope);
  if (fails === undefined) scope.apply(process, action);
  if (scope.processes().length > LIMITS.processes) throw errorAt(at.key, `more than ${LIMITS.processes} processes`);
  if (fail !== undefined && fails !== undefined)
    throw errorAt(at.text, 'a step that must fail has no allocations to fail; leave out "fail" or "fails"');
  if (fail !== undefined && !CAN_LACK_MEMORY.has(action.op))
    throw errorAt(at.text, `"fail" cannot stand beside ${action.op}`);
  return {
    ...{ kind: 'action', process, action, ...(fails !== undefined && { fails }) },
    ...{ ...(check && { check }), ...(fail !== undefined && { fail }) },
  };
}

const NOWHERE: Position = { file: 'scenario', line: 1, column: 1 };

/** Writes out all repeat blocks. The scope goes through every step. Errors: InputError. */
export function expand(steps: readonly Step[], scope: Scope, positions?: Positions): FlatStep[] {
  const flat: FlatStep[] = [];
  const push = (step: FlatStep, at: Position): void => {
    if (flat.length >= LIMITS.steps) throw errorAt(at, `more than ${LIMITS.steps} steps`);
    flat.push(step);
  };
  const walk = (list: readonly (Step | Template)[], variables: ReadonlyMap<string, number>): void => {
    for (const step of list) {
      const at = positions?.get(step) ?? { key: NOWHERE, text: NOWHERE };
      if (step.kind === 'repeat') {
        for (let i = 0; i < step.times; i++) walk(step.steps, new Map([...variables, [step.as, i]]));
      } else if (step.kind === 'text') {
        const process = substitute(step.process, variables, at.key);
        const text = substitute(step.text, variables, at.text);
        push(actionStep(process, text, step, scope, at), at.key);
      } else if (step.kind === 'mark') {
        push({ kind: 'mark', name: substitute(step.name, variables, at.text) }, at.key);
      } else {
        if (step.kind === 'action' && step.fails === undefined) scope.apply(step.process, step.action);
        if (step.kind === 'exit-all') scope.exitAll();
        if (step.kind === 'concurrently')
          for (const { process, steps } of step.threads)
            for (const action of steps) if (process !== undefined) scope.apply(process, action);
        push(step, at.key);
      }
    }
  };
  walk(steps, new Map());
  return flat;
}

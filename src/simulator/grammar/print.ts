// SPDX-License-Identifier: GPL-2.0-or-later
// Scenario -> canonical text: reports and reproducers print scenarios with it; parsing what it prints gives the same scenario.
import type { Action, PageRange, Place, Scenario, Step, Template, Thread } from './values.ts';

/** The canonical one-line form of an action: "mmap A 8 rw private anon". */
export function formatAction(action: Action): string {
  switch (action.op) {
    case 'mmap': {
      const source = 'name' in action.source ? `${action.source.kind} ${action.source.name}` : action.source.kind;
      const words = ['mmap', place(action.place), `${action.pages}`, action.prot, action.share, source];
      if (action.offset !== 0) words.push('offset', `${action.offset}`);
      words.push(...action.flags);
      if (action.beside) words.push(action.beside.side === 'after' ? 'adjacent to' : 'before', action.beside.region);
      return words.join(' ');
    }
    case 'mremap': {
      const words = ['mremap', action.region, ...range(action.range)];
      if (action.to) words.push('to', place(action.to));
      if (action.pages !== undefined) words.push('pages', `${action.pages}`);
      if (action.dontunmap) words.push('dontunmap');
      return words.join(' ');
    }
    case 'brk':
      return `brk ${action.region} ${action.pages}`;
    case 'munmap':
    case 'mlock':
    case 'munlock':
      return [action.op, action.region, ...range(action.range)].join(' ');
    case 'mprotect':
      return ['mprotect', action.region, ...range(action.range), action.prot].join(' ');
    case 'madvise':
      return ['madvise', action.region, ...range(action.range), action.advice].join(' ');
    case 'uffd-move':
    case 'uffd-copy':
      return [action.op, action.region, ...range(action.range), 'to', place(action.to)].join(' ');
    case 'write':
    case 'read':
    case 'migrate':
    case 'migrate-begin':
    case 'reclaim':
    case 'swapout':
    case 'split':
    case 'referenced':
    case 'page-idle':
    case 'poison':
      return `${action.op} ${action.region} ${action.pages.map(pages).join(',')}`;
    case 'walk':
      return `walk ${action.region} ${action.page}`;
    case 'fork':
    case 'vfork':
    case 'clone':
      return `${action.op} ${action.child}`;
    case 'exec':
    case 'exit':
      return action.op;
  }
}

/** One step as it stands in a scenario's list, without the leading "- ". */
export function format(step: Exclude<Step, { kind: 'repeat' }>): string {
  switch (step.kind) {
    case 'action':
      return `${step.process}: ${formatAction(step.action)}${step.fails === undefined ? '' : ` fails ${step.fails}`}`;
    case 'mark':
      return `mark: ${step.name}`;
    case 'exit-all':
      return 'exit: all';
    case 'concurrently':
      return `concurrently: ${step.threads.map(formatThread).join(' | ')}`;
    default:
      return step.kind;
  }
}

/** "P: fork C; write A 0". */
export function formatThread({ process, steps }: Thread): string {
  return process === undefined ? 'ksm-scan' : `${process}: ${steps.map(formatAction).join('; ')}`;
}

/** The whole scenario as YAML. */
export function print(scenario: Scenario): string {
  const lines = [`name: ${scenario.name}`, `areas: [${scenario.areas.join(', ')}]`];
  lines.push(`about: ${JSON.stringify(scenario.about)}`);
  if (scenario.requires.length > 0) lines.push(`requires: [${scenario.requires.join(', ')}]`);
  if (scenario.configs.length === 1) lines.push(`config: ${scenario.configs[0]}`);
  if (scenario.files.length > 0) {
    lines.push('files:', ...scenario.files.map((file) => `  ${file.name}: ${file.kind} ${file.pages}`));
  }
  const bounds = Object.entries(scenario.bounds);
  if (bounds.length > 0) lines.push('bounds:', ...bounds.map(([what, most]) => `  ${what}: ${most}`));
  lines.push('steps:', ...scenario.steps.flatMap((step) => printStep(step, '  ')));
  return `${lines.join('\n')}\n`;
}

function printStep(step: Step | Template, indent: string): string[] {
  if (step.kind === 'repeat') {
    return [
      `${indent}- repeat:`,
      `${indent}    times: ${step.times}`,
      `${indent}    as: ${step.as}`,
      `${indent}    steps:`,
      ...step.steps.flatMap((inner) => printStep(inner, `${indent}      `)),
    ];
  }
  if (step.kind === 'concurrently')
    return [`${indent}- concurrently:`, ...step.threads.map((thread) => `${indent}    - ${threadYaml(thread)}`)];
  const beside: string[] = [];
  if ('fail' in step && step.fail !== undefined)
    beside.push(`${indent}  fail: ${step.fail === 'each' ? 'each' : `allocation ${step.fail}`}`);
  if ('check' in step && step.check === 'none') beside.push(`${indent}  check: none`);
  const text = step.kind === 'text' ? `${step.process}: ${step.text}` : format(step);
  return [`${indent}- ${text}`, ...beside];
}

function threadYaml({ process, steps }: Thread): string {
  if (process === undefined) return 'ksm-scan';
  const texts = steps.map(formatAction);
  return texts.length === 1 ? `${process}: ${texts[0]}` : `${process}: [${texts.map(quotedIfNeeded).join(', ')}]`;
}

/** Steps such as "write A 0,2" need quotes in a list between brackets. */
function quotedIfNeeded(text: string): string {
  return text.includes(',') ? `"${text}"` : text;
}

function place(where: Place): string {
  return where.page === 0 ? where.region : `${where.region}+${where.page}`;
}

function range(given: PageRange | undefined): string[] {
  return given === undefined ? [] : [`${given.first}`, `${given.count}`];
}

function pages(given: PageRange): string {
  return given.count === 1 ? `${given.first}` : `${given.first}-${given.first + given.count - 1}`;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// The syntax tree of a function -> what is known of its lines: where statements begin, which run only when something
// fails, and which depend on the configuration.

import { limits } from './limits.ts';
import { part, type Syntax } from './syntax.ts';

export interface LineFacts {
  statement?: true;
  /** The condition or label that makes it an error path, as 'if (!avc)' or 'out_error:'. */
  errorPath?: string;
  /** The condition that asks for a configuration symbol, as 'if (IS_ENABLED(CONFIG_KSM))'. */
  enabled?: string;
}

interface Around {
  errorPath?: string;
  enabled?: string;
}

/** Labels behind which a function undoes what it did. */
const ERROR_LABEL =
  /(?:^|_)(?:err|error|fail|failed|failure|enomem|nomem|oom|bad|undo|unwind|rollback|abort|cleanup)\d*(?:_|$)/;
/** Conditions that hold when something went wrong. */
const ERROR_CONDITION =
  /^\(\s*(?:unlikely\s*\()?\s*(?:(?:err|error|ret|rc|retval|result)\b\s*(?:\)|<|!=)|(?:\w+(?:->|\.))?(?:err|error|ret)\s*<\s*0|IS_ERR)/;
/** What a block ends with that reports an error. */
const ERROR_END = /\breturn\s+(?:-E[A-Z]+|ERR_PTR|VM_FAULT_(?:OOM|SIGBUS|SIGSEGV|HWPOISON)|PTR_ERR)|=\s*-E[A-Z]+/;
const ENABLED = /\bIS_(?:ENABLED|BUILTIN|REACHABLE)\s*\(/;

/** In: a function's tree and the file's text. Out: by line. */
export function lineFacts(top: Syntax, source: string): Map<number, LineFacts> {
  const lines = new Map<number, LineFacts>();
  const open: { node: Syntax; around: Around }[] = [{ node: top, around: {} }];
  for (let item = open.pop(); item !== undefined; item = open.pop()) {
    const { node, around } = item;
    if (isStatement(node)) {
      const old = lines.get(node.line);
      lines.set(node.line, { ...around, ...old, statement: true });
    }
    let within = around;
    for (const child of node.children) {
      if (child.type === 'labeled_statement') within = afterLabel(child, source, around);
      open.push({ node: child, around: below(node, child, within, source) });
    }
  }
  return lines;
}

function isStatement({ type, children }: Syntax): boolean {
  if (type === 'declaration') return children.some((child) => child.type === 'init_declarator');
  return /_statement$/.test(type) && !/^(?:compound|labeled|case)_statement$/.test(type);
}

/** What holds for a child of a statement. */
function below(node: Syntax, child: Syntax, around: Around, source: string): Around {
  if (node.type !== 'if_statement' || (child.field !== 'consequence' && child.field !== 'alternative')) return around;
  const condition = part(node, 'condition');
  if (condition === undefined) return around;
  const text = source.slice(condition.start, condition.end);
  const said = short(`if ${text}`);
  const enabled = around.enabled ?? (ENABLED.test(text) ? said : undefined);
  const errorPath = around.errorPath ?? (isErrorBlock(child, text, source) ? said : undefined);
  return { ...(enabled === undefined ? {} : { enabled }), ...(errorPath === undefined ? {} : { errorPath }) };
}

function isErrorBlock(child: Syntax, condition: string, source: string): boolean {
  if (child.field !== 'consequence') return false;
  if (ERROR_CONDITION.test(condition)) return true;
  const statements = child.type === 'compound_statement' ? child.children.filter(({ type }) => type !== '}') : [child];
  const last = statements.at(-1);
  if (last === undefined) return false;
  const label = last.type === 'goto_statement' ? part(last, 'label') : undefined;
  if (label !== undefined && ERROR_LABEL.test(source.slice(label.start, label.end))) return true;
  const ends = last.type === 'return_statement' || last.type === 'expression_statement';
  return ends && ERROR_END.test(source.slice(last.start, last.end));
}

/** What holds from a label on: code behind an error label is an error path up to the next label. */
function afterLabel(node: Syntax, source: string, around: Around): Around {
  const label = part(node, 'label');
  const name = label === undefined ? '' : source.slice(label.start, label.end);
  if (!ERROR_LABEL.test(name)) return around;
  return { ...around, errorPath: around.errorPath ?? `${name}:` };
}

function short(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > limits.conditionMax ? `${line.slice(0, limits.conditionMax - 1)}…` : line;
}

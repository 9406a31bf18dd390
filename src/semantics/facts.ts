// SPDX-License-Identifier: GPL-2.0-or-later
// The syntax tree of a function -> what it does to the structs, locks and caches of the reverse map: by its own text,
// and by that of small allocators of the same file.

import type { FieldTypes } from './field-types.ts';
import { limits } from './limits.ts';
import { lockCall, withMode } from './lock-names.ts';
import { memoryCall, writesThrough } from './memory-names.ts';
import { nodesOf, part, type Syntax } from './syntax.ts';
import type { FunctionFacts, LockFact } from './values.ts';

/** The structs whose fields are told; those that a series changes come with them. */
export const REVERSE_MAP_STRUCTS: readonly string[] = [
  ...['folio', 'page', 'vm_area_struct', 'anon_vma', 'anon_vma_chain', 'mm_struct'],
];

export interface FactContext {
  /** The file's text, as written. */
  source: string;
  types: FieldTypes;
  structs: ReadonlySet<string>;
  /** What functions of the same file allocate from and free to by themselves. */
  helpers: ReadonlyMap<string, Caches>;
}

export interface Caches {
  allocates: ReadonlySet<string>;
  frees: ReadonlySet<string>;
}

/** What a function does. Its conditions are not followed: it is told what it may do. */
export function factsOf(top: Syntax, context: FactContext): FunctionFacts {
  const found = new Finder(top, context);
  for (const node of nodesOf(top)) {
    if (node.type === 'field_expression') found.field(node);
    else if (node.type === 'call_expression') found.call(node);
  }
  return found.facts();
}

class Finder {
  private readonly context: FactContext;
  private readonly variables = new Map<string, string>();
  private readonly reads = new Set<string>();
  private readonly writes = new Set<string>();
  private readonly locks = new Map<string, LockFact>();
  private readonly allocates = new Set<string>();
  private readonly frees = new Set<string>();
  private readonly calls = new Set<string>();

  constructor(top: Syntax, context: FactContext) {
    this.context = context;
    for (const node of nodesOf(top)) {
      if (node.type === 'declaration' || node.type === 'parameter_declaration') this.learn(node);
    }
  }

  facts(): FunctionFacts {
    const sorted = (names: ReadonlySet<string>) => [...names].sort();
    return {
      reads: sorted(this.reads),
      writes: sorted(this.writes),
      locks: [...this.locks].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, lock]) => lock),
      allocates: sorted(this.allocates),
      frees: sorted(this.frees),
      calls: sorted(this.calls),
    };
  }

  /** A field that is no part of a longer path of embedded structs. */
  field(node: Syntax): void {
    const { parent } = node;
    if (parent?.type === 'field_expression' && node.field === 'argument' && this.operator(parent) === '.') return;
    const name = this.fieldName(node);
    const [struct = ''] = name.split('.');
    if (!this.context.structs.has(struct)) return;
    const use = this.use(node);
    if (use !== 'writes' && use !== 'none') this.reads.add(name);
    if (use === 'writes' || use === 'both') this.writes.add(name);
  }

  call(node: Syntax): void {
    const name = this.text(part(node, 'function'));
    const [first] = (part(node, 'arguments')?.children ?? []).filter(({ type }) => !/^[(),]$/.test(type));
    if (part(node, 'function')?.type === 'identifier') this.calls.add(name);
    const lock = lockCall(name);
    if (lock !== undefined) {
      const what = lock.lock ?? withMode(this.lockName(first), lock.mode);
      this.locks.set(`${what} ${lock.does} ${name}`, { lock: what, does: lock.does, with: name });
    }
    const memory = memoryCall(name);
    if (memory !== undefined) this[memory.does].add(memory.cache ?? this.cacheName(first));
    const helper = this.context.helpers.get(name);
    for (const cache of helper?.allocates ?? []) this.allocates.add(cache);
    for (const cache of helper?.frees ?? []) this.frees.add(cache);
  }

  private learn(node: Syntax): void {
    const type = part(node, 'type');
    const tag = type?.type === 'struct_specifier' || type?.type === 'union_specifier' ? part(type, 'name') : undefined;
    if (tag === undefined) return;
    for (const declarator of node.children.filter(({ field }) => field === 'declarator')) {
      for (let at: Syntax | undefined = declarator; at !== undefined; at = part(at, 'declarator')) {
        if (at.type === 'identifier') this.variables.set(this.text(at), this.text(tag));
      }
    }
  }

  /** How the value of a field is used: an address that goes to an unknown callee is read. */
  private use(node: Syntax): 'reads' | 'writes' | 'both' | 'none' {
    let at = node;
    // The element of an array that is a field, the field in brackets.
    while (
      at.parent &&
      (at.parent.type === 'parenthesized_expression' ||
        (at.parent.type === 'subscript_expression' && at.field === 'argument'))
    ) {
      at = at.parent;
    }
    const { parent } = at;
    if (parent?.type === 'assignment_expression' && at.field === 'left')
      return this.operator(parent) === '=' ? 'writes' : 'both';
    if (parent?.type === 'update_expression') return 'both';
    if (parent?.type === 'sizeof_expression') return 'none';
    const address = parent?.type === 'pointer_expression' && this.operator(parent) === '&';
    const argument = address ? parent : at;
    if (argument.parent?.type !== 'argument_list') return 'reads';
    const callee = this.text(argument.parent.parent && part(argument.parent.parent, 'function'));
    if (lockCall(callee) !== undefined) return 'none';
    if (callee === 'WRITE_ONCE' || callee === 'rcu_assign_pointer' || callee === 'RCU_INIT_POINTER')
      return argument.parent.children.indexOf(argument) === 1 ? 'writes' : 'reads';
    return address && writesThrough(callee) ? 'both' : 'reads';
  }

  /** "anon_vma.rwsem" of &anon_vma->rwsem; the text where the struct is not known. */
  private lockName(argument: Syntax | undefined): string {
    let at = argument;
    while (at?.type === 'pointer_expression' || at?.type === 'parenthesized_expression')
      at = part(at, 'argument') ?? at.children[1];
    if (at?.type !== 'field_expression') return this.text(at) || '?';
    return this.fieldName(at).replace(/^\./, '') || this.text(at);
  }

  private cacheName(argument: Syntax | undefined): string {
    if (argument?.type === 'field_expression') return this.fieldName(argument).replace(/^\./, '');
    return this.text(argument) || '?';
  }

  /** "vm_area_struct.shared.rb"; ".x" where the struct is not known. */
  private fieldName(node: Syntax): string {
    const path: string[] = [];
    let at: Syntax | undefined = node;
    while (at?.type === 'field_expression' && path.length < limits.fieldPathMax) {
      path.unshift(this.text(part(at, 'field')));
      const embedded: boolean = this.operator(at) === '.';
      at = part(at, 'argument');
      if (!embedded || at?.type !== 'field_expression') break;
    }
    return `${this.structOf(at) ?? ''}.${path.join('.')}`;
  }

  /** The struct that an expression is, or points to. */
  private structOf(node: Syntax | undefined): string | undefined {
    const { types } = this.context;
    let at = node;
    const path: string[] = [];
    while (at !== undefined) {
      if (path.length > limits.fieldPathMax) return undefined;
      if (at.type === 'field_expression') {
        path.unshift(this.text(part(at, 'field')));
        at = part(at, 'argument');
      } else if (at.type === 'parenthesized_expression') at = at.children[1];
      else if (at.type === 'pointer_expression' || at.type === 'subscript_expression') at = part(at, 'argument');
      else break;
    }
    let struct = this.rootStruct(at);
    for (const member of path) struct = struct === undefined ? undefined : types.members.get(struct)?.get(member);
    return struct;
  }

  private rootStruct(node: Syntax | undefined): string | undefined {
    const { types } = this.context;
    if (node?.type === 'identifier') {
      const name = this.text(node);
      return this.variables.get(name) ?? (name === 'current' ? 'task_struct' : undefined);
    }
    if (node?.type === 'cast_expression') {
      const type = node.children.flatMap(({ children }) => children).find(({ type }) => type === 'struct_specifier');
      return type && this.text(part(type, 'name'));
    }
    if (node?.type !== 'call_expression') return undefined;
    const callee = this.text(part(node, 'function'));
    const [argument] = (part(node, 'arguments')?.children ?? []).filter(({ type }) => !/^[(),]$/.test(type));
    // Macros that hand on what they are given.
    if (/^(?:READ_ONCE|rcu_dereference\w*|smp_load_acquire)$/.test(callee)) return this.structOf(argument);
    return types.returns.get(callee);
  }

  private operator(node: Syntax): string {
    return node.children.find(({ field }) => field === 'operator')?.type ?? '';
  }

  private text(node: Syntax | undefined): string {
    return node === undefined ? '' : this.context.source.slice(node.start, node.end);
  }
}

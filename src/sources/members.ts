// SPDX-License-Identifier: GPL-2.0-or-later
// Which messages of an archive belong to a thread. In: identifiers and references, message by message. Out: the keys of
// the thread's messages. Mails that are not in the archive hold a thread together too.
import { InputError } from '../errors.ts';
import { type Header, messageIdOf, referencesOf } from './header.ts';
import { MAX_THREAD_MESSAGES } from './limits.ts';

export class ThreadMembers<Key> {
  private readonly nodes = new Map<string, number>();
  private readonly parent: number[] = [];
  private readonly keys: { key: Key; node: number }[] = [];
  private readonly present = new Set<number>();

  /** A message of the archive, by its header. */
  add(key: Key, header: Header | undefined): void {
    const id = messageIdOf(header?.fields.get('message-id'));
    if (header === undefined || id === undefined) return;
    const node = this.node(id);
    this.present.add(node);
    this.keys.push({ key, node });
    for (const other of referencesOf(header.fields)) this.parent[this.find(this.node(other))] = this.find(node);
  }

  /** The messages that hang together with one, in the order in which they were added; none where it is not there. */
  of(id: string): Key[] {
    const node = this.nodes.get(id);
    if (node === undefined || !this.present.has(node)) return [];
    const root = this.find(node);
    const found = this.keys.filter((one) => this.find(one.node) === root).map(({ key }) => key);
    if (found.length > MAX_THREAD_MESSAGES)
      throw new InputError(`the thread holds more than ${MAX_THREAD_MESSAGES} mails`);
    return found;
  }

  private node(id: string): number {
    let node = this.nodes.get(id);
    if (node === undefined) {
      node = this.parent.length;
      this.parent.push(node);
      this.nodes.set(id, node);
    }
    return node;
  }

  private find(node: number): number {
    let at = node;
    for (let up = this.parent[at] ?? at; up !== at; up = this.parent[at] ?? at) {
      this.parent[at] = this.parent[up] ?? up;
      at = up;
    }
    return at;
  }
}

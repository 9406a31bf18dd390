// SPDX-License-Identifier: GPL-2.0-or-later
// The file system that the compiler sees. In: a tree with its overlay as the root, our machine's sources, generated and
// compiler-owned files in memory. Out: contents, and a record of what was read, seen and probed in vain, which is the
// object cache's key. Nothing else of the host exists for the compiler.
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { HostRoot } from './host-root.ts';
import { OutputFile } from './output-file.ts';

/** Folder names of the compiler's world, relative to its root, which is the tree itself. */
export const MACHINE = '.machine';
export const GENERATED = '.generated';
export const COMPILER = '.compiler';
export const OUT = '.out';

/** Content hash of a file read, "+" for a path only seen to exist, "-" for one probed in vain. */
export type Dependencies = Map<string, string>;

/** A file or folder as the compiler sees it. */
export type Node = { kind: 'dir'; id: string } | { kind: 'file'; id: string; size: number };

/** Hash of a file's content, as the object cache compares it. */
export function contentHash(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('base64url').slice(0, 27);
}

/** "a/./b/../c" -> "a/c"; undefined for a path that climbs above the root. */
export function normalise(guest: string): string | undefined {
  const plain = path.posix.normalize(guest.replace(/^\/+/, '')).replace(/\/+$/, '');
  if (plain === '.') return '';
  return plain === '..' || plain.startsWith('../') ? undefined : plain;
}

/** What many compiler runs share: the sources. */
export class Sources {
  readonly tree: HostRoot;
  readonly machine: HostRoot;
  /** Files in memory by path below the root, for instance ".generated/include/generated/autoconf.h". */
  readonly memory = new Map<string, Uint8Array>();
  readonly #memoryFolders = new Map<string, number>();
  readonly #hashes = new Map<string, string>();

  constructor(tree: HostRoot, machine: HostRoot, memory: Iterable<[string, Uint8Array]>) {
    this.tree = tree;
    this.machine = machine;
    for (const [name, content] of memory) this.add(name, content);
  }

  /** Adds or replaces a file in memory. */
  add(name: string, content: Uint8Array): void {
    this.memory.set(name, content);
    this.#hashes.delete(`=${name}`);
    for (let at = name.lastIndexOf('/'); at > 0; at = name.lastIndexOf('/', at - 1)) {
      this.#memoryFolders.set(name.slice(0, at), 1);
    }
  }

  /** What a normalised path stands for. */
  lookup(file: string): Node | undefined {
    if (file.startsWith('.')) {
      const own = this.memory.get(file);
      if (own) return { kind: 'file', id: `=${file}`, size: own.length };
      if (this.#memoryFolders.has(file)) return { kind: 'dir', id: `=${file}` };
      if (file === MACHINE || file.startsWith(`${MACHINE}/`)) {
        const entry = this.machine.lookup(file.slice(MACHINE.length + 1));
        return entry && { ...entry, id: `m${entry.real}` };
      }
    }
    const entry = this.tree.lookup(file);
    return entry && { ...entry, id: `t${entry.real}` };
  }

  /** The content behind a file node's id. */
  read(id: string): Uint8Array {
    if (id.startsWith('t')) return this.tree.read(id.slice(1));
    if (id.startsWith('m')) return this.machine.read(id.slice(1));
    const own = this.memory.get(id.slice(1));
    if (!own) throw new Error(`no such file in memory: ${id}`);
    return own;
  }

  /** The content hash behind a file node's id, computed once. */
  hash(id: string): string {
    let hash = this.#hashes.get(id);
    if (hash === undefined) {
      hash = contentHash(this.read(id));
      this.#hashes.set(id, hash);
    }
    return hash;
  }
}

/** One run's view: the shared sources, its own outputs, its own record. */
export class Vfs {
  readonly sources: Sources;
  readonly dependencies: Dependencies = new Map();
  /** Files written by this run, and inputs given to it alone, by normalised path (".out/..."). */
  readonly outputs = new Map<string, OutputFile>();
  readonly #inodes = new Map<string, bigint>();

  constructor(sources: Sources, inputs: Iterable<[string, Uint8Array]> = []) {
    this.sources = sources;
    for (const [name, content] of inputs) this.outputs.set(name, new OutputFile(content));
  }

  lookup(file: string): Node | undefined {
    const out = this.outputs.get(file);
    if (out) return { kind: 'file', id: `o${file}`, size: out.size };
    if (file === OUT) return { kind: 'dir', id: 'o' };
    if (file.startsWith(`${OUT}/`)) return undefined;
    const node = this.sources.lookup(file);
    if (!node) this.dependencies.set(file, '-');
    else if (node.kind === 'file' && !this.dependencies.has(file)) this.dependencies.set(file, '+');
    return node;
  }

  /** The content of a file node, noted as read. */
  read(file: string, node: Node): Uint8Array {
    this.dependencies.set(file, this.sources.hash(node.id));
    return this.sources.read(node.id);
  }

  /** A number that is equal for equal files, as clang compares files by it. */
  inode(id: string): bigint {
    let inode = this.#inodes.get(id);
    if (inode === undefined) {
      inode = BigInt(this.#inodes.size + 1);
      this.#inodes.set(id, inode);
    }
    return inode;
  }
}

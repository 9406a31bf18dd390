// SPDX-License-Identifier: GPL-2.0-or-later
// A small WASI preview 1 for the compiler: arguments, standard output and error, and the files of a Vfs. In: arguments
// and a Vfs. Out: an import object for WebAssembly.Instance, and what the program printed. No clock, no randomness, no
// environment: equal inputs give equal outputs.
import { MESSAGE_BYTES, OPEN_FILES } from './limits.ts';
import { OutputFile } from './output-file.ts';
import { normalise, OUT, type Vfs } from './vfs.ts';
import { ERRNO, FDFLAGS_APPEND, FILETYPE, OFLAGS, WHENCE } from './wasi-abi.ts';

/** Thrown by proc_exit; the instance must not be used again. */
export class ProgramExit extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

type Descriptor =
  | { kind: 'stdin' }
  | { kind: 'message'; pieces: Uint8Array[]; size: number; limit: number }
  | { kind: 'dir'; id: string; path: string }
  | { kind: 'source'; id: string; content: Uint8Array; offset: number }
  | { kind: 'output'; id: string; file: OutputFile; offset: number; append: boolean };

const PREOPEN = 3;
const ROOT_NAME = new TextEncoder().encode('/');
const OWN_FOLDER = `${OUT}/`;

export class Wasi {
  readonly #vfs: Vfs;
  readonly #arguments: Uint8Array[];
  readonly #descriptors = new Map<number, Descriptor>();
  #next = PREOPEN + 1;
  #random = 1;
  #memory: WebAssembly.Memory | undefined;
  #view = new DataView(new ArrayBuffer(0));
  #bytes = new Uint8Array(0);

  constructor(vfs: Vfs, args: string[], stdoutLimit: number = MESSAGE_BYTES) {
    this.#vfs = vfs;
    this.#arguments = args.map((argument) => new TextEncoder().encode(`${argument}\0`));
    this.#descriptors.set(0, { kind: 'stdin' });
    this.#descriptors.set(1, { kind: 'message', pieces: [], size: 0, limit: stdoutLimit });
    this.#descriptors.set(2, { kind: 'message', pieces: [], size: 0, limit: MESSAGE_BYTES });
    this.#descriptors.set(PREOPEN, { kind: 'dir', id: 't', path: '' });
  }

  /** To be called with the instance's memory before _start. */
  attach(memory: WebAssembly.Memory): void {
    this.#memory = memory;
  }

  /** What was written to descriptor 1 or 2, cut at its limit. */
  text(descriptor: 1 | 2): string {
    const message = this.#descriptors.get(descriptor);
    return message?.kind === 'message' ? Buffer.concat(message.pieces).toString('utf8') : '';
  }

  /** The functions of wasi_snapshot_preview1 that the compiler imports. */
  imports(): WebAssembly.ModuleImports {
    return {
      args_sizes_get: (count: number, size: number) => {
        const view = this.#data();
        view.setUint32(count, this.#arguments.length, true);
        view.setUint32(
          size,
          this.#arguments.reduce((sum, argument) => sum + argument.length, 0),
          true,
        );
        return ERRNO.success;
      },
      args_get: (pointers: number, buffer: number) => {
        const view = this.#data();
        let at = buffer;
        for (const [index, argument] of this.#arguments.entries()) {
          view.setUint32(pointers + 4 * index, at, true);
          this.#bytes.set(argument, at);
          at += argument.length;
        }
        return ERRNO.success;
      },
      environ_sizes_get: (count: number, size: number) => {
        const view = this.#data();
        view.setUint32(count, 0, true);
        view.setUint32(size, 0, true);
        return ERRNO.success;
      },
      environ_get: () => ERRNO.success,
      clock_time_get: (_clock: number, _precision: bigint, result: number) => {
        this.#data().setBigUint64(result, 0n, true);
        return ERRNO.success;
      },
      random_get: (buffer: number, length: number) => {
        this.#data();
        for (let index = 0; index < length; index++) {
          this.#random = (Math.imul(this.#random, 1_103_515_245) + 12_345) >>> 0;
          this.#bytes[buffer + index] = this.#random >>> 16;
        }
        return ERRNO.success;
      },
      proc_exit: (code: number) => {
        throw new ProgramExit(code);
      },
      poll_oneoff: () => ERRNO.notsup,
      fd_prestat_get: (fd: number, result: number) => {
        if (fd !== PREOPEN) return ERRNO.badf;
        const view = this.#data();
        view.setUint8(result, 0);
        view.setUint32(result + 4, ROOT_NAME.length, true);
        return ERRNO.success;
      },
      fd_prestat_dir_name: (fd: number, buffer: number, length: number) => {
        if (fd !== PREOPEN || length < ROOT_NAME.length) return ERRNO.badf;
        this.#data();
        this.#bytes.set(ROOT_NAME, buffer);
        return ERRNO.success;
      },
      fd_close: (fd: number) => (this.#descriptors.delete(fd) ? ERRNO.success : ERRNO.badf),
      fd_fdstat_get: (fd: number, result: number) => this.#fdstat(fd, result),
      fd_filestat_get: (fd: number, result: number) => this.#filestat(fd, result),
      fd_filestat_set_size: (fd: number, size: bigint) => {
        const target = this.#descriptors.get(fd);
        if (target?.kind !== 'output') return ERRNO.badf;
        return target.file.resize(Number(size)) ? ERRNO.success : ERRNO.nospc;
      },
      fd_filestat_set_times: () => ERRNO.success,
      fd_read: (fd: number, vectors: number, count: number, result: number) => this.#read(fd, vectors, count, result),
      fd_pread: (fd: number, vectors: number, count: number, offset: bigint, result: number) =>
        this.#read(fd, vectors, count, result, Number(offset)),
      fd_write: (fd: number, vectors: number, count: number, result: number) => this.#write(fd, vectors, count, result),
      fd_seek: (fd: number, offset: bigint, whence: number, result: number) => this.#seek(fd, offset, whence, result),
      fd_readdir: (_fd: number, _buffer: number, _length: number, _cookie: bigint, used: number) => {
        this.#data().setUint32(used, 0, true);
        return ERRNO.success;
      },
      path_open: (
        fd: number,
        _lookup: number,
        name: number,
        length: number,
        oflags: number,
        rights: bigint,
        _inheriting: bigint,
        fdflags: number,
        result: number,
      ) => this.#open(this.#path(fd, name, length), oflags, (rights & 64n) !== 0n, fdflags, result),
      path_filestat_get: (fd: number, _flags: number, name: number, length: number, result: number) => {
        const file = this.#path(fd, name, length);
        const node = file === undefined ? undefined : this.#vfs.lookup(file);
        if (!node) return ERRNO.noent;
        const size = node.kind === 'file' ? node.size : 0;
        this.#putStat(result, node.kind === 'dir' ? FILETYPE.directory : FILETYPE.regularFile, node.id, size);
        return ERRNO.success;
      },
      path_rename: (fd: number, from: number, fromLength: number, toFd: number, to: number, toLength: number) => {
        const source = this.#path(fd, from, fromLength);
        const target = this.#path(toFd, to, toLength);
        const file = source === undefined ? undefined : this.#vfs.outputs.get(source);
        if (source === undefined || !file) return ERRNO.noent;
        if (!target?.startsWith(OWN_FOLDER)) return ERRNO.rofs;
        this.#vfs.outputs.delete(source);
        this.#vfs.outputs.set(target, file);
        return ERRNO.success;
      },
      path_unlink_file: (fd: number, name: number, length: number) => {
        const file = this.#path(fd, name, length);
        return file !== undefined && this.#vfs.outputs.delete(file) ? ERRNO.success : ERRNO.noent;
      },
      path_readlink: () => ERRNO.inval,
      path_create_directory: () => ERRNO.rofs,
      path_remove_directory: () => ERRNO.rofs,
      path_link: () => ERRNO.rofs,
      path_symlink: () => ERRNO.rofs,
    };
  }

  /** The memory's view, refreshed after growth. */
  #data(): DataView {
    const memory = this.#memory;
    if (!memory) throw new Error('no memory attached');
    if (this.#view.buffer !== memory.buffer) {
      this.#view = new DataView(memory.buffer);
      this.#bytes = new Uint8Array(memory.buffer);
    }
    return this.#view;
  }

  #path(fd: number, name: number, length: number): string | undefined {
    const folder = this.#descriptors.get(fd);
    if (folder?.kind !== 'dir') return undefined;
    this.#data();
    const text = Buffer.from(this.#bytes.buffer, name, length).toString('utf8');
    return text.includes('\0') ? undefined : normalise(`${folder.path}/${text}`);
  }

  #open(file: string | undefined, oflags: number, writing: boolean, fdflags: number, result: number): number {
    if (file === undefined) return ERRNO.noent;
    if (this.#descriptors.size >= OPEN_FILES) return ERRNO.mfile;
    let opened: Descriptor;
    const node = this.#vfs.lookup(file);
    const output = this.#vfs.outputs.get(file);
    if (file.startsWith(OWN_FOLDER) && (output || oflags & OFLAGS.creat)) {
      if (output && oflags & OFLAGS.excl) return ERRNO.exist;
      const target = output ?? new OutputFile();
      if (oflags & OFLAGS.trunc) target.resize(0);
      this.#vfs.outputs.set(file, target);
      opened = { kind: 'output', id: `o${file}`, file: target, offset: 0, append: (fdflags & FDFLAGS_APPEND) !== 0 };
    } else if (!node) {
      return ERRNO.noent;
    } else if (node.kind === 'dir') {
      opened = { kind: 'dir', id: node.id, path: file };
    } else if (oflags & OFLAGS.directory) {
      return ERRNO.notdir;
    } else if (oflags & (OFLAGS.creat | OFLAGS.trunc) || writing) {
      return ERRNO.rofs;
    } else {
      opened = { kind: 'source', id: node.id, content: this.#vfs.read(file, node), offset: 0 };
    }
    const fd = this.#next++;
    this.#descriptors.set(fd, opened);
    this.#data().setUint32(result, fd, true);
    return ERRNO.success;
  }

  #fdstat(fd: number, result: number): number {
    const target = this.#descriptors.get(fd);
    if (!target) return ERRNO.badf;
    const view = this.#data();
    view.setUint8(result, typeOf(target));
    view.setUint16(result + 2, target.kind === 'output' && target.append ? FDFLAGS_APPEND : 0, true);
    view.setBigUint64(result + 8, 0x1fff_ffffn, true);
    view.setBigUint64(result + 16, 0x1fff_ffffn, true);
    return ERRNO.success;
  }

  #filestat(fd: number, result: number): number {
    const target = this.#descriptors.get(fd);
    if (!target) return ERRNO.badf;
    const size = target.kind === 'source' ? target.content.length : target.kind === 'output' ? target.file.size : 0;
    this.#putStat(result, typeOf(target), 'id' in target ? target.id : `fd${fd}`, size);
    return ERRNO.success;
  }

  #putStat(at: number, type: number, id: string, size: number): void {
    const view = this.#data();
    this.#bytes.fill(0, at, at + 64);
    view.setBigUint64(at, 1n, true);
    view.setBigUint64(at + 8, this.#vfs.inode(id), true);
    view.setUint8(at + 16, type);
    view.setBigUint64(at + 24, 1n, true);
    view.setBigUint64(at + 32, BigInt(size), true);
  }

  #read(fd: number, vectors: number, count: number, result: number, at?: number): number {
    const target = this.#descriptors.get(fd);
    if (target?.kind === 'dir') return ERRNO.isdir;
    if (!target || target.kind === 'message') return ERRNO.badf;
    const content =
      target.kind === 'source' ? target.content : target.kind === 'output' ? target.file.content() : new Uint8Array(0);
    const view = this.#data();
    const start = at ?? ('offset' in target ? target.offset : 0);
    let offset = start;
    for (let index = 0; index < count; index++) {
      const buffer = view.getUint32(vectors + 8 * index, true);
      const piece = content.subarray(offset, offset + view.getUint32(vectors + 8 * index + 4, true));
      this.#bytes.set(piece, buffer);
      offset += piece.length;
    }
    if (at === undefined && 'offset' in target) target.offset = offset;
    view.setUint32(result, offset - start, true);
    return ERRNO.success;
  }

  #write(fd: number, vectors: number, count: number, result: number): number {
    const target = this.#descriptors.get(fd);
    if (target?.kind !== 'output' && target?.kind !== 'message') return ERRNO.badf;
    const view = this.#data();
    let written = 0;
    for (let index = 0; index < count; index++) {
      const buffer = view.getUint32(vectors + 8 * index, true);
      const length = view.getUint32(vectors + 8 * index + 4, true);
      const piece = this.#bytes.subarray(buffer, buffer + length);
      if (target.kind === 'message') {
        const kept = piece.slice(0, Math.max(0, target.limit - target.size));
        if (kept.length > 0) target.pieces.push(kept);
        target.size += kept.length;
      } else {
        if (target.append) target.offset = target.file.size;
        if (!target.file.write(target.offset, piece)) return ERRNO.nospc;
        target.offset += length;
      }
      written += length;
    }
    view.setUint32(result, written, true);
    return ERRNO.success;
  }

  #seek(fd: number, offset: bigint, whence: number, result: number): number {
    const target = this.#descriptors.get(fd);
    if (!target) return ERRNO.badf;
    if (target.kind !== 'source' && target.kind !== 'output') return ERRNO.spipe;
    const size = target.kind === 'source' ? target.content.length : target.file.size;
    const base = whence === WHENCE.set ? 0 : whence === WHENCE.cur ? target.offset : size;
    const to = base + Number(offset);
    if (to < 0) return ERRNO.inval;
    target.offset = to;
    this.#data().setBigUint64(result, BigInt(to), true);
    return ERRNO.success;
  }
}

function typeOf(target: Descriptor): number {
  if (target.kind === 'dir') return FILETYPE.directory;
  return target.kind === 'source' || target.kind === 'output' ? FILETYPE.regularFile : FILETYPE.characterDevice;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// LLVM itself, as WebAssembly: a fresh instance for every run. In: a tool's arguments and a Vfs.
// Out: exit code and messages; files are left in the Vfs.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { COMPILER_MEMORY_PAGES } from './limits.ts';
import { moduleWithCode } from './v8-code.ts';
import type { Vfs } from './vfs.ts';
import { ProgramExit, Wasi } from './wasi.ts';
import { limitMemory } from './wasm-limits.ts';

/** How a run ended. `died` where it did not exit by itself: a trap, no memory, recursion too deep. */
export interface RunResult {
  code: number;
  stdout: string;
  stderr: string;
  died?: string;
}

/** Folder of the compiler package's generated files. */
export function compilerFolder(): string {
  return path.dirname(createRequire(import.meta.url).resolve('@yowasp/clang'));
}

/** The compiler's version, part of every cache key. */
export function compilerVersion(): string {
  const manifest = JSON.parse(readFileSync(path.join(compilerFolder(), '..', 'package.json'), 'utf8'));
  return `${manifest.name} ${manifest.version}`;
}

/**
 * Loads LLVM: 0.3 s. codeFile: machine code saved from another process, "" for none.
 * folder: compilerFolder(), where this process may not look for it itself.
 */
export function loadLlvm(codeFile = '', folder: string = compilerFolder()): WebAssembly.Module {
  const wasm = readFileSync(path.join(folder, 'llvm.core.wasm'));
  const bytes = limitMemory(wasm, COMPILER_MEMORY_PAGES);
  const code = codeFile === '' ? undefined : readFileSync(codeFile);
  return (code && moduleWithCode(bytes, code)) ?? new WebAssembly.Module(bytes);
}

/**
 * Runs one tool of LLVM, given as loadLlvm() loads it: "clang" (with "-cc1" first), "wasm-ld", "addr2line", ...
 * stdoutLimit: bytes kept of the standard output.
 */
export function runLlvm(llvm: WebAssembly.Module, args: string[], vfs: Vfs, stdoutLimit?: number): RunResult {
  const wasi = new Wasi(vfs, ['llvm', ...args], stdoutLimit);
  const instance = new WebAssembly.Instance(llvm, { wasi_snapshot_preview1: wasi.imports() });
  const { memory, _start } = instance.exports as { memory: WebAssembly.Memory; _start: () => void };
  wasi.attach(memory);
  let code = 0;
  let died: string | undefined;
  try {
    _start();
  } catch (error) {
    if (error instanceof ProgramExit) code = error.code;
    else if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) {
      code = 134;
      died = error.message;
    } else throw error;
  }
  const result: RunResult = { code, stdout: wasi.text(1), stderr: wasi.text(2) };
  return died === undefined ? result : { ...result, died };
}

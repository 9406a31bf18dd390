// SPDX-License-Identifier: GPL-2.0-or-later
// The part of the WebAssembly JavaScript interface that we use: the language's own library settings leave it to "dom",
// which would bring a browser's whole world of globals.
declare namespace WebAssembly {
  type ExternalKind = 'function' | 'table' | 'memory' | 'global' | 'tag';
  interface ModuleExportDescriptor {
    name: string;
    kind: ExternalKind;
  }
  interface ModuleImportDescriptor extends ModuleExportDescriptor {
    module: string;
  }
  class Module {
    constructor(bytes: ArrayBufferView | ArrayBufferLike);
    static imports(module: Module): ModuleImportDescriptor[];
    static exports(module: Module): ModuleExportDescriptor[];
    static customSections(module: Module, name: string): ArrayBuffer[];
  }
  type ImportValue = unknown;
  type ModuleImports = Record<string, ImportValue>;
  type Imports = Record<string, ModuleImports>;
  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Record<string, unknown>;
  }
  interface MemoryDescriptor {
    initial: number | bigint;
    maximum?: number | bigint;
    shared?: boolean;
    address?: 'i32' | 'i64';
  }
  class Memory {
    constructor(descriptor: MemoryDescriptor);
    readonly buffer: ArrayBuffer;
    grow(delta: number | bigint): number | bigint;
  }
  class Table {
    constructor(descriptor: { element: 'anyfunc'; initial: number | bigint; maximum?: number | bigint });
    readonly length: number | bigint;
    get(index: number | bigint): unknown;
    set(index: number | bigint, value: unknown): void;
    grow(delta: number | bigint): number | bigint;
  }
  class Global {
    constructor(descriptor: { value: 'i32' | 'i64' | 'f32' | 'f64'; mutable?: boolean }, value?: number | bigint);
    // biome-ignore lint/suspicious/noExplicitAny: a bigint or a number, by the type of the global
    value: any;
    valueOf(): number | bigint;
  }
  /** JavaScript Promise Integration: an import that suspends its WebAssembly caller, and an export that may be suspended. */
  class Suspending {
    constructor(importFunction: (...args: never[]) => unknown);
  }
  function promising(exportFunction: unknown): (...args: (number | bigint)[]) => Promise<unknown>;
  class CompileError extends Error {}
  class LinkError extends Error {}
  class RuntimeError extends Error {}
  function validate(bytes: ArrayBufferView | ArrayBufferLike): boolean;
}

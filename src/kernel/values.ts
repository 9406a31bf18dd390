// SPDX-License-Identifier: GPL-2.0-or-later
// The values that the kernel room hands on: a linked WebAssembly image of a tree's mm/ and what is known of it.

/** `prod`: a distribution's x86-64 choices, the only source of sizes and costs. `check`: with DEBUG_VM, violations only. */
export type ConfigName = 'prod' | 'check';

/** A struct as the compiler laid it out. Offsets and sizes in bytes; bit fields carry bitOffset and bitSize. */
export interface StructLayout {
  name: string;
  size: number;
  align: number;
  /** Every member, nested ones by dotted path ("rb.rb_left"); anonymous structs and unions are flattened away. */
  members: { name: string; type: string; offset: number; size: number; bitOffset?: number; bitSize?: number }[];
}

/** A function of the image in the code section. */
export interface FunctionSpan {
  name: string;
  /** Offsets from the start of the module's code section. */
  start: number;
  end: number;
}

/** A position in the source of the tree ("mm/rmap.c") or of our machine ("machine:slab.c"). */
export interface SourcePosition {
  file: string;
  line: number;
  function: string;
}

/** A linked module, by content. */
export interface Image {
  /** Hash of everything that went in; equal images have equal keys. */
  key: string;
  config: ConfigName;
  /** Variant of new Kconfig symbols: "" for the author's defaults, "all-new" for everything new on. */
  variant: string;
  /** The .wasm file in the cache. */
  wasmFile: string;
  /** JSON file with Record<string, StructLayout>. */
  layoutsFile: string;
  /** JSON file with the blocks and lines of the instrumentation (see coverage.ts). */
  linesFile: string;
  /** Functions imported and not defined: calling one throws "unmodelled: name". */
  unmodelled: string[];
  /** Names of the features probed from the tree (simulations/machine/features.yaml). */
  features?: string[];
  /** Built for speed: optimised, without fuel and coverage (BuildRequest.measured). */
  measured?: boolean;
}

/** The compiler's own words about one unit. */
export interface Diagnostic {
  severity: 'error' | 'warning';
  file: string;
  line: number;
  column: number;
  message: string;
}

export type BuildFailure = {
  unit: string;
  config: ConfigName;
  diagnostics: Diagnostic[];
  /** What the linker said, where the link failed. */
  link?: string;
};

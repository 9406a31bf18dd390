// SPDX-License-Identifier: GPL-2.0-or-later
// The arguments of the compiler proper (clang -cc1) and of the linker, written out once: running the driver for every
// unit would cost another instance of LLVM. They are what the driver prints (-###) for the kernel's own flags.
import { GENERATED, MACHINE } from './vfs.ts';

/** How one unit is to be compiled. */
export interface UnitOptions {
  /** trace-pc-guard calls at every basic block. */
  instrument: boolean;
  /** -O level. */
  optimise: 0 | 1 | 2;
  /** Compile with the precompiled header. */
  pch: boolean;
  /** Extra macros, "NAME" or "NAME=VALUE". */
  defines: string[];
  /** A unit of our machine: may include files of the tree by their path from its root. */
  machine: boolean;
  /** For struct layouts only; default: 64. */
  bits?: 32;
}

/**
 * wasm64 is LP64 like x86-64, so that every record layout is the same. The kernel's own -f flags; no frame of the
 * machine's hardware beyond WebAssembly's baseline of 2022.
 */
const TARGET = [
  ...['-triple', 'wasm64', '-target-cpu', 'generic'],
  ...['bulk-memory', 'bulk-memory-opt', 'mutable-globals', 'sign-ext', 'nontrapping-fptoint', 'extended-const'].flatMap(
    (feature) => ['-target-feature', `+${feature}`],
  ),
  ...['reference-types', 'exception-handling', 'multivalue'].flatMap((f) => ['-target-feature', `-${f}`]),
  ...['-mrelocation-model', 'static', '-mframe-pointer=none', '-ffp-contract=on', '-fno-rounding-math'],
];

const LANGUAGE = [
  ...['-std=gnu11', '-ffreestanding', '-nostdsysteminc', '-nobuiltininc', '-fgnuc-version=4.2.1', '-fms-extensions'],
  ...['-relaxed-aliasing', '-fwrapv', '-fno-delete-null-pointer-checks', '-fno-signed-char'],
  ...['-fwchar-type=short', '-fno-signed-wchar', '-fvisibility=hidden'],
];

/** Line tables only: enough for file, line and inlined calls, and a tenth of full debug information. */
const DEBUG = [
  ...[
    '-debug-info-kind=line-tables-only',
    '-gno-column-info',
    '-dwarf-version=4',
    '-debugger-tuning=gdb',
    '-disable-llvm-verifier',
  ],
  ...['-fdebug-compilation-dir=.', '-disable-free', '-clear-ast-before-backend'],
];

/**
 * The kernel's default warnings (scripts/Makefile.extrawarn), less those that say something about our own architecture
 * rather than about the code under review: -Wmissing-* and -Wextra are left out as the headers of an unfinished
 * architecture trip them.
 */
const WARNINGS = [
  ...['all', 'undef', 'vla', 'enum-conversion', 'implicit-fallthrough'],
  ...['error=implicit-function-declaration', 'error=implicit-int', 'error=return-type', 'error=strict-prototypes'],
  ...['error=incompatible-pointer-types', 'error=date-time'],
  ...[
    'no-format-security',
    'no-trigraphs',
    'no-frame-address',
    'no-address-of-packed-member',
    'no-pointer-sign',
    'no-gnu',
  ],
  ...['no-unused-but-set-variable', 'no-unused-const-variable', 'no-initializer-overrides'],
  ...['no-tautological-constant-out-of-range-compare', 'no-sign-compare', 'no-default-const-init-unsafe'],
  ...['no-array-bounds', 'no-microsoft-anon-tag', 'no-unterminated-string-initialization', 'no-enum-enum-conversion'],
].map((name) => `-W${name}`);

/** Messages without source snippets: a report quotes source only from files that the patch touches. */
const MESSAGES = ['-fno-caret-diagnostics', '-ferror-limit', '20', '-fmessage-length=0'];

/** The order of the kernel's LINUXINCLUDE: architecture, generated, include, then the same of uapi. */
const INCLUDES = [
  `${MACHINE}/arch`,
  `${GENERATED}/arch`,
  'include',
  `${GENERATED}/include`,
  `${MACHINE}/arch/uapi`,
  `${GENERATED}/arch/uapi`,
  'include/uapi',
  `${GENERATED}/include/generated/uapi`,
  `${MACHINE}/include`,
].flatMap((folder) => ['-I', folder]);

/**
 * __DISABLE_EXPORTS takes the assembly out of EXPORT_SYMBOL. The module names are equal for all units, so that one
 * precompiled header suits them all; they only appear in log texts.
 */
const DEFINES = [
  ...['__KERNEL__', '__DISABLE_EXPORTS', '__linux__', '__KBUILD_MODNAME=kmod_kernel'],
  ...['KBUILD_BASENAME="kernel"', 'KBUILD_MODNAME="kernel"', 'KBUILD_MODFILE="kernel"'],
].map((define) => `-D${define}`);

const FORCED = [
  'include/linux/compiler-version.h',
  'include/linux/kconfig.h',
  'include/linux/compiler_types.h',
  `${MACHINE}/include/force.h`,
].flatMap((file) => ['-include', file]);

/** An edge counter's call at every basic block, none pruned: the machine's fuel, coverage and pre-emption points. */
const COVERAGE = ['-fsanitize-coverage-type=3', '-fsanitize-coverage-trace-pc-guard', '-fsanitize-coverage-no-prune'];

/** ILP32, with its own headers before the others. */
const NARROW = ['-triple', 'wasm32', '-I', `${MACHINE}/arch32`];

/** Everything but the action and the names of input and output. */
export function commonArguments(options: UnitOptions): string[] {
  return [
    ...TARGET,
    ...LANGUAGE,
    ...DEBUG,
    ...WARNINGS,
    ...MESSAGES,
    `-O${options.optimise}`,
    ...(options.instrument ? COVERAGE : []),
    ...(options.machine ? ['-iquote', '.'] : []),
    ...(options.bits === 32 ? NARROW : []),
    ...INCLUDES,
    ...DEFINES,
    ...options.defines.map((define) => `-D${define}`),
    ...FORCED,
  ];
}

/** Compiles a unit to an object. unchecked: the header was precompiled with other options. */
export function compileArguments(
  unit: string,
  options: UnitOptions,
  output: string,
  pch?: string,
  unchecked = false,
): string[] {
  return [
    ...['clang', '-cc1', '-emit-obj', ...commonArguments(options)],
    ...(pch === undefined ? [] : ['-include-pch', pch]),
    ...(unchecked ? ['-fno-validate-pch'] : []),
    ...['-o', output, '-x', 'c', unit],
  ];
}

/** Makes a precompiled header. */
export function pchArguments(header: string, options: UnitOptions, output: string): string[] {
  return [
    ...['clang', '-cc1', '-emit-pch', ...commonArguments(options)],
    ...['-fno-pch-timestamp', '-o', output, '-x', 'c-header', header],
  ];
}

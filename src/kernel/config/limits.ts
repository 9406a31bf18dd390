// SPDX-License-Identifier: GPL-2.0-or-later
// Every bound of the configuration room, in one place. A patch may contain any Kconfig, header or Makefile text.

/** Files that one Kconfig read may open, sourced ones included. mm/ has 3; the whole kernel about 1,700. */
export const KCONFIG_FILES_MAX = 200;
/** Nesting of `source`. The kernel's own deepest chain is 8. */
export const KCONFIG_SOURCE_DEPTH_MAX = 20;
/** Bytes of one file that we read as text. include/linux/mm.h has 0.17 MB, arch/x86/Kconfig 0.1 MB. */
export const FILE_BYTES_MAX = 4 * 1024 * 1024;
/** Characters of one logical line after joining continuations and expanding macros. */
export const KCONFIG_LINE_CHARS_MAX = 64 * 1024;
/** Nesting of macro references and of parentheses in expressions. */
export const KCONFIG_NESTING_MAX = 64;
/** Symbols of one evaluation. mm/ has about 250, the whole kernel about 20,000. */
export const KCONFIG_SYMBOLS_MAX = 50_000;
/** Entries (definitions, menus, choices, comments) of one read. The whole kernel has about 19,000. */
export const KCONFIG_ENTRIES_MAX = 50_000;
/** Bytes of all Kconfig files of one read. The whole kernel's come to 7 MB. */
export const KCONFIG_BYTES_MAX = 16 * 1024 * 1024;
/** Conditions around one entry: every `depends on` and `if` of the menus it stands in. The kernel's most is 14. */
export const KCONFIG_CONDITIONS_MAX = 200;
/** Parts of expressions looked at in one evaluation: the whole kernel takes about 550,000. */
export const KCONFIG_WORK_MAX = 20_000_000;
/** Macro expansions of one read; ends mutual growth by `+=`. */
export const KCONFIG_EXPANSIONS_MAX = 50_000;
/** Rounds in which a symbol may change before evaluation gives up: kconfig itself calls that a recursive dependency. */
export const KCONFIG_ROUNDS_MAX = 100;
/** Characters of a string value. */
export const KCONFIG_VALUE_CHARS_MAX = 4096;
/** Nesting of lists in a Makefile. */
export const MAKEFILE_DEPTH_MAX = 20;
/** Words that one Makefile's lists may come to. lib/Makefile has about 400. */
export const MAKEFILE_WORDS_MAX = 20_000;
/** Makefiles read for one answer. mm/ and lib/ have about 60. */
export const MAKEFILE_FOLDERS_MAX = 500;

/** Answers of feature probes that are kept: some hundred a tree; a service reviews many. */
export const ANSWERS_MAX = 20_000;

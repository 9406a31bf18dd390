/* SPDX-License-Identifier: GPL-2.0-only */
/* BUG and WARN report to the machine with their place; a BUG does not return. */
#ifndef _RMAPBOT_ASM_BUG_H
#define _RMAPBOT_ASM_BUG_H
#include <linux/compiler.h>
#ifndef __ASSEMBLY__
_Noreturn void sim_bug(const char *file, int line, const char *function);
void sim_warn(const char *file, int line, const char *function);
#define HAVE_ARCH_BUG
#define BUG() sim_bug(__FILE__, __LINE__, __func__)
/* One argument (flags) on older trees, two (condition text, flags) on newer ones. */
#define __WARN_FLAGS(...) sim_warn(__FILE__, __LINE__, __func__)
#endif
#include <asm-generic/bug.h>
#endif

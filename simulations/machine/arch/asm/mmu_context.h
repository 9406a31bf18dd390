/* SPDX-License-Identifier: GPL-2.0-only */
/* Switching address spaces costs nothing and does nothing here. */
#ifndef _RMAPBOT_ASM_MMU_CONTEXT_H
#define _RMAPBOT_ASM_MMU_CONTEXT_H
struct mm_struct;
struct task_struct;
static inline void switch_mm(struct mm_struct *prev, struct mm_struct *next, struct task_struct *tsk) { }
#include <asm-generic/mmu_context.h>
#include <asm-generic/mm_hooks.h>
#endif

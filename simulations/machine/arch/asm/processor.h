/* SPDX-License-Identifier: GPL-2.0-only */
/* 47 bits of user address space; no registers worth the name. */
#ifndef _RMAPBOT_ASM_PROCESSOR_H
#define _RMAPBOT_ASM_PROCESSOR_H
#include <linux/const.h>
#include <asm/ptrace.h>
#include <asm/page.h>
#define TASK_SIZE_MAX ((_AC(1, UL) << 47) - PAGE_SIZE)
#define TASK_SIZE TASK_SIZE_MAX
#define TASK_SIZE_OF(task) TASK_SIZE
#define STACK_TOP TASK_SIZE
#define STACK_TOP_MAX TASK_SIZE
#define TASK_UNMAPPED_BASE PAGE_ALIGN(TASK_SIZE / 3)
#ifndef __ASSEMBLY__
struct thread_struct { unsigned long sp; };
#define INIT_THREAD { }
/* Whoever spins lets the other simulated threads run. */
void sim_relax(void);
#define cpu_relax() sim_relax()
#define KSTK_EIP(task) (0UL)
#define KSTK_ESP(task) (0UL)
struct task_struct;
static inline void start_thread(struct pt_regs *regs, unsigned long pc, unsigned long sp) { }
unsigned long __get_wchan(struct task_struct *task);
#define task_pt_regs(task) ((struct pt_regs *)0)
#endif
#endif

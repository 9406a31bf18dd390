/* SPDX-License-Identifier: GPL-2.0-only */
/* Registers of a simulated user: where it was, and that it was in user mode. */
#ifndef _RMAPBOT_ASM_PTRACE_H
#define _RMAPBOT_ASM_PTRACE_H
#include <uapi/asm/ptrace.h>
#ifndef __ASSEMBLY__
#define user_mode(regs) ((regs)->user)
#define instruction_pointer(regs) ((regs)->ip)
#define user_stack_pointer(regs) ((regs)->sp)
#define kernel_stack_pointer(regs) ((regs)->sp)
#define profile_pc(regs) instruction_pointer(regs)
#define current_pt_regs() ((struct pt_regs *)0)
static inline unsigned long regs_return_value(struct pt_regs *regs) { return regs->ax; }
static inline void instruction_pointer_set(struct pt_regs *regs, unsigned long value) { regs->ip = value; }
static inline int regs_irqs_disabled(struct pt_regs *regs) { return 0; }
#endif
#endif

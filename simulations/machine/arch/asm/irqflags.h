/* SPDX-License-Identifier: GPL-2.0-only */
/* One flag word stands for the interrupt state of the running CPU. */
#ifndef _RMAPBOT_ASM_IRQFLAGS_H
#define _RMAPBOT_ASM_IRQFLAGS_H
#ifndef __ASSEMBLY__
extern unsigned long sim_irqflags;
#define ARCH_IRQ_DISABLED 0
#define ARCH_IRQ_ENABLED 1
static inline unsigned long arch_local_save_flags(void) { return sim_irqflags; }
#define arch_local_save_flags arch_local_save_flags
static inline void arch_local_irq_restore(unsigned long flags) { sim_irqflags = flags; }
#define arch_local_irq_restore arch_local_irq_restore
#endif
#include <asm-generic/irqflags.h>
#endif

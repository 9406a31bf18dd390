/* SPDX-License-Identifier: GPL-2.0-only */
/* User probes are configured, as in a distribution, but nobody ever sets one. */
#ifndef _RMAPBOT_ASM_UPROBES_H
#define _RMAPBOT_ASM_UPROBES_H
#include <linux/types.h>
typedef u8 uprobe_opcode_t;
#define MAX_UINSN_BYTES 16
#define UPROBE_SWBP_INSN 0xcc
#define UPROBE_SWBP_INSN_SIZE 1
#define UPROBE_XOL_SLOT_BYTES 128
struct arch_uprobe {
	u8 insn[MAX_UINSN_BYTES];
	u8 ixol[MAX_UINSN_BYTES];
};
struct arch_uprobe_task {
	unsigned long saved;
};
#endif

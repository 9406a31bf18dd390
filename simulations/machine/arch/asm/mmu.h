/* SPDX-License-Identifier: GPL-2.0-only */
/* The architecture's part of an mm. x86-64 keeps 144 bytes here (LDT, PCID, protection keys, ...); ours are unused. */
#ifndef _RMAPBOT_ASM_MMU_H
#define _RMAPBOT_ASM_MMU_H
typedef struct {
	unsigned long ctx_id;
	void *vdso;
	unsigned long unused_x86_state[16];
} mm_context_t;
#define INIT_MM_CONTEXT(mm)
#endif

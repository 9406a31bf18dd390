/* SPDX-License-Identifier: GPL-2.0-only */
/* Deferred flushes are counted. */
#ifndef _RMAPBOT_ASM_TLBBATCH_H
#define _RMAPBOT_ASM_TLBBATCH_H
struct arch_tlbflush_unmap_batch { unsigned long pending; };
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Section geometry of x86-64. */
#ifndef _RMAPBOT_ASM_SPARSEMEM_H
#define _RMAPBOT_ASM_SPARSEMEM_H
#define SECTION_SIZE_BITS 27
#define MAX_PHYSMEM_BITS 46
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* No huge vmalloc. */
#ifndef _RMAPBOT_ASM_VMALLOC_H
#define _RMAPBOT_ASM_VMALLOC_H

#endif

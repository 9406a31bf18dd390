/* SPDX-License-Identifier: GPL-2.0-only */
/* 64-byte cache lines, as on x86-64. */
#ifndef _RMAPBOT_ASM_CACHE_H
#define _RMAPBOT_ASM_CACHE_H
#define L1_CACHE_SHIFT 6
#define L1_CACHE_BYTES (1 << L1_CACHE_SHIFT)
#endif

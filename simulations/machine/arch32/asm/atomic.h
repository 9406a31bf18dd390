/* SPDX-License-Identifier: GPL-2.0-only */
/* 64-bit atomics are the kernel's own fallback (GENERIC_ATOMIC64): a pair of words under a lock. */
#ifndef _RMAPBOT_ARCH32_ATOMIC_H
#define _RMAPBOT_ARCH32_ATOMIC_H
#include <asm-generic/atomic.h>
#endif

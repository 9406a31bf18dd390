/* SPDX-License-Identifier: GPL-2.0-only */
/* Sizes as on x86-64: 4 bytes a spinlock, 8 a reader-writer lock. */
#ifndef _RMAPBOT_ASM_SPINLOCK_TYPES_H
#define _RMAPBOT_ASM_SPINLOCK_TYPES_H
typedef struct { volatile unsigned int slock; } arch_spinlock_t;
#define __ARCH_SPIN_LOCK_UNLOCKED { 0 }
typedef struct { volatile int lock; volatile int wait; } arch_rwlock_t;
#define __ARCH_RW_LOCK_UNLOCKED { 0 }
#endif

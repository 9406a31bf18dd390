/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory operations are ours (memory_ops.c). */
#ifndef _RMAPBOT_ASM_STRING_H
#define _RMAPBOT_ASM_STRING_H
#define __HAVE_ARCH_MEMSET
#define __HAVE_ARCH_MEMCPY
#define __HAVE_ARCH_MEMMOVE
#define __HAVE_ARCH_MEMCMP
extern void *memset(void *, int, __kernel_size_t);
extern void *memcpy(void *, const void *, __kernel_size_t);
extern void *memmove(void *, const void *, __kernel_size_t);
extern int memcmp(const void *, const void *, __kernel_size_t);
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Per-CPU variables lie in a section of their own: each simulated thread is a CPU and has its copy while it runs. */
#ifndef _RMAPBOT_ASM_PERCPU_H
#define _RMAPBOT_ASM_PERCPU_H
#define PER_CPU_BASE_SECTION "simpercpu"
#include <asm-generic/percpu.h>
#endif

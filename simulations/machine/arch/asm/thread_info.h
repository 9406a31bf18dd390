/* SPDX-License-Identifier: GPL-2.0-only */
/* thread_info inside the task, as on x86-64. */
#ifndef _RMAPBOT_ASM_THREAD_INFO_H
#define _RMAPBOT_ASM_THREAD_INFO_H
#include <asm/page.h>
#define THREAD_SIZE_ORDER 2
#define THREAD_SIZE (PAGE_SIZE << THREAD_SIZE_ORDER)
#ifndef __ASSEMBLY__
struct thread_info {
	unsigned long flags;
	unsigned long syscall_work;
	u32 status;
	u32 cpu;
	int preempt_count;
};
#define INIT_THREAD_INFO(task) { .flags = 0, .preempt_count = INIT_PREEMPT_COUNT }
#endif
#define TIF_NOTIFY_RESUME 1
#define TIF_SIGPENDING 2
#define TIF_NEED_RESCHED 3
#define TIF_NOTIFY_SIGNAL 4
#define TIF_SYSCALL_TRACE 5
#define TIF_MEMDIE 20
#define TIF_POLLING_NRFLAG 21
#define _TIF_NOTIFY_RESUME (1 << TIF_NOTIFY_RESUME)
#define _TIF_SIGPENDING (1 << TIF_SIGPENDING)
#define _TIF_NEED_RESCHED (1 << TIF_NEED_RESCHED)
#define _TIF_NOTIFY_SIGNAL (1 << TIF_NOTIFY_SIGNAL)
#define _TIF_SYSCALL_TRACE (1 << TIF_SYSCALL_TRACE)
#endif

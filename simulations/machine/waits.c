// SPDX-License-Identifier: GPL-2.0-only
/* Wait queues and the scheduler. One thread runs to the end of its step, so whoever would sleep would sleep for ever. */
#include <linux/wait.h>
#include <linux/wait_bit.h>
#include <linux/swait.h>
#include <linux/sched.h>
#include <linux/rcuwait.h>
#include <linux/kthread.h>
#include "sim.h"

void __init_waitqueue_head(struct wait_queue_head *head, const char *name, struct lock_class_key *key)
{
	spin_lock_init(&head->lock);
	INIT_LIST_HEAD(&head->head);
}
void __init_swait_queue_head(struct swait_queue_head *head, const char *name, struct lock_class_key *key)
{
	raw_spin_lock_init(&head->lock);
	INIT_LIST_HEAD(&head->task_list);
}
static wait_queue_head_t bit_queue;
wait_queue_head_t *__var_waitqueue(void *p) { return &bit_queue; }

void finish_wait(struct wait_queue_head *head, struct wait_queue_entry *entry)
{
	__set_current_state(TASK_RUNNING);
	if (!list_empty(&entry->entry))
		list_del_init(&entry->entry);
}

/* Nobody sleeps, so there is nobody to wake. */
int __wake_up(struct wait_queue_head *head, unsigned int mode, int exclusive, void *key) { return 0; }
void __wake_up_locked_key(struct wait_queue_head *head, unsigned int mode, void *key) { }
void __wake_up_locked_key_bookmark(struct wait_queue_head *head, unsigned int mode, void *key, wait_queue_entry_t *at) { }
void wake_up_var(void *var) { }
int rcuwait_wake_up(struct rcuwait *w) { return 0; }
void finish_rcuwait(struct rcuwait *w) { }
int __cond_resched(void) { return 0; }

static void asleep(void) { sim_host_stuck(NULL, "sleeps, and nothing would wake it"); }
void schedule(void) { asleep(); }
void io_schedule(void) { asleep(); }
/* Threads of the kernel run as steps and are never told to stop. */
bool kthread_should_stop(void) { return false; }

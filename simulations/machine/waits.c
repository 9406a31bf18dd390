// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wait queues and the scheduler. Outside of concurrent steps one thread runs to the end of its step, so whoever would
 * sleep would sleep for ever; a simulated thread sleeps until somebody wakes its task.
 */
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

/* Wakes a task that sleeps in one of these states. */
int wake_up_state(struct task_struct *task, unsigned int state)
{
	if (!(READ_ONCE(task->__state) & state))
		return 0;
	WRITE_ONCE(task->__state, TASK_RUNNING);
	if (sim_threads)
		sim_awake(task);
	return 1;
}
int wake_up_process(struct task_struct *task) { return wake_up_state(task, TASK_NORMAL); }

int default_wake_function(struct wait_queue_entry *entry, unsigned int mode, int flags, void *key)
{
	return wake_up_state(entry->private, mode);
}
int autoremove_wake_function(struct wait_queue_entry *entry, unsigned int mode, int flags, void *key)
{
	int woken = default_wake_function(entry, mode, flags, key);

	if (woken)
		list_del_init(&entry->entry);
	return woken;
}
void init_wait_entry(struct wait_queue_entry *entry, int flags)
{
	entry->flags = flags;
	entry->private = current;
	entry->func = autoremove_wake_function;
	INIT_LIST_HEAD(&entry->entry);
}

void add_wait_queue(struct wait_queue_head *head, struct wait_queue_entry *entry)
{
	entry->flags &= ~WQ_FLAG_EXCLUSIVE;
	spin_lock(&head->lock);
	list_add(&entry->entry, &head->head);
	spin_unlock(&head->lock);
}
void remove_wait_queue(struct wait_queue_head *head, struct wait_queue_entry *entry)
{
	spin_lock(&head->lock);
	list_del(&entry->entry);
	spin_unlock(&head->lock);
}
static void prepare_to(struct wait_queue_head *head, struct wait_queue_entry *entry, int state, bool exclusive)
{
	if (exclusive)
		entry->flags |= WQ_FLAG_EXCLUSIVE;
	else
		entry->flags &= ~WQ_FLAG_EXCLUSIVE;
	spin_lock(&head->lock);
	if (list_empty(&entry->entry)) {
		if (exclusive)
			list_add_tail(&entry->entry, &head->head);
		else
			list_add(&entry->entry, &head->head);
	}
	set_current_state(state);
	spin_unlock(&head->lock);
}
void prepare_to_wait(struct wait_queue_head *head, struct wait_queue_entry *entry, int state)
{
	prepare_to(head, entry, state, false);
}
long prepare_to_wait_event(struct wait_queue_head *head, struct wait_queue_entry *entry, int state)
{
	prepare_to(head, entry, state, entry->flags & WQ_FLAG_EXCLUSIVE);
	return 0;
}
void finish_wait(struct wait_queue_head *head, struct wait_queue_entry *entry)
{
	__set_current_state(TASK_RUNNING);
	if (!list_empty_careful(&entry->entry)) {
		spin_lock(&head->lock);
		list_del_init(&entry->entry);
		spin_unlock(&head->lock);
	}
}

/* kernel/sched/wait.c __wake_up_common(): every waiter, exclusive ones up to a number; its lock is held. */
static int wake_locked(struct wait_queue_head *head, unsigned int mode, int exclusive, void *key)
{
	struct wait_queue_entry *entry, *next;

	list_for_each_entry_safe(entry, next, &head->head, entry) {
		unsigned int flags = entry->flags;
		int woken = entry->func(entry, mode, 0, key);

		if (woken < 0)
			break;
		if (woken && flags & WQ_FLAG_EXCLUSIVE && !--exclusive)
			break;
	}
	return exclusive;
}
/* Nobody sleeps outside of concurrent steps, so there is nobody to wake. */
int __wake_up(struct wait_queue_head *head, unsigned int mode, int exclusive, void *key)
{
	if (!sim_threads)
		return 0;
	spin_lock(&head->lock);
	exclusive = wake_locked(head, mode, exclusive, key);
	spin_unlock(&head->lock);
	return 0;
}
void __wake_up_locked_key(struct wait_queue_head *head, unsigned int mode, void *key)
{
	if (sim_threads)
		wake_locked(head, mode, 1, key);
}
void __wake_up_locked_key_bookmark(struct wait_queue_head *head, unsigned int mode, void *key, wait_queue_entry_t *at)
{
	__wake_up_locked_key(head, mode, key);
}
void wake_up_var(void *var)
{
	if (sim_threads)
		__wake_up(&bit_queue, TASK_NORMAL, 0, var);
}
int rcuwait_wake_up(struct rcuwait *w)
{
	struct task_struct *task = sim_threads ? READ_ONCE(w->task) : NULL;

	return task ? wake_up_process(task) : 0;
}
void finish_rcuwait(struct rcuwait *w)
{
	WRITE_ONCE(w->task, NULL);
	__set_current_state(TASK_RUNNING);
}
int __cond_resched(void)
{
	sim_point(SIM_POINT_SCHED, NULL);
	return 0;
}

static void asleep(void)
{
	if (!sim_threads)
		sim_host_stuck(NULL, "sleeps, and nothing would wake it");
	while (READ_ONCE(current->__state) != TASK_RUNNING)
		sim_block(current);
}
void schedule(void) { asleep(); }
void io_schedule(void) { asleep(); }
/* Threads of the kernel run as steps and are never told to stop. */
bool kthread_should_stop(void) { return false; }
/* Time does not pass: others run, and the time is over. */
static long timeout_over(void)
{
	if (!sim_threads)
		sim_host_stuck(NULL, "sleeps, and nothing would wake it");
	__set_current_state(TASK_RUNNING);
	sim_others_run();
	return 0;
}
long schedule_timeout(long timeout) { return timeout_over(); }
long schedule_timeout_idle(long timeout) { return timeout_over(); }
long schedule_timeout_killable(long timeout) { return timeout_over(); }
long schedule_timeout_uninterruptible(long timeout) { return timeout_over(); }
long io_schedule_timeout(long timeout) { return timeout_over(); }

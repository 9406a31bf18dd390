// SPDX-License-Identifier: GPL-2.0-only
/*
 * RCU: callbacks wait until the host ends a grace period, or somebody waits for one. Grace periods end as late as allowed:
 * whoever waits for one lets the other threads run until none is inside a read section.
 */
#include <linux/rcupdate.h>
#include <linux/rcupdate_wait.h>
#include <linux/srcu.h>
#include <linux/slab.h>
#include "sim.h"

static struct rcu_head *first, **last = &first;
static unsigned long waiting;
/* kvfree_rcu(): the object itself, no callback. Kept in pages of pointers. */
struct batch {
	struct batch *next;
	unsigned long n;
	void *objects[510];
};
static struct batch *batches;

void call_rcu(struct rcu_head *head, rcu_callback_t func)
{
	sim_check_range(head, sizeof(*head), 1);
	sim_slab_pending(head);
	head->func = func;
	head->next = NULL;
	*last = head;
	last = (struct rcu_head **)&head->next;
	waiting++;
}

#ifdef KF_KVFREE_RCU_HEAD
void kvfree_call_rcu(struct kvfree_rcu_head *head, void *object)
#elif defined(KF_KVFREE_RCU_OBJECT)
void kvfree_call_rcu(struct rcu_head *head, void *object)
#else
/* Where there is a head the callback is its offset in the object, else the object itself. */
void kvfree_call_rcu(struct rcu_head *head, rcu_callback_t func)
#endif
{
#if !defined(KF_KVFREE_RCU_HEAD) && !defined(KF_KVFREE_RCU_OBJECT)
	void *object = head ? (void *)head - (unsigned long)func : (void *)func;
#endif
	struct batch *b = batches;

	if (!b || b->n == ARRAY_SIZE(b->objects)) {
		b = sim_backed_pages(0);
		b->next = batches;
		batches = b;
	}
	sim_slab_pending(object);
	b->objects[b->n++] = object;
	waiting++;
}

/* All readers have left: runs every callback, and those that they queue. */
void sim_grace_period(void)
{
	sim_slab_grace_period();
	while (first || batches) {
		struct rcu_head *head = first;
		struct batch *b = batches;

		first = NULL;
		last = &first;
		batches = NULL;
		waiting = 0;
		while (head) {
			struct rcu_head *next = head->next;

			head->func(head);
			head = next;
		}
		for (; b; b = b->next)
			for (unsigned long i = 0; i < b->n; i++)
				kvfree(b->objects[i]);
	}
}
unsigned long sim_rcu_waiting(void) { return waiting; }

static void wait_for_readers(void)
{
	while (sim_threads && sim_rcu_readers())
		if (!sim_others_run())
			sim_host_stuck(NULL, "waits for a grace period that cannot end");
	sim_grace_period();
}
void synchronize_rcu(void) { wait_for_readers(); }
void synchronize_rcu_expedited(void) { wait_for_readers(); }
void rcu_barrier(void) { wait_for_readers(); }

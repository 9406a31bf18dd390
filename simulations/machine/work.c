// SPDX-License-Identifier: GPL-2.0-only
/*
 * Work queues and shrinkers: policy of ours. Work waits until somebody flushes it or the machine becomes quiet; shrinkers
 * run when a scenario asks for it or the machine becomes quiet.
 */
#include <linux/mm.h>
#include <linux/workqueue.h>
#include <linux/shrinker.h>
#include <linux/slab.h>
#include "sim.h"

#define WORKS_MAX 64
#define SHRINKERS_MAX 8

extern struct workqueue_struct *mm_percpu_wq;
static struct work_struct *works[WORKS_MAX];
static unsigned int work_count;
static struct shrinker *shrinkers[SHRINKERS_MAX];
static unsigned int shrinker_count;
static unsigned long queue_of_mm[64];

void sim_work_init(void) { mm_percpu_wq = (struct workqueue_struct *)queue_of_mm; }

bool queue_work_on(int cpu, struct workqueue_struct *queue, struct work_struct *work)
{
	for (unsigned int i = 0; i < work_count; i++)
		if (works[i] == work)
			return false;
	if (work_count == WORKS_MAX)
		sim_host_exhausted("queued work");
	works[work_count++] = work;
	return true;
}

/* Runs what is queued, in the order of queueing, until nothing is. */
void sim_work_run(void)
{
	while (work_count) {
		struct work_struct *work = works[0];

		work_count--;
		for (unsigned int i = 0; i < work_count; i++)
			works[i] = works[i + 1];
		work->func(work);
	}
}

/* There is one worker: everything queued before runs too. */
bool flush_work(struct work_struct *work)
{
	bool queued = false;

	for (unsigned int i = 0; i < work_count; i++)
		queued |= works[i] == work;
	if (queued)
		sim_work_run();
	return queued;
}

/* Makes a shrinker known to sim_shrink(); where mm/vmscan.c itself registers shrinkers, wrappers call it. */
void sim_add_shrinker(struct shrinker *shrinker)
{
	if (shrinker_count == SHRINKERS_MAX)
		sim_host_exhausted("shrinkers");
	shrinkers[shrinker_count++] = shrinker;
}
#ifdef KF_SHRINKER_ALLOC
struct shrinker *shrinker_alloc(unsigned int flags, const char *name, ...)
{
	struct shrinker *shrinker = kzalloc(sizeof(*shrinker), GFP_KERNEL);

	if (shrinker) {
		shrinker->flags = flags;
		shrinker->seeks = DEFAULT_SEEKS;
	}
	return shrinker;
}
void shrinker_free(struct shrinker *shrinker) { kfree(shrinker); }
void shrinker_register(struct shrinker *shrinker) { sim_add_shrinker(shrinker); }
#endif

/* shrink_slab() under the hardest pressure: every object that a shrinker counts is scanned once. */
void sim_shrink(void)
{
	for (unsigned int i = 0; i < shrinker_count; i++) {
		struct shrink_control control = { .gfp_mask = GFP_KERNEL };
		unsigned long count = shrinkers[i]->count_objects(shrinkers[i], &control);

		if (!count || count == SHRINK_EMPTY)
			continue;
		control.nr_to_scan = control.nr_scanned = count;
		shrinkers[i]->scan_objects(shrinkers[i], &control);
	}
}

// SPDX-License-Identifier: GPL-2.0-only
/* The locks held now, the log of acquisitions and releases, and the profile: by class and mode how often, how long. */
#include <linux/sched.h>
#include <linux/mm_types.h>
#include <linux/mm.h>
#include "locks.h"

#define HELD_MAX 4096
struct sim_held sim_held_locks[HELD_MAX];
unsigned long sim_held_count;
unsigned long sim_lock_acquisitions;

/* Told at the numbers that the host asked for: it takes the stack. */
SIM_IMPORT("stack") void sim_host_stack(unsigned long number);
#define TRAPS_MAX 8
static unsigned long numbers, traps[TRAPS_MAX];
static unsigned int trap_count;

int sim_lock_trap(unsigned long number)
{
	if (trap_count == TRAPS_MAX)
		return 0;
	traps[trap_count++] = number;
	return 1;
}
unsigned long sim_lock_next(void) { return numbers + 1; }
unsigned long sim_lock_number(void)
{
	unsigned long number = ++numbers;

	for (unsigned int i = 0; i < trap_count; i++)
		if (traps[i] == number)
			sim_host_stack(number);
	return number;
}

/*
 * Every acquisition and release, oldest first, in a ring that exists once it was asked for; the host reads it between two
 * operations (or where a thread stops). Release events have the number of their own.
 */
#define EVENTS_MAX 8192
static struct sim_lock_event {
	unsigned long lock, number, fuel;
	/* mode; 0x100: released; 0x200: by trylock. */
	unsigned int what;
	int task;
} *events;
static unsigned long event_count;

void sim_lock_events(int on)
{
	if (on && !events)
		events = sim_backed_pages(get_order(EVENTS_MAX * sizeof(*events)));
	if (!on)
		events = NULL;
	event_count = 0;
}
void *sim_lock_event_ring(void) { return events; }
unsigned long sim_lock_event_max(void) { return EVENTS_MAX; }
/* How many there were since it was switched on: the last EVENTS_MAX of them are in the ring, number n at n % EVENTS_MAX. */
unsigned long sim_lock_event_count(void) { return event_count; }

static void record(void *lock, unsigned int what, unsigned long number)
{
	if (events)
		events[event_count++ % EVENTS_MAX] =
			(struct sim_lock_event){ (unsigned long)lock, number, sim_fuel, what, current->pid };
}

/*
 * The profile, kept while it is asked for: by class and mode how often taken, blocks executed while held, most in one
 * holding, nodes of interval trees touched while held. A class is the kind of memory that holds the lock and the lock's
 * offset in it.
 */
#define CLASSES_MAX 256
static struct lock_class_use {
	unsigned long class, mode, taken, blocks, longest, nodes;
} classes[CLASSES_MAX];
static unsigned long class_count;
static bool profiling;

/* Starts afresh, or ends. */
void sim_lock_profile(int on)
{
	profiling = on;
	class_count = 0;
}

/* Slab cache's number from 1 on, or 0xffff for struct page, or 0 for static memory; then the offset. */
static unsigned long class_of(void *lock)
{
	unsigned long start = sim_object_at(lock), address = (unsigned long)lock;

	if (start)
		return (sim_object_state((void *)start) >> 2) << 16 | (address - start);
	if (address >= sim_vmemmap && address < sim_vmemmap + SIM_LAST_PFN * sizeof(struct page))
		return 0xffffUL << 16 | (address - sim_vmemmap) % sizeof(struct page);
	return 0;
}

static void note(const struct sim_held *h)
{
	unsigned long class = class_of(h->lock), blocks = h->fuel - sim_fuel, i;

	for (i = 0; i < class_count; i++)
		if (classes[i].class == class && classes[i].mode == h->mode)
			break;
	if (i == CLASSES_MAX)
		sim_host_exhausted("classes of locks");
	if (i == class_count)
		classes[class_count++] = (struct lock_class_use){ class, h->mode };
	classes[i].taken++;
	classes[i].blocks += blocks;
	classes[i].nodes += sim_tree_nodes - h->nodes;
	if (blocks > classes[i].longest)
		classes[i].longest = blocks;
}

/* Six words a row: class, mode, taken, blocks, longest, nodes. Returns the number of words. */
unsigned long sim_lock_uses(unsigned long *out, unsigned long max)
{
	unsigned long n = 0;

	for (; n < class_count && (n + 1) * 6 <= max; n++) {
		*out++ = classes[n].class;
		*out++ = classes[n].mode;
		*out++ = classes[n].taken;
		*out++ = classes[n].blocks;
		*out++ = classes[n].longest;
		*out++ = classes[n].nodes;
	}
	return n * 6;
}

unsigned long sim_held(void) { return sim_held_count; }
void *sim_held_lock(unsigned long i) { return sim_held_locks[i].lock; }
/* What lockdep calls it; NULL where there is none. */
const char *sim_held_name(unsigned long i)
{
#ifdef CONFIG_LOCKDEP
	return sim_held_locks[i].map ? sim_held_locks[i].map->name : NULL;
#else
	return NULL;
#endif
}
unsigned long sim_held_mode(unsigned long i) { return sim_held_locks[i].mode; }

void sim_took(void *lock, unsigned long mode, struct lockdep_map *map, unsigned int class)
{
	unsigned long number = sim_lock_number();

	sim_check_range(lock, sizeof(int), 1);
	sim_lock_acquisitions++;
	if (sim_held_count == HELD_MAX)
		sim_host_exhausted("locks held at once");
	sim_held_locks[sim_held_count++] = (struct sim_held){ lock, map, current, mode, sim_fuel, sim_tree_nodes, number, class };
	record(lock, mode, number);
#ifdef CONFIG_LOCKDEP
	current->lockdep_depth++;
#endif
}

/* The last holding of a lock in a mode, the running task's before another's; -1 for none. */
static long find_held(void *lock, unsigned long mode)
{
	long others = -1;

	for (unsigned long i = sim_held_count; i--;) {
		if (sim_held_locks[i].lock != lock || sim_held_locks[i].mode != mode)
			continue;
		if (sim_held_locks[i].owner == current)
			return i;
		if (others < 0)
			others = i;
	}
	return others;
}

void sim_dropped(void *lock, unsigned long mode)
{
	long i = find_held(lock, mode);

	sim_check_range(lock, sizeof(int), 1);
	if (i < 0)
		sim_host_stuck(lock, "released but not held");
	if (profiling && mode < HELD_MAP)
		note(&sim_held_locks[i]);
	if (sim_held_locks[i].owner != current && mode != HELD_READ)
		sim_lock_complain(RULE_OWNER, NULL, sim_held_locks[i].number);
	record(lock, mode | 0x100, sim_lock_number());
#ifdef CONFIG_LOCKDEP
	sim_held_locks[i].owner->lockdep_depth--;
#endif
	for (sim_held_count--; i < (long)sim_held_count; i++)
		sim_held_locks[i] = sim_held_locks[i + 1];
}

bool sim_holds_spinlock(const struct task_struct *task)
{
	for (unsigned long i = 0; i < sim_held_count; i++)
		if (sim_held_locks[i].owner == task && sim_held_locks[i].mode == HELD_SPIN)
			return true;
	return false;
}


/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the lock models share: the list of locks held, and the log that the host reads. Each acquisition, each release and
 * each complaint has a number, the same in every run of the same steps; a second run stops by at a number to take a stack.
 */
#ifndef RMAPBOT_LOCKS_H
#define RMAPBOT_LOCKS_H
#include <linux/lockdep.h>
#include "sim.h"

/* MAP: only its lockdep map is known (RCU, local locks, a VMA's own lock); MAP_READ: shared. */
enum sim_lock_mode { HELD_SPIN = 1, HELD_READ, HELD_WRITE, HELD_MUTEX, HELD_MAP, HELD_MAP_READ };

#ifdef CONFIG_DEBUG_LOCK_ALLOC
#define SIM_MAP(l) (&(l)->dep_map)
#else
#define SIM_MAP(l) ((struct lockdep_map *)NULL)
#endif

struct sim_held {
	void *lock;
	struct lockdep_map *map;
	struct task_struct *owner;
	unsigned long mode;
	/* Fuel left and tree nodes touched when it was taken: what was added since is the work done under it. */
	unsigned long fuel, nodes;
	unsigned long number;
	/* Its class in the order of acquisition; 0: not part of it. */
	unsigned int class;
};
extern struct sim_held sim_held_locks[];
extern unsigned long sim_held_count;

/* How a lock is asked for, in lockdep's terms: shared is 0, 1, or 2 where the same instance may be taken again. */
struct sim_take {
	int subclass, try, shared;
	struct lockdep_map *nest;
};

/* locks.c */
void sim_took(void *lock, unsigned long mode, struct lockdep_map *map, unsigned int class);
void sim_dropped(void *lock, unsigned long mode);
unsigned long sim_lock_number(void);
/* The number that the next acquisition gets, if nothing comes between. */
unsigned long sim_lock_next(void);

/* lockdep.c */
unsigned int sim_lock_order(struct lockdep_map *map, struct sim_take how);
enum sim_rule { RULE_SLEEP = 1, RULE_TREE_WRITE, RULE_TREE_READ, RULE_OWNER, RULE_MOVE };
void sim_lock_complain(enum sim_rule rule, const char *what, unsigned long earlier);
void sim_might_sleep(void);
void sim_moves_entries(void);
#endif

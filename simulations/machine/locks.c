// SPDX-License-Identifier: GPL-2.0-only
/*
 * Spinlocks, reader-writer semaphores and mutexes with the kernel's own layouts. Outside of concurrent steps a lock that
 * cannot be taken at once would never come free: that is told to the host as a deadlock; a simulated thread waits. Every
 * lock held is on a list, so that a step that returns with one is seen. In what order locks may be taken is lockdep.c's.
 */
#include <linux/spinlock.h>
#include <linux/rwsem.h>
#include <linux/mutex.h>
#include <linux/rwlock.h>
#include <linux/mm_types.h>
#include "locks.h"

/* Lockdep is asked before the lock is taken, so that an order that ends in a deadlock is known, too. */
#define ORDER(l, ...) sim_lock_order(SIM_MAP(l), (struct sim_take){ __VA_ARGS__ })
#define TOOK(l, mode, class) sim_took(l, mode, SIM_MAP(l), class)

/* Before a lock is asked for, and after it came free: other simulated threads may run. */
static void wanted(void *lock) { sim_point(SIM_POINT_LOCK, lock); }
static void came_free(void *lock)
{
	if (sim_threads) {
		sim_awake(lock);
		sim_point_slow(SIM_POINT_UNLOCK, lock);
	}
}

/* A lock that cannot be taken: a simulated thread waits for it and tries again. */
void sim_lock_stuck(void *lock)
{
	sim_check_range(lock, sizeof(int), 1);
	if (!sim_threads)
		sim_host_stuck(lock, "taken and never released");
	sim_block(lock);
}

/* Spinlocks. */
static void spin(raw_spinlock_t *lock, struct sim_take how)
{
	unsigned int class;

	wanted(&lock->raw_lock);
	class = sim_lock_order(SIM_MAP(lock), how);
	arch_spin_lock(&lock->raw_lock);
	TOOK(lock, HELD_SPIN, class);
}
static void unspin(raw_spinlock_t *lock)
{
	sim_dropped(lock, HELD_SPIN);
	arch_spin_unlock(&lock->raw_lock);
	came_free(&lock->raw_lock);
}
void _raw_spin_lock(raw_spinlock_t *lock) { spin(lock, (struct sim_take){ 0 }); }
void _raw_spin_lock_nested(raw_spinlock_t *lock, int subclass)
{
	spin(lock, (struct sim_take){ subclass });
	sim_moves_entries();
}
void _raw_spin_lock_nest_lock(raw_spinlock_t *lock, struct lockdep_map *nest) { spin(lock, (struct sim_take){ .nest = nest }); }
void _raw_spin_lock_bh(raw_spinlock_t *lock) { spin(lock, (struct sim_take){ 0 }); }
void _raw_spin_lock_irq(raw_spinlock_t *lock) { spin(lock, (struct sim_take){ 0 }); }
unsigned long _raw_spin_lock_irqsave(raw_spinlock_t *lock)
{
	spin(lock, (struct sim_take){ 0 });
	return sim_irqflags;
}
unsigned long _raw_spin_lock_irqsave_nested(raw_spinlock_t *lock, int subclass)
{
	spin(lock, (struct sim_take){ subclass });
	return sim_irqflags;
}
int _raw_spin_trylock(raw_spinlock_t *lock)
{
	wanted(&lock->raw_lock);
	if (!arch_spin_trylock(&lock->raw_lock))
		return 0;
	TOOK(lock, HELD_SPIN, ORDER(lock, .try = 1));
	return 1;
}
void _raw_spin_unlock(raw_spinlock_t *lock) { unspin(lock); }
void _raw_spin_unlock_bh(raw_spinlock_t *lock) { unspin(lock); }
void _raw_spin_unlock_irq(raw_spinlock_t *lock) { unspin(lock); }
void _raw_spin_unlock_irqrestore(raw_spinlock_t *lock, unsigned long flags) { unspin(lock); }

void _raw_read_lock(rwlock_t *lock)
{
	unsigned int class;

	wanted(&lock->raw_lock);
	class = ORDER(lock, .shared = 2);
	arch_read_lock(&lock->raw_lock);
	TOOK(lock, HELD_READ, class);
}
void _raw_read_unlock(rwlock_t *lock)
{
	sim_dropped(lock, HELD_READ);
	arch_read_unlock(&lock->raw_lock);
	came_free(&lock->raw_lock);
}
void _raw_write_lock(rwlock_t *lock)
{
	unsigned int class;

	wanted(&lock->raw_lock);
	class = ORDER(lock, 0);
	arch_write_lock(&lock->raw_lock);
	TOOK(lock, HELD_WRITE, class);
}
void _raw_write_unlock(rwlock_t *lock)
{
	sim_dropped(lock, HELD_WRITE);
	arch_write_unlock(&lock->raw_lock);
	came_free(&lock->raw_lock);
}
void _raw_write_lock_irq(rwlock_t *lock) { _raw_write_lock(lock); }
void _raw_write_unlock_irq(rwlock_t *lock) { _raw_write_unlock(lock); }

#ifdef CONFIG_DEBUG_SPINLOCK
/* Initialised at run time so that each place that does has a class of its own. */
void __raw_spin_lock_init(raw_spinlock_t *lock, const char *name, struct lock_class_key *key, short inner)
{
	*lock = (raw_spinlock_t)__RAW_SPIN_LOCK_UNLOCKED(lock);
	lockdep_init_map_wait(&lock->dep_map, name, key, 0, inner);
}
void __rwlock_init(rwlock_t *lock, const char *name, struct lock_class_key *key)
{
	*lock = (rwlock_t)__RW_LOCK_UNLOCKED(lock);
	lockdep_init_map_wait(&lock->dep_map, name, key, 0, LD_WAIT_CONFIG);
}
#endif

/* Semaphores: the count as kernel/locking/rwsem.c encodes it, since headers read it: bit 0 writer, readers from bit 8. */
#define RWSEM_WRITER 1L
#define RWSEM_READER (1L << 8)

void __init_rwsem(struct rw_semaphore *sem, const char *name, struct lock_class_key *key)
{
	*sem = (struct rw_semaphore)__RWSEM_INITIALIZER((*sem));
	lockdep_init_map_wait(SIM_MAP(sem), name, key, 0, LD_WAIT_SLEEP);
}

static bool try_read(struct rw_semaphore *sem)
{
	if (atomic_long_read(&sem->count) & RWSEM_WRITER)
		return false;
	atomic_long_add(RWSEM_READER, &sem->count);
	return true;
}
static bool try_write(struct rw_semaphore *sem)
{
	if (atomic_long_read(&sem->count))
		return false;
	atomic_long_set(&sem->count, RWSEM_WRITER);
	atomic_long_set(&sem->owner, (long)current);
	return true;
}
static void read_lock_sem(struct rw_semaphore *sem, int subclass)
{
	unsigned int class;

	sim_might_sleep();
	wanted(sem);
	class = ORDER(sem, subclass, .shared = 1);
	while (!try_read(sem))
		sim_lock_stuck(sem);
	TOOK(sem, HELD_READ, class);
}
static void write_lock_sem(struct rw_semaphore *sem, struct sim_take how)
{
	unsigned int class;

	sim_might_sleep();
	wanted(sem);
	class = sim_lock_order(SIM_MAP(sem), how);
	while (!try_write(sem))
		sim_lock_stuck(sem);
	TOOK(sem, HELD_WRITE, class);
}
int down_read_trylock(struct rw_semaphore *sem)
{
	wanted(sem);
	if (!try_read(sem))
		return 0;
	TOOK(sem, HELD_READ, ORDER(sem, .try = 1, .shared = 1));
	return 1;
}
int down_write_trylock(struct rw_semaphore *sem)
{
	wanted(sem);
	if (!try_write(sem))
		return 0;
	TOOK(sem, HELD_WRITE, ORDER(sem, .try = 1));
	return 1;
}
void down_read(struct rw_semaphore *sem) { read_lock_sem(sem, 0); }
void down_write(struct rw_semaphore *sem) { write_lock_sem(sem, (struct sim_take){ 0 }); }
int down_read_killable(struct rw_semaphore *sem)
{
	read_lock_sem(sem, 0);
	return 0;
}
int down_read_interruptible(struct rw_semaphore *sem)
{
	read_lock_sem(sem, 0);
	return 0;
}
int down_write_killable(struct rw_semaphore *sem)
{
	write_lock_sem(sem, (struct sim_take){ 0 });
	return 0;
}
#ifdef CONFIG_DEBUG_LOCK_ALLOC
void down_read_nested(struct rw_semaphore *sem, int subclass) { read_lock_sem(sem, subclass); }
int down_read_killable_nested(struct rw_semaphore *sem, int subclass)
{
	read_lock_sem(sem, subclass);
	return 0;
}
void down_write_nested(struct rw_semaphore *sem, int subclass) { write_lock_sem(sem, (struct sim_take){ subclass }); }
int down_write_killable_nested(struct rw_semaphore *sem, int subclass)
{
	write_lock_sem(sem, (struct sim_take){ subclass });
	return 0;
}
void _down_write_nest_lock(struct rw_semaphore *sem, struct lockdep_map *nest)
{
	write_lock_sem(sem, (struct sim_take){ .nest = nest });
}
#endif
void up_read(struct rw_semaphore *sem)
{
	sim_dropped(sem, HELD_READ);
	atomic_long_sub(RWSEM_READER, &sem->count);
	came_free(sem);
}
void up_write(struct rw_semaphore *sem)
{
	sim_dropped(sem, HELD_WRITE);
	atomic_long_set(&sem->owner, 0);
	atomic_long_set(&sem->count, 0);
	came_free(sem);
}
/* The lock is never free in between: no order is asked for again. */
void downgrade_write(struct rw_semaphore *sem)
{
	unsigned int class = 0;

	for (unsigned long i = sim_held_count; i--;)
		if (sim_held_locks[i].lock == sem)
			class = sim_held_locks[i].class;
	sim_dropped(sem, HELD_WRITE);
	atomic_long_set(&sem->owner, 0);
	atomic_long_set(&sem->count, RWSEM_READER);
	TOOK(sem, HELD_READ, class);
	came_free(sem);
}

/* Mutexes: the owner word as kernel/locking/mutex.c keeps it. */
#ifdef CONFIG_DEBUG_LOCK_ALLOC
#ifdef KF_MUTEX_INIT_GENERIC
void mutex_init_lockdep(struct mutex *lock, const char *name, struct lock_class_key *key)
#else
void __mutex_init(struct mutex *lock, const char *name, struct lock_class_key *key)
#endif
{
	*lock = (struct mutex)__MUTEX_INITIALIZER((*lock));
	lockdep_init_map_wait(&lock->dep_map, name, key, 0, LD_WAIT_SLEEP);
}
#elif defined(KF_MUTEX_INIT_GENERIC)
void mutex_init_generic(struct mutex *lock) { *lock = (struct mutex)__MUTEX_INITIALIZER((*lock)); }
#else
void __mutex_init(struct mutex *lock, const char *name, struct lock_class_key *key)
{
	*lock = (struct mutex)__MUTEX_INITIALIZER((*lock));
}
#endif
bool mutex_is_locked(struct mutex *lock) { return atomic_long_read(&lock->owner) != 0; }
static int take_mutex(struct mutex *lock, struct sim_take how)
{
	unsigned int class;

	if (!how.try)
		sim_might_sleep();
	wanted(lock);
	class = sim_lock_order(SIM_MAP(lock), how);
	while (mutex_is_locked(lock)) {
		if (how.try)
			return 0;
		sim_lock_stuck(lock);
	}
	atomic_long_set(&lock->owner, (long)current);
	TOOK(lock, HELD_MUTEX, class);
	return 1;
}
#ifdef CONFIG_DEBUG_LOCK_ALLOC
void mutex_lock_nested(struct mutex *lock, unsigned int subclass) { take_mutex(lock, (struct sim_take){ subclass }); }
void _mutex_lock_nest_lock(struct mutex *lock, struct lockdep_map *nest) { take_mutex(lock, (struct sim_take){ .nest = nest }); }
int mutex_lock_interruptible_nested(struct mutex *lock, unsigned int subclass)
{
	take_mutex(lock, (struct sim_take){ subclass });
	return 0;
}
#ifdef mutex_lock_killable_nest_lock
int _mutex_lock_killable(struct mutex *lock, unsigned int subclass, struct lockdep_map *nest)
{
	take_mutex(lock, (struct sim_take){ .subclass = subclass, .nest = nest });
	return 0;
}
#else
int mutex_lock_killable_nested(struct mutex *lock, unsigned int subclass)
{
	take_mutex(lock, (struct sim_take){ subclass });
	return 0;
}
#endif
#else
void mutex_lock(struct mutex *lock) { take_mutex(lock, (struct sim_take){ 0 }); }
int mutex_lock_killable(struct mutex *lock)
{
	take_mutex(lock, (struct sim_take){ 0 });
	return 0;
}
int mutex_lock_interruptible(struct mutex *lock)
{
	take_mutex(lock, (struct sim_take){ 0 });
	return 0;
}
#endif
#if defined(CONFIG_DEBUG_LOCK_ALLOC) && defined(mutex_trylock_nest_lock)
int _mutex_trylock_nest_lock(struct mutex *lock, struct lockdep_map *nest)
{
	return take_mutex(lock, (struct sim_take){ .try = 1, .nest = nest });
}
#else
int mutex_trylock(struct mutex *lock) { return take_mutex(lock, (struct sim_take){ .try = 1 }); }
#endif
void mutex_unlock(struct mutex *lock)
{
	sim_dropped(lock, HELD_MUTEX);
	atomic_long_set(&lock->owner, 0);
	came_free(lock);
}

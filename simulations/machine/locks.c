// SPDX-License-Identifier: GPL-2.0-only
/*
 * Spinlocks, reader-writer semaphores and mutexes with the kernel's own layouts. One thread runs at a time, so a lock
 * that cannot be taken at once would never come free: that is told to the host as a deadlock. Every lock held is on
 * a list, so that a step that returns with one is seen.
 */
#include <linux/spinlock.h>
#include <linux/rwsem.h>
#include <linux/mutex.h>
#include <linux/rwlock.h>
#include <linux/mm_types.h>
#include "sim.h"

#define HELD_MAX 4096
enum held_mode { HELD_SPIN = 1, HELD_READ, HELD_WRITE, HELD_MUTEX };

static struct held {
	void *lock;
	unsigned long mode;
	/* Fuel left when it was taken: what is gone since is the work done under it, in basic blocks. */
	unsigned long fuel;
} held[HELD_MAX];
static unsigned long held_count;
unsigned long sim_lock_acquisitions;

/*
 * The profile, kept while it is asked for: by class and mode how often taken, blocks executed while held, most in one
 * holding. A class is the kind of memory that holds the lock and the lock's offset in it.
 */
#define CLASSES_MAX 256
static struct lock_class_use {
	unsigned long class, mode, taken, blocks, longest;
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

static void note(const struct held *h)
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
	if (blocks > classes[i].longest)
		classes[i].longest = blocks;
}

/* Five words a row: class, mode, taken, blocks, longest. Returns the number of words. */
unsigned long sim_lock_uses(unsigned long *out, unsigned long max)
{
	unsigned long n = 0;

	for (; n < class_count && (n + 1) * 5 <= max; n++) {
		*out++ = classes[n].class;
		*out++ = classes[n].mode;
		*out++ = classes[n].taken;
		*out++ = classes[n].blocks;
		*out++ = classes[n].longest;
	}
	return n * 5;
}

unsigned long sim_held(void) { return held_count; }
void *sim_held_lock(unsigned long i) { return held[i].lock; }
unsigned long sim_held_mode(unsigned long i) { return held[i].mode; }

static void took(void *lock, unsigned long mode)
{
	sim_lock_acquisitions++;
	if (held_count == HELD_MAX)
		sim_host_exhausted("locks held at once");
	held[held_count++] = (struct held){ lock, mode, sim_fuel };
}

static void dropped(void *lock, unsigned long mode)
{
	for (unsigned long i = held_count; i--;)
		if (held[i].lock == lock && held[i].mode == mode) {
			if (profiling)
				note(&held[i]);
			for (held_count--; i < held_count; i++)
				held[i] = held[i + 1];
			return;
		}
	sim_host_stuck(lock, "released but not held");
}

void sim_lock_stuck(void *lock) { sim_host_stuck(lock, "taken and never released"); }

/* Spinlocks. */
static void spin(raw_spinlock_t *lock)
{
	arch_spin_lock(&lock->raw_lock);
	took(lock, HELD_SPIN);
}
static void unspin(raw_spinlock_t *lock)
{
	dropped(lock, HELD_SPIN);
	arch_spin_unlock(&lock->raw_lock);
}
void _raw_spin_lock(raw_spinlock_t *lock) { spin(lock); }
void _raw_spin_lock_nested(raw_spinlock_t *lock, int subclass) { spin(lock); }
void _raw_spin_lock_bh(raw_spinlock_t *lock) { spin(lock); }
void _raw_spin_lock_irq(raw_spinlock_t *lock) { spin(lock); }
unsigned long _raw_spin_lock_irqsave(raw_spinlock_t *lock)
{
	spin(lock);
	return sim_irqflags;
}
int _raw_spin_trylock(raw_spinlock_t *lock)
{
	if (!arch_spin_trylock(&lock->raw_lock))
		return 0;
	took(lock, HELD_SPIN);
	return 1;
}
void _raw_spin_unlock(raw_spinlock_t *lock) { unspin(lock); }
void _raw_spin_unlock_bh(raw_spinlock_t *lock) { unspin(lock); }
void _raw_spin_unlock_irq(raw_spinlock_t *lock) { unspin(lock); }
void _raw_spin_unlock_irqrestore(raw_spinlock_t *lock, unsigned long flags) { unspin(lock); }

void _raw_read_lock(rwlock_t *lock)
{
	arch_read_lock(&lock->raw_lock);
	took(lock, HELD_READ);
}
void _raw_read_unlock(rwlock_t *lock)
{
	dropped(lock, HELD_READ);
	arch_read_unlock(&lock->raw_lock);
}
void _raw_write_lock(rwlock_t *lock)
{
	arch_write_lock(&lock->raw_lock);
	took(lock, HELD_WRITE);
}
void _raw_write_unlock(rwlock_t *lock)
{
	dropped(lock, HELD_WRITE);
	arch_write_unlock(&lock->raw_lock);
}
void _raw_write_lock_irq(rwlock_t *lock) { _raw_write_lock(lock); }
void _raw_write_unlock_irq(rwlock_t *lock) { _raw_write_unlock(lock); }

/* Semaphores: the count as kernel/locking/rwsem.c encodes it, since headers read it: bit 0 writer, readers from bit 8. */
#define RWSEM_WRITER 1L
#define RWSEM_READER (1L << 8)

void __init_rwsem(struct rw_semaphore *sem, const char *name, struct lock_class_key *key)
{
	*sem = (struct rw_semaphore)__RWSEM_INITIALIZER((*sem));
}

int down_read_trylock(struct rw_semaphore *sem)
{
	if (atomic_long_read(&sem->count) & RWSEM_WRITER)
		return 0;
	atomic_long_add(RWSEM_READER, &sem->count);
	took(sem, HELD_READ);
	return 1;
}
int down_write_trylock(struct rw_semaphore *sem)
{
	if (atomic_long_read(&sem->count))
		return 0;
	atomic_long_set(&sem->count, RWSEM_WRITER);
	atomic_long_set(&sem->owner, (long)current);
	took(sem, HELD_WRITE);
	return 1;
}
void down_read(struct rw_semaphore *sem)
{
	if (!down_read_trylock(sem))
		sim_lock_stuck(sem);
}
void down_write(struct rw_semaphore *sem)
{
	if (!down_write_trylock(sem))
		sim_lock_stuck(sem);
}
int down_read_killable(struct rw_semaphore *sem)
{
	down_read(sem);
	return 0;
}
int down_read_interruptible(struct rw_semaphore *sem)
{
	down_read(sem);
	return 0;
}
int down_write_killable(struct rw_semaphore *sem)
{
	down_write(sem);
	return 0;
}
void up_read(struct rw_semaphore *sem)
{
	dropped(sem, HELD_READ);
	atomic_long_sub(RWSEM_READER, &sem->count);
}
void up_write(struct rw_semaphore *sem)
{
	dropped(sem, HELD_WRITE);
	atomic_long_set(&sem->owner, 0);
	atomic_long_set(&sem->count, 0);
}
void downgrade_write(struct rw_semaphore *sem)
{
	up_write(sem);
	down_read(sem);
}

/* Mutexes: the owner word as kernel/locking/mutex.c keeps it. */
#ifdef KF_MUTEX_INIT_GENERIC
void mutex_init_generic(struct mutex *lock) { *lock = (struct mutex)__MUTEX_INITIALIZER((*lock)); }
#else
void __mutex_init(struct mutex *lock, const char *name, struct lock_class_key *key)
{
	*lock = (struct mutex)__MUTEX_INITIALIZER((*lock));
}
#endif
bool mutex_is_locked(struct mutex *lock) { return atomic_long_read(&lock->owner) != 0; }
int mutex_trylock(struct mutex *lock)
{
	if (mutex_is_locked(lock))
		return 0;
	atomic_long_set(&lock->owner, (long)current);
	took(lock, HELD_MUTEX);
	return 1;
}
void mutex_lock(struct mutex *lock)
{
	if (!mutex_trylock(lock))
		sim_lock_stuck(lock);
}
int mutex_lock_killable(struct mutex *lock)
{
	mutex_lock(lock);
	return 0;
}
int mutex_lock_interruptible(struct mutex *lock)
{
	mutex_lock(lock);
	return 0;
}
void mutex_unlock(struct mutex *lock)
{
	dropped(lock, HELD_MUTEX);
	atomic_long_set(&lock->owner, 0);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Bare spinlocks; the tracked ones are in locks.c. A lock that is taken never comes free by waiting here. */
#ifndef _RMAPBOT_ASM_SPINLOCK_H
#define _RMAPBOT_ASM_SPINLOCK_H
void sim_lock_stuck(void *lock);
#define arch_spin_is_locked(l) ((l)->slock != 0)
#define arch_spin_is_contended(l) (0)
static inline int arch_spin_value_unlocked(arch_spinlock_t l) { return !l.slock; }
static inline int arch_spin_trylock(arch_spinlock_t *l)
{
	if (l->slock)
		return 0;
	l->slock = 1;
	return 1;
}
static inline void arch_spin_lock(arch_spinlock_t *l)
{
	while (!arch_spin_trylock(l))
		sim_lock_stuck(l);
}
static inline void arch_spin_unlock(arch_spinlock_t *l) { l->slock = 0; }
static inline int arch_read_trylock(arch_rwlock_t *l)
{
	if (l->lock < 0)
		return 0;
	l->lock++;
	return 1;
}
static inline int arch_write_trylock(arch_rwlock_t *l)
{
	if (l->lock)
		return 0;
	l->lock = -1;
	return 1;
}
static inline void arch_read_lock(arch_rwlock_t *l)
{
	while (!arch_read_trylock(l))
		sim_lock_stuck(l);
}
static inline void arch_write_lock(arch_rwlock_t *l)
{
	while (!arch_write_trylock(l))
		sim_lock_stuck(l);
}
static inline void arch_read_unlock(arch_rwlock_t *l) { l->lock--; }
static inline void arch_write_unlock(arch_rwlock_t *l) { l->lock = 0; }
#endif

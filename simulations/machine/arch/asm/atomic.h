/* SPDX-License-Identifier: GPL-2.0-only */
/* Atomics through the compiler's builtins. One thread runs at a time, but each stays one indivisible call. */
#ifndef _RMAPBOT_ASM_ATOMIC_H
#define _RMAPBOT_ASM_ATOMIC_H
#include <linux/types.h>
#include <asm/cmpxchg.h>
#include <asm/barrier.h>

#define ATOMIC64_INIT(i) { (i) }
#define arch_atomic_read(v) READ_ONCE((v)->counter)
#define arch_atomic_set(v, i) WRITE_ONCE((v)->counter, (i))
#define arch_atomic64_read(v) READ_ONCE((v)->counter)
#define arch_atomic64_set(v, i) WRITE_ONCE((v)->counter, (i))

#define SIM_ATOMIC_PLAIN(prefix, type, num, op, builtin)				\
static __always_inline void arch_##prefix##_##op(num i, type *v)			\
{ builtin(&v->counter, i, __ATOMIC_SEQ_CST); }						\
static __always_inline num arch_##prefix##_fetch_##op(num i, type *v)			\
{ return builtin(&v->counter, i, __ATOMIC_SEQ_CST); }
#define SIM_ATOMIC_RETURN(prefix, type, num, op, builtin)				\
static __always_inline num arch_##prefix##_##op##_return(num i, type *v)		\
{ return builtin(&v->counter, i, __ATOMIC_SEQ_CST); }
#define SIM_ATOMIC(prefix, type, num)							\
	SIM_ATOMIC_PLAIN(prefix, type, num, add, __atomic_fetch_add)			\
	SIM_ATOMIC_PLAIN(prefix, type, num, sub, __atomic_fetch_sub)			\
	SIM_ATOMIC_PLAIN(prefix, type, num, and, __atomic_fetch_and)			\
	SIM_ATOMIC_PLAIN(prefix, type, num, or, __atomic_fetch_or)			\
	SIM_ATOMIC_PLAIN(prefix, type, num, xor, __atomic_fetch_xor)			\
	SIM_ATOMIC_RETURN(prefix, type, num, add, __atomic_add_fetch)			\
	SIM_ATOMIC_RETURN(prefix, type, num, sub, __atomic_sub_fetch)

SIM_ATOMIC(atomic, atomic_t, int)
SIM_ATOMIC(atomic64, atomic64_t, s64)

/* Older trees have no generic fallbacks for these four. */
#define arch_atomic_xchg(v, n) arch_xchg(&(v)->counter, (n))
#define arch_atomic_cmpxchg(v, o, n) arch_cmpxchg(&(v)->counter, (o), (n))
#define arch_atomic64_xchg(v, n) arch_xchg(&(v)->counter, (n))
#define arch_atomic64_cmpxchg(v, o, n) arch_cmpxchg(&(v)->counter, (o), (n))

#define arch_atomic_add_return arch_atomic_add_return
#define arch_atomic_sub_return arch_atomic_sub_return
#define arch_atomic_fetch_add arch_atomic_fetch_add
#define arch_atomic_fetch_sub arch_atomic_fetch_sub
#define arch_atomic_fetch_and arch_atomic_fetch_and
#define arch_atomic_fetch_or arch_atomic_fetch_or
#define arch_atomic_fetch_xor arch_atomic_fetch_xor
#define arch_atomic64_add_return arch_atomic64_add_return
#define arch_atomic64_sub_return arch_atomic64_sub_return
#define arch_atomic64_fetch_add arch_atomic64_fetch_add
#define arch_atomic64_fetch_sub arch_atomic64_fetch_sub
#define arch_atomic64_fetch_and arch_atomic64_fetch_and
#define arch_atomic64_fetch_or arch_atomic64_fetch_or
#define arch_atomic64_fetch_xor arch_atomic64_fetch_xor
#endif

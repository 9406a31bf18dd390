/* SPDX-License-Identifier: GPL-2.0-only */
/* Exchange and compare-and-exchange through the compiler's builtins. */
#ifndef _RMAPBOT_ASM_CMPXCHG_H
#define _RMAPBOT_ASM_CMPXCHG_H
#define arch_xchg(ptr, x) ({								\
	typeof(*(ptr)) __xchg_new = (x), __xchg_old;					\
	__atomic_exchange((ptr), &__xchg_new, &__xchg_old, __ATOMIC_SEQ_CST);		\
	__xchg_old; })
#define arch_cmpxchg(ptr, o, n) ({							\
	typeof(*(ptr)) __cmp_old = (o), __cmp_new = (n);				\
	__atomic_compare_exchange((ptr), &__cmp_old, &__cmp_new, 0,			\
				  __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);			\
	__cmp_old; })
#define arch_cmpxchg_local(ptr, o, n) arch_cmpxchg(ptr, o, n)
#define arch_cmpxchg64(ptr, o, n) arch_cmpxchg(ptr, o, n)
#define arch_cmpxchg64_local(ptr, o, n) arch_cmpxchg(ptr, o, n)
#endif

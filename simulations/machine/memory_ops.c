// SPDX-License-Identifier: GPL-2.0-only
/* memset and its kin, as single WebAssembly instructions; on user pages they move tags. Not instrumented. */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/highmem.h>
#include <linux/xxhash.h>
#include "sim.h"

/* One word a user page: what the simulated user wrote last. The bytes themselves do not exist. */
unsigned long *sim_tags;
static unsigned long copies;

static unsigned long *tag_of(const void *address)
{
	return &sim_tags[((unsigned long)address >> PAGE_SHIFT) - SIM_SPARSE_PFN];
}

unsigned long sim_frame_at(struct mm_struct *mm, unsigned long addr);

/* Beyond the user pages' own addresses lie those of processes, which the kernel reaches by copy_from_user(). */
static const unsigned long *source(const void *address)
{
	unsigned long pfn;

	if ((unsigned long)address < SIM_LAST_PFN << PAGE_SHIFT)
		return tag_of(address);
	pfn = sim_frame_at(current->mm, (unsigned long)address);
	if (pfn < SIM_SPARSE_PFN)
		sim_host_bug("unmodelled: a copy from a process's page that is not present", "machine:memory_ops.c", __LINE__,
			     __func__);
	return &sim_tags[pfn - SIM_SPARSE_PFN];
}

void *memset(void *to, int value, __kernel_size_t size)
{
	if (SIM_IS_SPARSE(to)) {
		if (size % PAGE_SIZE || value)
			sim_host_bug("unmodelled: memset of a part of a user page", "machine:memory_ops.c", __LINE__, __func__);
		for (unsigned long i = 0; i < size / PAGE_SIZE; i++)
			tag_of(to)[i] = 0;
		return to;
	}
	sim_check_range(to, size, 1);
	__builtin_memset(to, value, size);
	return to;
}

void *memcpy(void *to, const void *from, __kernel_size_t size)
{
	if (SIM_IS_SPARSE(to) || SIM_IS_SPARSE(from)) {
		if (size % PAGE_SIZE || !SIM_IS_SPARSE(to) || !SIM_IS_SPARSE(from))
			sim_host_bug("unmodelled: memcpy of a part of a user page", "machine:memory_ops.c", __LINE__, __func__);
		for (unsigned long i = 0; i < size / PAGE_SIZE; i++)
			tag_of(to)[i] = *source(from + i * PAGE_SIZE);
		return to;
	}
	sim_check_range(from, size, 0);
	sim_check_range(to, size, 1);
	__builtin_memcpy(to, from, size);
	return to;
}

/* Two user pages are equal when their tags are; the order of unequal ones is that of the tags. */
int memcmp(const void *a, const void *b, __kernel_size_t size)
{
	const unsigned char *left = a, *right = b;

	if (SIM_IS_SPARSE(a) || SIM_IS_SPARSE(b)) {
		unsigned long one, other;

		if (size != PAGE_SIZE || !SIM_IS_SPARSE(a) || !SIM_IS_SPARSE(b))
			sim_host_bug("unmodelled: memcmp of a part of a user page", "machine:memory_ops.c", __LINE__, __func__);
		one = *tag_of(a);
		other = *tag_of(b);
		return one < other ? -1 : one > other;
	}
	sim_check_range(a, size, 0);
	sim_check_range(b, size, 0);
	for (; size; size--, left++, right++)
		if (*left != *right)
			return *left - *right;
	return 0;
}

void *memchr_inv_of_bytes(const void *start, int c, size_t size);

/* The first byte that is not c: a user page has only zeroes when its tag is zero. */
void *memchr_inv(const void *start, int c, size_t size)
{
	if (SIM_IS_SPARSE(start)) {
		if (size != PAGE_SIZE || c)
			sim_host_bug("unmodelled: search in a part of a user page", "machine:memory_ops.c", __LINE__, __func__);
		return *tag_of(start) ? (void *)start : NULL;
	}
	return memchr_inv_of_bytes(start, c, size);
}

/* The checksum of a user page is its tag's: pages that never change never look as if they did. */
uint64_t xxh64(const void *input, size_t length, uint64_t seed)
{
	if (!SIM_IS_SPARSE(input) || length != PAGE_SIZE)
		sim_host_bug("unmodelled: checksum of something else than a user page", "machine:memory_ops.c", __LINE__, __func__);
	return *tag_of(input) * 0x9e3779b97f4a7c15UL;
}

void *memmove(void *to, const void *from, __kernel_size_t size)
{
	if (SIM_IS_SPARSE(to))
		return memcpy(to, from, size);
	sim_check_range(from, size, 0);
	sim_check_range(to, size, 1);
	__builtin_memmove(to, from, size);
	return to;
}

void sim_clear_page(void *address) { memset(address, 0, PAGE_SIZE); }
void sim_clear_user_page(struct page *page) { memset(page_to_virt(page), 0, PAGE_SIZE); }
void sim_copy_page(void *to, const void *from)
{
	copies++;
	memcpy(to, from, PAGE_SIZE);
}
void sim_copy_user_page(struct page *to, struct page *from) { sim_copy_page(page_to_virt(to), page_to_virt(from)); }
/* Pages copied since the boot. */
unsigned long sim_copies(void) { return copies; }

unsigned long sim_tag_get(unsigned long pfn) { return pfn >= SIM_SPARSE_PFN ? sim_tags[pfn - SIM_SPARSE_PFN] : 0; }
void sim_tag_set(unsigned long pfn, unsigned long tag)
{
	if (pfn >= SIM_SPARSE_PFN)
		sim_tags[pfn - SIM_SPARSE_PFN] = tag;
}

/* 64 by 64 bit multiplication to 128 bits, which the compiler calls for __int128. */
__int128 __multi3(__int128 a, __int128 b)
{
	unsigned long al = (unsigned long)a, bl = (unsigned long)b;
	unsigned long a0 = al & 0xffffffff, a1 = al >> 32, b0 = bl & 0xffffffff, b1 = bl >> 32;
	unsigned long low = a0 * b0, mid1 = a0 * b1, mid2 = a1 * b0;
	unsigned long mid = (low >> 32) + (mid1 & 0xffffffff) + (mid2 & 0xffffffff);
	unsigned long high = a1 * b1 + (mid1 >> 32) + (mid2 >> 32) + (mid >> 32);

	high += al * (unsigned long)(b >> 64) + (unsigned long)(a >> 64) * bl;
	return ((__int128)high << 64) | ((mid << 32) | (low & 0xffffffff));
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Answers the checked image, in which each load and store of the tree's code outside its own stack frame asks here
 * first. What an address may be used for is known from the slab caches and the page allocator themselves.
 */
#include <linux/mm.h>
#include "slab.h"

int sim_frame_live(unsigned long pfn);
unsigned long sim_highest_backed(void);
extern unsigned long sim_pool;

int sim_fresh = 0x5a;
void sim_fill_fresh(int byte) { sim_fresh = byte; }

#define NULL_PAGE (64UL << 10)
#define ACCESS_WRITE 0x80000000U

/* access: bytes, and ACCESS_WRITE for a store. */
void sim_check(unsigned long address, unsigned int access)
{
	unsigned long size = access & ~ACCESS_WRITE, pfn = address >> PAGE_SHIFT;
	struct sim_object object;

	if (address - sim_pool >= (SIM_SPARSE_PFN << PAGE_SHIFT) - sim_pool) {
		if (address < NULL_PAGE)
			sim_host_bad_access("NULL page", address, access, 0, 0, NULL);
		if (address >= SIM_SPARSE_PFN << PAGE_SHIFT)
			sim_host_bad_access("no memory", address, access, 0, 0, NULL);
		return;
	}
	if (!sim_slab_of_pfn[pfn]) {
		if (pfn >= sim_highest_backed())
			sim_host_bad_access("no memory", address, access, 0, 0, NULL);
		if (!sim_frame_live(pfn))
			sim_host_bad_access("freed page", address, access, pfn << PAGE_SHIFT, PAGE_SIZE, "page");
		return;
	}
	if (!sim_object_look(address, &object))
		sim_host_bad_access("between objects", address, access, object.start, object.bytes, object.cache);
	if (object.dead)
		sim_host_bad_access("freed object", address, access, object.start, object.bytes, object.cache);
	if (address + size > object.start + object.bytes)
		sim_host_bad_access("beyond object", address, access, object.start, object.bytes, object.cache);
}

/* For memory that functions of the machine use on behalf of the tree: both ends, and one byte of each page between. */
void sim_check_range(const void *from, unsigned long size, int write)
{
	unsigned long at = (unsigned long)from, end = at + size, flag = write ? ACCESS_WRITE : 0;

	if (!IS_ENABLED(CONFIG_DEBUG_VM) || !size || SIM_IS_SPARSE(at))
		return;
	sim_check(at, min(size, PAGE_SIZE - offset_in_page(at)) | flag);
	for (at = PAGE_ALIGN(at + 1); at < end; at += PAGE_SIZE)
		sim_check(at, min(PAGE_SIZE, end - at) | flag);
}

/* Up to a few objects or pages of which each allocation and release is told to the host, to learn where they were made. */
#define WATCHED_MAX 8
static unsigned long watched[WATCHED_MAX];
static unsigned int watched_count;

void sim_watch(unsigned long start)
{
	if (!start)
		watched_count = 0;
	else if (watched_count < WATCHED_MAX)
		watched[watched_count++] = start;
}

void sim_tell_watched(unsigned long start, unsigned int event)
{
	for (unsigned int i = 0; i < watched_count; i++)
		if (watched[i] == start)
			sim_host_watched(start, event);
}
bool sim_watching(void) { return watched_count; }

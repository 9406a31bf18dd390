// SPDX-License-Identifier: GPL-2.0-only
/* Per-CPU memory of a machine with one CPU: an ordinary zeroed object, of a kind of its own so that it is not counted as slab. */
#include <linux/percpu.h>
#include <linux/percpu-refcount.h>
#include <linux/slab.h>
#include "sim.h"

#define SIZES 8
static void *freed_areas[SIZES];
static unsigned long live_areas;
/* Areas in use. */
unsigned long sim_percpu_live(void) { return live_areas; }

static int size_class(size_t size)
{
	int c = 0;

	while ((16UL << c) < size)
		c++;
	return c;
}

/* Blocks of 16 << c bytes, with the class in the word before. */
void __percpu *pcpu_alloc_noprof(size_t size, size_t align, bool reserved, gfp_t gfp)
{
	static unsigned long at, end;
	int c = size_class(size);
	unsigned long bytes = (16UL << c) + 64, *block;

	sim_might_alloc(gfp);
	if (sim_refuses("per-CPU memory", size, gfp))
		return NULL;
	live_areas++;
	if (c < SIZES && freed_areas[c]) {
		block = freed_areas[c];
		freed_areas[c] = *(void **)block;
	} else {
		if (at + bytes > end) {
			int order = max(4, get_order(bytes));

			at = (unsigned long)sim_backed_pages(order);
			end = at + (PAGE_SIZE << order);
		}
		block = (unsigned long *)(at + 64);
		at += bytes;
	}
	block[-1] = c;
	memset(block, 0, 16UL << c);
	return (void __percpu *)block;
}

#ifndef KF_NOPROF
void __percpu *__alloc_percpu(size_t size, size_t align) { return pcpu_alloc_noprof(size, align, false, GFP_KERNEL); }
void __percpu *__alloc_percpu_gfp(size_t size, size_t align, gfp_t gfp) { return pcpu_alloc_noprof(size, align, false, gfp); }
#endif

void free_percpu(void __percpu *pointer)
{
	unsigned long *block = (unsigned long *)(unsigned long)pointer;

	if (!block)
		return;
	live_areas--;
	if (block[-1] >= SIZES)
		return;
	*(void **)block = freed_areas[block[-1]];
	freed_areas[block[-1]] = block;
}

/* Percpu references of one CPU: always in the atomic mode, which a shared counter serves. */
int percpu_ref_init(struct percpu_ref *ref, percpu_ref_func_t *release, unsigned int flags, gfp_t gfp)
{
	struct percpu_ref_data *data = kzalloc(sizeof(*data), gfp);

	if (!data)
		return -ENOMEM;
	data->release = release;
	data->ref = ref;
	ref->data = data;
	ref->percpu_count_ptr = __PERCPU_REF_ATOMIC;
	if (flags & PERCPU_REF_INIT_DEAD)
		ref->percpu_count_ptr |= __PERCPU_REF_DEAD;
	else
		atomic_long_set(&data->count, 1);
	return 0;
}
void percpu_ref_exit(struct percpu_ref *ref)
{
	kfree(ref->data);
	ref->data = NULL;
}
bool percpu_ref_is_zero(struct percpu_ref *ref) { return !atomic_long_read(&ref->data->count); }
void percpu_ref_resurrect(struct percpu_ref *ref)
{
	ref->percpu_count_ptr &= ~__PERCPU_REF_DEAD;
	atomic_long_inc(&ref->data->count);
}

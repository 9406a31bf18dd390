// SPDX-License-Identifier: GPL-2.0-only
/* kmalloc() and its kin: caches by size, whole pages beyond the largest. */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/log2.h>
#include "older.h"
#include "slab.h"

/* Sizes of kmalloc() objects: mm/slab_common.c's kmalloc_info. */
static const unsigned int kmalloc_sizes[] = { 8, 16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192 };
enum { KMALLOC_PLAIN, KMALLOC_ACCOUNTED, KMALLOC_KINDS };
static struct kmem_cache *kmalloc_cache[KMALLOC_KINDS][ARRAY_SIZE(kmalloc_sizes)];
/* Callers hand these back to __kmalloc_cache_noprof(), which goes by size alone. */
typeof(kmalloc_caches) kmalloc_caches;
static unsigned long large_live;

void sim_kmalloc_init(void)
{
	for (int i = 0; i < ARRAY_SIZE(kmalloc_sizes); i++) {
		char name[32] = "kmalloc-", digits[8];
		int n = 0;
		unsigned int size = kmalloc_sizes[i];

		for (; size; size /= 10)
			digits[n++] = '0' + size % 10;
		while (n)
			strlcat(name, (char[2]){ digits[--n], 0 }, sizeof(name));
		/* Powers of two are aligned to themselves. */
		unsigned int align = is_power_of_2(kmalloc_sizes[i]) ? kmalloc_sizes[i] : 8;

		kmalloc_cache[KMALLOC_PLAIN][i] = sim_cache_create(name, kmalloc_sizes[i], align, 0, NULL, false);
		memmove(name + 11, name + 8, sizeof(name) - 11);
		memcpy(name + 8, "cg-", 3);
		kmalloc_cache[KMALLOC_ACCOUNTED][i] = sim_cache_create(name, kmalloc_sizes[i], align, 0, NULL, false);
	}
}

/* kmalloc: by size; beyond the largest cache whole pages. */
static void *kmalloc_any(size_t size, gfp_t gfp)
{
	int kind = gfp & __GFP_ACCOUNT ? KMALLOC_ACCOUNTED : KMALLOC_PLAIN;
	void *pages;

	if (!size)
		return ZERO_SIZE_PTR;
	for (int i = 0; i < ARRAY_SIZE(kmalloc_sizes); i++)
		if (size <= kmalloc_sizes[i])
			return sim_object_alloc(kmalloc_cache[kind][i], gfp, size);
	pages = (void *)get_free_pages_noprof(gfp | __GFP_COMP, get_order(size));
	if (pages)
		large_live++;
	return pages;
}

#ifndef DECL_TOKEN_PARAMS
#define DECL_TOKEN_PARAMS(size, token) size_t size
#endif
#ifndef DECL_KMALLOC_PARAMS
#define DECL_KMALLOC_PARAMS(size, b, token) DECL_BUCKET_PARAMS(size, b)
#endif
void *__kmalloc_noprof(DECL_TOKEN_PARAMS(size, token), gfp_t gfp) { return kmalloc_any(size, gfp); }
void *__kmalloc_node_noprof(DECL_KMALLOC_PARAMS(size, b, token), gfp_t gfp, int node) { return kmalloc_any(size, gfp); }
void *__kmalloc_node_track_caller_noprof(DECL_KMALLOC_PARAMS(size, b, token), gfp_t gfp, int node, unsigned long caller)
{
	return kmalloc_any(size, gfp);
}
void *__kmalloc_cache_noprof(struct kmem_cache *s, gfp_t gfp, size_t size) { return kmalloc_any(size, gfp); }
void *__kmalloc_cache_node_noprof(struct kmem_cache *s, gfp_t gfp, int node, size_t size) { return kmalloc_any(size, gfp); }
void *__kmalloc_large_noprof(size_t size, gfp_t gfp) { return kmalloc_any(size, gfp); }
void *__kmalloc_large_node_noprof(size_t size, gfp_t gfp, int node) { return kmalloc_any(size, gfp); }
#ifndef KF_KVMALLOC_IN_UTIL
#ifdef KF_KVMALLOC_ALIGN
void *__kvmalloc_node_noprof(DECL_KMALLOC_PARAMS(size, b, token), unsigned long align, gfp_t gfp, int node)
#else
void *__kvmalloc_node_noprof(DECL_KMALLOC_PARAMS(size, b, token), gfp_t gfp, int node)
#endif
{
	return kmalloc_any(size, gfp);
}
#endif

void kfree(const void *object)
{
	if (ZERO_OR_NULL_PTR(object))
		return;
	if (sim_is_slab(object)) {
		sim_object_free(NULL, (void *)object);
	} else {
		large_live--;
		__free_pages(virt_to_page(object), compound_order(virt_to_page(object)));
	}
}
#ifndef KF_KVMALLOC_IN_UTIL
void kvfree(const void *object) { kfree(object); }
#endif
#ifndef KF_NOPROF
void *vzalloc(unsigned long size) { return kmalloc_any(size, GFP_KERNEL | __GFP_ZERO); }
void vfree(const void *object) { kfree(object); }
#endif
void kfree_sensitive(const void *object) { kfree(object); }
unsigned long sim_kmalloc_large(void) { return large_live; }

// SPDX-License-Identifier: GPL-2.0-only
/* Sheaves, the prefilled arrays of objects that newer trees' maple trees ask for. */
#include <linux/slab.h>
#include "older.h"
#include "slab.h"

struct slab_sheaf {
	unsigned int size;
	void *objects[];
};
struct slab_sheaf *kmem_cache_prefill_sheaf(struct kmem_cache *s, gfp_t gfp, unsigned int size);
int kmem_cache_refill_sheaf(struct kmem_cache *s, gfp_t gfp, struct slab_sheaf **sheaf, unsigned int size);
void kmem_cache_return_sheaf(struct kmem_cache *s, gfp_t gfp, struct slab_sheaf *sheaf);
void *kmem_cache_alloc_from_sheaf_noprof(struct kmem_cache *s, gfp_t gfp, struct slab_sheaf *sheaf);
unsigned int kmem_cache_sheaf_size(struct slab_sheaf *sheaf);
#define SHEAF_MAX 64
static struct kmem_cache *sheaf_cache;

/* A sheaf's objects are not in use: they are taken from the cache only when handed out. */
struct slab_sheaf *kmem_cache_prefill_sheaf(struct kmem_cache *s, gfp_t gfp, unsigned int size)
{
	struct slab_sheaf *sheaf;

	if (!sheaf_cache)
		sheaf_cache = sim_cache_create("slab_sheaf", sizeof(*sheaf), 8, 0, NULL, false);
	sheaf = sim_object_alloc(sheaf_cache, gfp, sizeof(*sheaf));
	if (!sheaf)
		return NULL;
	sheaf->size = size;
	return sheaf;
}
int kmem_cache_refill_sheaf(struct kmem_cache *s, gfp_t gfp, struct slab_sheaf **sheaf, unsigned int size)
{
	if ((*sheaf)->size >= size)
		return 0;
	if (sim_refuses("slab_sheaf", sizeof(**sheaf), gfp))
		return -ENOMEM;
	(*sheaf)->size = size;
	return 0;
}
void kmem_cache_return_sheaf(struct kmem_cache *s, gfp_t gfp, struct slab_sheaf *sheaf) { sim_object_free(sheaf_cache, sheaf); }
void *kmem_cache_alloc_from_sheaf_noprof(struct kmem_cache *s, gfp_t gfp, struct slab_sheaf *sheaf)
{
	if (!sheaf->size)
		return NULL;
	sheaf->size--;
	return sim_object_take(s, gfp, sim_cache_object_size(s));
}
unsigned int kmem_cache_sheaf_size(struct slab_sheaf *sheaf) { return sheaf->size; }

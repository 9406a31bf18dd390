/* SPDX-License-Identifier: GPL-2.0-only */
/* What the slab allocator's files share: caches and objects, and who watches them. */
#ifndef RMAPBOT_SLAB_H
#define RMAPBOT_SLAB_H
#include <linux/slab.h>
#include "sim.h"

struct kmem_cache *sim_cache_create(const char *name, unsigned int size, unsigned int align, slab_flags_t flags,
				    void (*ctor)(void *), bool freeptr_inside);
/* An object of which `bytes` were asked for; never fails. */
void *sim_object_take(struct kmem_cache *s, gfp_t gfp, size_t bytes);
/* The same on behalf of the tree: NULL where the allocation is one to be refused. */
void *sim_object_alloc(struct kmem_cache *s, gfp_t gfp, size_t bytes);
/* Gives an object back; s: its cache, NULL for whichever it is of. */
void sim_object_free(struct kmem_cache *s, void *object);
/* True where an object of any cache lies at the address, freed or not. */
bool sim_is_slab(const void *object);
unsigned int sim_cache_object_size(struct kmem_cache *s);

#endif

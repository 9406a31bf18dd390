// SPDX-License-Identifier: GPL-2.0-only
/*
 * The slab allocator: caches with SLUB's object sizes and promises. Each object's state is known from outside its
 * memory; freed objects are poisoned and reused last, but stay what they were where the cache is SLAB_TYPESAFE_BY_RCU.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/log2.h>
#include "older.h"
#include "sim.h"

#define CACHES_MAX 128
#define CHUNKS_MAX 65536
#define CHUNK_ORDER 3

enum state { FREE, LIVE, PENDING };

struct kmem_cache {
	const char *name;
	unsigned int object_size, size, align;
	slab_flags_t flags;
	void (*ctor)(void *);
	/* Queue of free objects, oldest first: chunk and slot of the head and the tail, linked through chunk->next. */
	unsigned long head, tail, queued;
	unsigned long live, pending;
	/* Objects handed out since boot, and given back, at once or after a grace period. */
	unsigned long allocated, freed;
};

struct chunk {
	struct kmem_cache *cache;
	unsigned long base;
	unsigned int slots, order;
	unsigned char *state;
	unsigned long *next;
};

static struct kmem_cache caches[CACHES_MAX];
static unsigned int cache_count;
static struct chunk chunks[CHUNKS_MAX];
static unsigned int chunk_count = 1;
static char names[CACHES_MAX][32];
/* Sizes of kmalloc() objects: mm/slab_common.c's kmalloc_info. */
static const unsigned int kmalloc_sizes[] = { 8, 16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192 };
enum { KMALLOC_PLAIN, KMALLOC_ACCOUNTED, KMALLOC_KINDS };
static struct kmem_cache *kmalloc_cache[KMALLOC_KINDS][ARRAY_SIZE(kmalloc_sizes)];
/* Callers hand these back to __kmalloc_cache_noprof(), which goes by size alone. */
typeof(kmalloc_caches) kmalloc_caches;
static unsigned long large_live;
unsigned long sim_slab_limit = 1UL << 25;
static unsigned long slab_live;

/* Small bookkeeping memory, never freed. */
static void *keep(unsigned long bytes)
{
	static unsigned long at, end;
	unsigned int order = 0;
	void *p;

	bytes = ALIGN(bytes, 8);
	if (at + bytes > end) {
		while ((PAGE_SIZE << order) < bytes || order < 4)
			order++;
		at = (unsigned long)sim_backed_pages(order);
		end = at + (PAGE_SIZE << order);
	}
	p = (void *)at;
	at += bytes;
	return p;
}

/* Size and alignment of an object as mm/slub.c calculate_sizes() and mm/slab_common.c calculate_alignment() make them. */
static void set_sizes(struct kmem_cache *s, unsigned int align, bool freeptr_inside)
{
	unsigned int size = ALIGN(s->object_size, sizeof(void *));

	if (s->flags & SLAB_HWCACHE_ALIGN) {
		unsigned int line = 64;

		while (s->object_size <= line / 2)
			line /= 2;
		align = max(align, line);
	}
	align = ALIGN(max_t(unsigned int, align, 8), sizeof(void *));
	if (((s->flags & SLAB_TYPESAFE_BY_RCU) || s->ctor) && !freeptr_inside)
		size += sizeof(void *);
	s->align = align;
	s->size = ALIGN(size, align);
}

static struct kmem_cache *create(const char *name, unsigned int size, unsigned int align, slab_flags_t flags,
				 void (*ctor)(void *), bool freeptr_inside)
{
	struct kmem_cache *s;

	if (cache_count == CACHES_MAX)
		sim_host_exhausted("slab caches");
	s = &caches[cache_count];
	strscpy(names[cache_count], name, sizeof(names[0]));
	s->name = names[cache_count++];
	s->object_size = size;
	s->flags = flags;
	s->ctor = ctor;
	set_sizes(s, align, freeptr_inside);
	return s;
}

#ifdef KF_KMEM_CACHE_ARGS
struct kmem_cache *__kmem_cache_create_args(const char *name, unsigned int size, struct kmem_cache_args *args,
					    slab_flags_t flags)
{
	return create(name, size, args->align, flags, args->ctor, args->use_freeptr_offset);
}
#else
struct kmem_cache *kmem_cache_create(const char *name, unsigned int size, unsigned int align, slab_flags_t flags,
				     void (*ctor)(void *))
{
	return create(name, size, align, flags, ctor, false);
}
struct kmem_cache *kmem_cache_create_usercopy(const char *name, unsigned int size, unsigned int align, slab_flags_t flags,
					      unsigned int offset, unsigned int bytes, void (*ctor)(void *))
{
	return create(name, size, align, flags, ctor, false);
}
#endif

void sim_slab_init(void)
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

		kmalloc_cache[KMALLOC_PLAIN][i] = create(name, kmalloc_sizes[i], align, 0, NULL, false);
		memmove(name + 11, name + 8, sizeof(name) - 11);
		memcpy(name + 8, "cg-", 3);
		kmalloc_cache[KMALLOC_ACCOUNTED][i] = create(name, kmalloc_sizes[i], align, 0, NULL, false);
	}
}

/* A free slot is named by chunk << 16 | slot. */
static void push(struct kmem_cache *s, unsigned int chunk, unsigned int slot)
{
	unsigned long name = (unsigned long)chunk << 16 | slot;

	if (!s->queued++)
		s->head = name;
	else
		chunks[s->tail >> 16].next[s->tail & 0xffff] = name;
	s->tail = name;
}

static void add_chunk(struct kmem_cache *s)
{
	unsigned int order = CHUNK_ORDER, n = chunk_count;
	struct chunk *c = &chunks[n];

	while ((PAGE_SIZE << order) < 4 * s->size && order < 10)
		order++;
	if (chunk_count == CHUNKS_MAX)
		sim_host_exhausted("slab chunks");
	chunk_count++;
	c->cache = s;
	c->order = order;
	c->base = (unsigned long)sim_backed_pages(order);
	c->slots = (PAGE_SIZE << order) / s->size;
	c->state = keep(c->slots);
	c->next = keep(c->slots * sizeof(*c->next));
	memset(c->state, FREE, c->slots);
	for (unsigned long i = 0; i < 1UL << order; i++)
		sim_slab_of_pfn[(c->base >> PAGE_SHIFT) + i] = n;
	for (unsigned int i = 0; i < c->slots; i++) {
		void *object = (void *)(c->base + i * s->size);

		if (s->ctor)
			s->ctor(object);
		push(s, n, i);
	}
}

static void *alloc(struct kmem_cache *s, gfp_t gfp)
{
	struct chunk *c;
	unsigned int slot;
	void *object;

	sim_might_alloc(gfp);
	if (++slab_live > sim_slab_limit)
		sim_host_exhausted("slab objects");
	/* Keep a tail of freed objects back, so that the most recently freed are not reused at once. */
	if (s->queued <= 32)
		add_chunk(s);
	c = &chunks[s->head >> 16];
	slot = s->head & 0xffff;
	s->head = c->next[slot];
	s->queued--;
	if (c->state[slot] != FREE)
		sim_host_bug("slab: free list corrupt", "machine:slab.c", __LINE__, __func__);
	c->state[slot] = LIVE;
	s->live++;
	s->allocated++;
	object = (void *)(c->base + slot * s->size);
	if (gfp & __GFP_ZERO)
		memset(object, 0, s->object_size);
	else if (!s->ctor && !(s->flags & SLAB_TYPESAFE_BY_RCU))
		memset(object, 0x5a, s->object_size);
	return object;
}

/* Chunk of an object and its slot; NULL where the address is not the start of one. */
static struct chunk *find(const void *object, unsigned int *slot)
{
	unsigned long address = (unsigned long)object, offset;
	struct chunk *c;

	if (address >= SIM_SPARSE_PFN << PAGE_SHIFT || !sim_slab_of_pfn[address >> PAGE_SHIFT])
		return NULL;
	c = &chunks[sim_slab_of_pfn[address >> PAGE_SHIFT]];
	offset = address - c->base;
	*slot = offset / c->cache->size;
	return *slot < c->slots ? c : NULL;
}

static void release_object(struct kmem_cache *s, void *object)
{
	unsigned int slot;
	struct chunk *c = find(object, &slot);

	if (!c || c->base + slot * c->cache->size != (unsigned long)object)
		sim_host_bug("free of an address that is no object", "machine:slab.c", __LINE__, __func__);
	if (s && c->cache != s)
		sim_host_bug("object freed to the wrong cache", "machine:slab.c", __LINE__, __func__);
	s = c->cache;
	if (c->state[slot] == FREE)
		sim_host_bug("object freed twice", "machine:slab.c", __LINE__, __func__);
	if (c->state[slot] == PENDING) {
		s->pending--;
	} else {
		s->live--;
		s->freed++;
	}
	slab_live--;
	c->state[slot] = FREE;
	if (!s->ctor && !(s->flags & SLAB_TYPESAFE_BY_RCU))
		memset(object, 0x6b, s->object_size);
	push(s, sim_slab_of_pfn[(unsigned long)object >> PAGE_SHIFT], slot);
}

/* Marks the object that holds this address as freed but inside its grace period. */
int sim_slab_pending(void *inside)
{
	unsigned int slot;
	struct chunk *c = find(inside, &slot);

	if (!c || c->state[slot] != LIVE)
		return 0;
	c->state[slot] = PENDING;
	c->cache->live--;
	c->cache->freed++;
	c->cache->pending++;
	return 1;
}

void *kmem_cache_alloc_noprof(struct kmem_cache *s, gfp_t gfp) { return alloc(s, gfp); }
void *kmem_cache_alloc_lru_noprof(struct kmem_cache *s, struct list_lru *lru, gfp_t gfp) { return alloc(s, gfp); }
void *kmem_cache_alloc_node_noprof(struct kmem_cache *s, gfp_t gfp, int node) { return alloc(s, gfp); }
void kmem_cache_free(struct kmem_cache *s, void *object) { release_object(s, object); }
typeof(kmem_cache_alloc_bulk_noprof(NULL, 0, 0, NULL))
kmem_cache_alloc_bulk_noprof(struct kmem_cache *s, gfp_t gfp, size_t n, void **objects)
{
	for (size_t i = 0; i < n; i++)
		objects[i] = alloc(s, gfp);
	return n;
}
void kmem_cache_free_bulk(struct kmem_cache *s, size_t n, void **objects)
{
	for (size_t i = 0; i < n; i++)
		release_object(s, objects[i]);
}
void kmem_cache_destroy(struct kmem_cache *s) { }

/* Sheaves, the prefilled arrays of objects that newer trees' maple trees ask for. */
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
		sheaf_cache = create("slab_sheaf", sizeof(*sheaf), 8, 0, NULL, false);
	sheaf = alloc(sheaf_cache, gfp);
	sheaf->size = size;
	return sheaf;
}
int kmem_cache_refill_sheaf(struct kmem_cache *s, gfp_t gfp, struct slab_sheaf **sheaf, unsigned int size)
{
	if ((*sheaf)->size < size)
		(*sheaf)->size = size;
	return 0;
}
void kmem_cache_return_sheaf(struct kmem_cache *s, gfp_t gfp, struct slab_sheaf *sheaf) { release_object(sheaf_cache, sheaf); }
void *kmem_cache_alloc_from_sheaf_noprof(struct kmem_cache *s, gfp_t gfp, struct slab_sheaf *sheaf)
{
	if (!sheaf->size)
		return NULL;
	sheaf->size--;
	return alloc(s, gfp);
}
unsigned int kmem_cache_sheaf_size(struct slab_sheaf *sheaf) { return sheaf->size; }

/* kmalloc: by size; beyond the largest cache whole pages. */
static void *kmalloc_any(size_t size, gfp_t gfp)
{
	int kind = gfp & __GFP_ACCOUNT ? KMALLOC_ACCOUNTED : KMALLOC_PLAIN;

	if (!size)
		return ZERO_SIZE_PTR;
	for (int i = 0; i < ARRAY_SIZE(kmalloc_sizes); i++)
		if (size <= kmalloc_sizes[i])
			return alloc(kmalloc_cache[kind][i], gfp);
	large_live++;
	return (void *)get_free_pages_noprof(gfp | __GFP_COMP, get_order(size));
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
	unsigned int slot;

	if (ZERO_OR_NULL_PTR(object))
		return;
	if (find(object, &slot)) {
		release_object(NULL, (void *)object);
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

/* What the view asks. */
unsigned int sim_cache_count(void) { return cache_count; }
const char *sim_cache_name(unsigned int i) { return caches[i].name; }
unsigned long sim_cache_size(unsigned int i) { return caches[i].size; }
unsigned long sim_cache_live(unsigned int i) { return caches[i].live; }
unsigned long sim_cache_pending(unsigned int i) { return caches[i].pending; }
unsigned long sim_cache_allocated(unsigned int i) { return caches[i].allocated; }
unsigned long sim_cache_freed(unsigned int i) { return caches[i].freed; }
unsigned long sim_kmalloc_large(void) { return large_live; }
/* State of the object that starts here: 0 free or none, 1 live, 2 pending; the cache's number times four is added. */
unsigned long sim_object_state(void *object)
{
	unsigned int slot;
	struct chunk *c = find(object, &slot);

	if (!c || c->base + slot * c->cache->size != (unsigned long)object)
		return 0;
	return c->state[slot] | (unsigned long)(c->cache - caches + 1) << 2;
}
/* Start of the object that holds this address, 0 for none. */
unsigned long sim_object_at(void *inside)
{
	unsigned int slot;
	struct chunk *c = find(inside, &slot);

	return c ? c->base + slot * c->cache->size : 0;
}
/* True where the address lies in an object of the cache of that name. */
bool sim_object_is(unsigned long inside, const char *cache)
{
	unsigned int slot;
	struct chunk *c = find((void *)inside, &slot);

	return c && !strcmp(c->cache->name, cache);
}
/* Writes live objects of a cache from chunk *next on, whole chunks only; *next becomes 0 at the end. Returns how many. */
unsigned long sim_objects_of(unsigned long cache, unsigned long *next, unsigned long *out, unsigned long max)
{
	unsigned long n = 0;
	unsigned int i = *next ? *next : 1;

	for (; i < chunk_count; i++) {
		if (chunks[i].cache != &caches[cache])
			continue;
		if (n + chunks[i].slots > max)
			break;
		for (unsigned int slot = 0; slot < chunks[i].slots; slot++)
			if (chunks[i].state[slot] == LIVE)
				out[n++] = chunks[i].base + slot * chunks[i].cache->size;
	}
	*next = i < chunk_count ? i : 0;
	return n;
}

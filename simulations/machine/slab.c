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
#include "slab.h"

#define CACHES_MAX 128
#define CHUNKS_MAX 65536
#define CHUNKS_PER_BLOCK 256
#define CHUNK_ORDER 3

enum state { FREE, LIVE, PENDING };

struct kmem_cache {
	const char *name;
	unsigned int object_size, size, align;
	/* Bytes from one object to the next: with a red zone between where accesses are checked. */
	unsigned int stride;
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
	/* Bytes that were asked for. */
	unsigned int *bytes;
	/* While free: the number of the grace period in which it was freed. */
	unsigned int *freed_in;
	unsigned long *next;
};

static struct kmem_cache caches[CACHES_MAX];
static unsigned int cache_count;
/* By number, in blocks made when they are needed: what lies in variables is copied whenever the machine goes back. */
static struct chunk *chunk_blocks[CHUNKS_MAX / CHUNKS_PER_BLOCK];
static unsigned int chunk_count = 1;
static char names[CACHES_MAX][32];
unsigned long sim_slab_limit = 1UL << 25;
static unsigned long slab_live;
/* Grace periods that have ended since boot. */
static unsigned int grace_periods = 1;
#define RED_ZONE (IS_ENABLED(CONFIG_DEBUG_VM) ? 16 : 0)

static struct chunk *chunk_at(unsigned int n) { return &chunk_blocks[n / CHUNKS_PER_BLOCK][n % CHUNKS_PER_BLOCK]; }

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
	s->stride = max(s->size, ALIGN(s->object_size + RED_ZONE, align));
}

struct kmem_cache *sim_cache_create(const char *name, unsigned int size, unsigned int align, slab_flags_t flags,
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
	return sim_cache_create(name, size, args->align, flags, args->ctor, args->use_freeptr_offset);
}
#else
struct kmem_cache *kmem_cache_create(const char *name, unsigned int size, unsigned int align, slab_flags_t flags,
				     void (*ctor)(void *))
{
	return sim_cache_create(name, size, align, flags, ctor, false);
}
struct kmem_cache *kmem_cache_create_usercopy(const char *name, unsigned int size, unsigned int align, slab_flags_t flags,
					      unsigned int offset, unsigned int bytes, void (*ctor)(void *))
{
	return sim_cache_create(name, size, align, flags, ctor, false);
}
#endif

void sim_slab_init(void) { sim_kmalloc_init(); }

/* A free slot is named by chunk << 16 | slot. */
static void push(struct kmem_cache *s, unsigned int chunk, unsigned int slot)
{
	unsigned long name = (unsigned long)chunk << 16 | slot;

	if (!s->queued++)
		s->head = name;
	else
		chunk_at(s->tail >> 16)->next[s->tail & 0xffff] = name;
	s->tail = name;
}

static void add_chunk(struct kmem_cache *s)
{
	unsigned int order = CHUNK_ORDER, n = chunk_count;
	struct chunk *c;

	while ((PAGE_SIZE << order) < 4 * s->stride && order < 10)
		order++;
	if (chunk_count == CHUNKS_MAX)
		sim_host_exhausted("slab chunks");
	chunk_count++;
	if (!chunk_blocks[n / CHUNKS_PER_BLOCK])
		chunk_blocks[n / CHUNKS_PER_BLOCK] = sim_backed_pages(get_order(CHUNKS_PER_BLOCK * sizeof(*c)));
	c = chunk_at(n);
	c->cache = s;
	c->order = order;
	c->base = (unsigned long)sim_backed_pages(order);
	c->slots = (PAGE_SIZE << order) / s->stride;
	c->state = keep(c->slots);
	c->next = keep(c->slots * sizeof(*c->next));
	c->bytes = keep(c->slots * sizeof(*c->bytes));
	c->freed_in = keep(c->slots * sizeof(*c->freed_in));
	memset(c->state, FREE, c->slots);
	memset(c->freed_in, 0, c->slots * sizeof(*c->freed_in));
	for (unsigned long i = 0; i < 1UL << order; i++)
		sim_slab_of_pfn[(c->base >> PAGE_SHIFT) + i] = n;
	for (unsigned int i = 0; i < c->slots; i++) {
		void *object = (void *)(c->base + i * s->stride);

		if (s->ctor) {
			/* Its own code writes to it. */
			c->state[i] = LIVE;
			c->bytes[i] = s->object_size;
			sim_indivisible++;
			s->ctor(object);
			sim_indivisible--;
			c->state[i] = FREE;
		}
		push(s, n, i);
	}
}

void *sim_object_take(struct kmem_cache *s, gfp_t gfp, size_t bytes)
{
	struct chunk *c;
	unsigned int slot;
	void *object;

	sim_might_alloc(gfp);
	sim_point(SIM_POINT_SLAB, s);
	if (++slab_live > sim_slab_limit)
		sim_host_exhausted("slab objects");
	/* Keep a tail of freed objects back, so that the most recently freed are not reused at once. */
	if (s->queued <= 32)
		add_chunk(s);
	c = chunk_at(s->head >> 16);
	slot = s->head & 0xffff;
	s->head = c->next[slot];
	s->queued--;
	if (c->state[slot] != FREE)
		sim_host_bug("slab: free list corrupt", "machine:slab.c", __LINE__, __func__);
	c->state[slot] = LIVE;
	s->live++;
	s->allocated++;
	c->bytes[slot] = bytes;
	object = (void *)(c->base + slot * s->stride);
	if (gfp & __GFP_ZERO)
		sim_fill(object, 0, s->object_size);
	else if (!s->ctor && !(s->flags & SLAB_TYPESAFE_BY_RCU))
		sim_fill(object, sim_fresh, s->object_size);
	if (sim_watching())
		sim_tell_watched((unsigned long)object, SIM_ALLOCATED);
	return object;
}

void *sim_object_alloc(struct kmem_cache *s, gfp_t gfp, size_t bytes)
{
	return sim_refuses(s->name, bytes, gfp) ? NULL : sim_object_take(s, gfp, bytes);
}
unsigned int sim_cache_object_size(struct kmem_cache *s) { return s->object_size; }

/* Chunk of an object and its slot; NULL where the address is not the start of one. */
static struct chunk *find(const void *object, unsigned int *slot)
{
	unsigned long address = (unsigned long)object, offset;
	struct chunk *c;

	if (address >= SIM_SPARSE_PFN << PAGE_SHIFT || !sim_slab_of_pfn[address >> PAGE_SHIFT])
		return NULL;
	c = chunk_at(sim_slab_of_pfn[address >> PAGE_SHIFT]);
	offset = address - c->base;
	*slot = (unsigned int)offset / c->cache->stride;
	return *slot < c->slots ? c : NULL;
}

bool sim_is_slab(const void *object)
{
	unsigned int slot;

	return find(object, &slot);
}

/* SLAB_TYPESAFE_BY_RCU: a freed object may be looked at until the readers of that time have left. */
static bool is_dead(const struct chunk *c, unsigned int slot)
{
	if (c->state[slot] != FREE)
		return false;
	return !(c->cache->flags & SLAB_TYPESAFE_BY_RCU) || c->freed_in[slot] != grace_periods;
}
void sim_slab_grace_period(void) { grace_periods++; }

bool sim_object_look(unsigned long address, struct sim_object *object)
{
	struct chunk *c = chunk_at(sim_slab_of_pfn[address >> PAGE_SHIFT]);
	unsigned int offset = address - c->base, slot = offset / c->cache->stride;
	bool inside = slot < c->slots;

	slot = inside ? slot : c->slots - 1;
	object->start = c->base + slot * c->cache->stride;
	object->bytes = c->state[slot] == FREE ? c->cache->object_size : c->bytes[slot];
	object->cache = c->cache->name;
	object->dead = is_dead(c, slot);
	return inside;
}

static _Noreturn void bad_free(const char *kind, const void *address, struct chunk *c, unsigned int slot)
{
	if (!c)
		sim_host_bad_free(kind, (unsigned long)address, 0, 0, NULL);
	sim_host_bad_free(kind, (unsigned long)address, c->base + slot * c->cache->stride, c->cache->object_size,
			  c->cache->name);
}

void sim_object_free(struct kmem_cache *s, void *object)
{
	unsigned int slot = 0;
	struct chunk *c;

	sim_point(SIM_POINT_SLAB, object);
	c = find(object, &slot);
	if (!c || c->base + slot * c->cache->stride != (unsigned long)object)
		bad_free("no object", object, c, slot);
	if (s && c->cache != s)
		bad_free("wrong cache", object, c, slot);
	s = c->cache;
	if (c->state[slot] == FREE)
		bad_free("twice", object, c, slot);
	if (c->state[slot] == PENDING) {
		s->pending--;
	} else {
		s->live--;
		s->freed++;
		if (sim_watching())
			sim_tell_watched((unsigned long)object, SIM_FREED);
	}
	slab_live--;
	c->state[slot] = FREE;
	c->freed_in[slot] = grace_periods;
	if (!s->ctor && !(s->flags & SLAB_TYPESAFE_BY_RCU))
		sim_fill(object, 0x6b, s->object_size);
	push(s, sim_slab_of_pfn[(unsigned long)object >> PAGE_SHIFT], slot);
}

/* Marks the object that holds this address as freed but inside its grace period. */
int sim_slab_pending(void *inside)
{
	unsigned int slot;
	struct chunk *c = find(inside, &slot);

	if (c && c->state[slot] != LIVE)
		bad_free(c->state[slot] == FREE ? "twice, the second time by RCU" : "twice by RCU", inside, c, slot);
	if (!c)
		return 0;
	c->state[slot] = PENDING;
	c->cache->live--;
	c->cache->freed++;
	c->cache->pending++;
	if (sim_watching())
		sim_tell_watched(c->base + slot * c->cache->stride, SIM_QUEUED);
	return 1;
}

void *kmem_cache_alloc_noprof(struct kmem_cache *s, gfp_t gfp) { return sim_object_alloc(s, gfp, s->object_size); }
void *kmem_cache_alloc_lru_noprof(struct kmem_cache *s, struct list_lru *lru, gfp_t gfp)
{
	return sim_object_alloc(s, gfp, s->object_size);
}
void *kmem_cache_alloc_node_noprof(struct kmem_cache *s, gfp_t gfp, int node)
{
	return sim_object_alloc(s, gfp, s->object_size);
}
void kmem_cache_free(struct kmem_cache *s, void *object) { sim_object_free(s, object); }
/* All or none. */
typeof(kmem_cache_alloc_bulk_noprof(NULL, 0, 0, NULL))
kmem_cache_alloc_bulk_noprof(struct kmem_cache *s, gfp_t gfp, size_t n, void **objects)
{
	if (n && sim_refuses(s->name, n * s->object_size, gfp))
		return 0;
	for (size_t i = 0; i < n; i++)
		objects[i] = sim_object_take(s, gfp, s->object_size);
	return n;
}
void kmem_cache_free_bulk(struct kmem_cache *s, size_t n, void **objects)
{
	for (size_t i = 0; i < n; i++)
		sim_object_free(s, objects[i]);
}
void kmem_cache_destroy(struct kmem_cache *s) { }

/* What the view asks. */
unsigned int sim_cache_count(void) { return cache_count; }
const char *sim_cache_name(unsigned int i) { return caches[i].name; }
unsigned long sim_cache_size(unsigned int i) { return caches[i].size; }
unsigned long sim_cache_live(unsigned int i) { return caches[i].live; }
unsigned long sim_cache_pending(unsigned int i) { return caches[i].pending; }
unsigned long sim_cache_allocated(unsigned int i) { return caches[i].allocated; }
unsigned long sim_cache_freed(unsigned int i) { return caches[i].freed; }
/* State of the object that starts here: 0 free or none, 1 live, 2 pending; the cache's number times four is added. */
unsigned long sim_object_state(void *object)
{
	unsigned int slot;
	struct chunk *c = find(object, &slot);

	if (!c || c->base + slot * c->cache->stride != (unsigned long)object)
		return 0;
	return c->state[slot] | (unsigned long)(c->cache - caches + 1) << 2;
}
/* Start of the object that holds this address, 0 for none. */
unsigned long sim_object_at(void *inside)
{
	unsigned int slot;
	struct chunk *c = find(inside, &slot);

	return c ? c->base + slot * c->cache->stride : 0;
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
		struct chunk *c = chunk_at(i);

		if (c->cache != &caches[cache])
			continue;
		if (n + c->slots > max)
			break;
		for (unsigned int slot = 0; slot < c->slots; slot++)
			if (c->state[slot] == LIVE)
				out[n++] = c->base + slot * c->cache->stride;
	}
	*next = i < chunk_count ? i : 0;
	return n;
}

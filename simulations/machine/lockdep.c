// SPDX-License-Identifier: GPL-2.0-only
/*
 * What CONFIG_LOCKDEP asks of kernel/locking/lockdep.c, where the configuration has it: whether a lock is held, in what
 * order classes of locks are taken, what must not be done under them. Orders and complaints are written down once each;
 * the host reads and judges them (src/simulator/locks). Nothing here changes what the code under test does.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/rcupdate.h>
#include <linux/fs.h>
#include "mm/internal.h"
#include "locks.h"

/* Nodes of interval trees that were visited, added or taken out. */
unsigned long sim_tree_nodes;

#define LOG_CLASSES 256
#define LOG_EDGES 2048
#define LOG_COMPLAINTS 32
/* Words of 64 bits, as the host reads them; class 0 is none. */
static struct {
	unsigned long edge_count, complaint_count, class_count;
	struct { unsigned long key, subclass, name; } classes[LOG_CLASSES];
	struct { unsigned long from, to, from_number, to_number, to_shared; } edges[LOG_EDGES];
	struct { unsigned long rule, number, earlier, what; } complaints[LOG_COMPLAINTS];
} order = { .class_count = 1 };

void *sim_lock_order_log(void) { return &order; }

/* Beyond the bound nothing is lost that matters: the first of a kind is what is told. */
void sim_lock_complain(enum sim_rule rule, const char *what, unsigned long earlier)
{
	unsigned long number = sim_lock_number();

	if (order.complaint_count == LOG_COMPLAINTS)
		return;
	order.complaints[order.complaint_count].rule = rule;
	order.complaints[order.complaint_count].number = number;
	order.complaints[order.complaint_count].earlier = earlier;
	order.complaints[order.complaint_count++].what = (unsigned long)what;
}

static const struct sim_held *held_by_me(const void *lock, bool write)
{
	for (unsigned long i = sim_held_count; i--;)
		if (sim_held_locks[i].lock == lock && sim_held_locks[i].owner == current &&
		    (!write || sim_held_locks[i].mode == HELD_WRITE))
			return &sim_held_locks[i];
	return NULL;
}

#ifdef CONFIG_LOCKDEP
struct lock_class_key __lockdep_no_validate__, __lockdep_no_track__;
int debug_locks = 1, debug_locks_silent;
int debug_locks_off(void) { return 0; }
bool read_lock_is_recursive(void) { return true; }

static struct lock_class_key rcu_keys[4];
struct lockdep_map rcu_lock_map = STATIC_LOCKDEP_MAP_INIT("rcu_read_lock", &rcu_keys[0]);
struct lockdep_map rcu_bh_lock_map = STATIC_LOCKDEP_MAP_INIT("rcu_read_lock_bh", &rcu_keys[1]);
struct lockdep_map rcu_sched_lock_map = STATIC_LOCKDEP_MAP_INIT("rcu_read_lock_sched", &rcu_keys[2]);
struct lockdep_map rcu_callback_map = STATIC_LOCKDEP_MAP_INIT("rcu_callback", &rcu_keys[3]);
static struct lockdep_map reclaim_map = STATIC_LOCKDEP_MAP_INIT("fs_reclaim", &reclaim_map);

void lockdep_init_map_type(struct lockdep_map *map, const char *name, struct lock_class_key *key, int subclass, u8 inner,
			   u8 outer, u8 type)
{
	*map = (struct lockdep_map){ .name = name, .key = (void *)key + subclass, .wait_type_inner = inner,
				     .wait_type_outer = outer, .lock_type = type };
}
void lockdep_register_key(struct lock_class_key *key) { }
void lockdep_unregister_key(struct lock_class_key *key) { }
void lockdep_init_task(struct task_struct *task) { task->lockdep_depth = 0; }

/* Locks set up by the same line are of one class, which a subclass divides; a lock set up by the compiler is its own key. */
static unsigned int class_of_map(struct lockdep_map *map, int subclass)
{
	unsigned long key = map->key ? (unsigned long)map->key : (unsigned long)map;
	unsigned int i;

	if (map->key == &__lockdep_no_validate__ || map->key == &__lockdep_no_track__)
		return 0;
	for (i = 1; i < order.class_count; i++)
		if (order.classes[i].key == key && order.classes[i].subclass == subclass)
			return i;
	if (i == LOG_CLASSES)
		sim_host_exhausted("classes of locks");
	order.classes[i].key = key;
	order.classes[i].subclass = subclass;
	order.classes[i].name = (unsigned long)map->name;
	order.class_count++;
	return i;
}

static bool map_held(const struct lockdep_map *map)
{
	for (unsigned long i = sim_held_count; i--;)
		if (sim_held_locks[i].map == map && sim_held_locks[i].owner == current)
			return true;
	return false;
}

static void edge(const struct sim_held *held, unsigned int to, int shared)
{
	static unsigned char seen[LOG_CLASSES][LOG_CLASSES / 8];
	unsigned char *byte = &seen[held->class][to / 8], bit = 1 << to % 8;
	unsigned long n = order.edge_count;

	if (*byte & bit)
		return;
	*byte |= bit;
	if (n == LOG_EDGES)
		sim_host_exhausted("orders of locks");
	order.edges[n].from = held->class;
	order.edges[n].to = to;
	order.edges[n].from_number = held->number;
	order.edges[n].to_number = sim_lock_next();
	order.edges[n].to_shared = shared;
	order.edge_count++;
}

/*
 * Notes that a lock is about to be taken while those held are; its class. A trylock waits for nothing, so nothing comes
 * before it. Of one class two are taken only where the outer one keeps all others away (nest), or both for reading where
 * a reader may come twice: Documentation/locking/lockdep-design.rst.
 */
unsigned int sim_lock_order(struct lockdep_map *map, struct sim_take how)
{
	unsigned int class = class_of_map(map, how.subclass);

	if (!class || how.try)
		return class;
	for (unsigned long i = 0; i < sim_held_count; i++) {
		const struct sim_held *held = &sim_held_locks[i];

		if (held->owner != current || !held->class)
			continue;
		if (held->class == class && how.nest && map_held(how.nest))
			continue;
		if (held->class == class && how.shared == 2 && (held->mode == HELD_READ || held->mode == HELD_MAP_READ))
			continue;
		edge(held, class, how.shared);
	}
	return class;
}

/* Locks of which only the map is known: RCU (check is 0: no order), local locks, a VMA's own lock, sections of SRCU. */
void lock_acquire(struct lockdep_map *map, unsigned int subclass, int try, int shared, int check, struct lockdep_map *nest,
		  unsigned long ip)
{
	unsigned int class = check ? sim_lock_order(map, (struct sim_take){ subclass, try, shared, nest }) : 0;

	sim_took(map, shared ? HELD_MAP_READ : HELD_MAP, map, class);
}
void lock_release(struct lockdep_map *map, unsigned long ip)
{
	const struct sim_held *found = NULL;

	for (unsigned long i = sim_held_count; i-- && !(found && found->owner == current);)
		if (sim_held_locks[i].map == map && sim_held_locks[i].mode >= HELD_MAP &&
		    (!found || sim_held_locks[i].owner == current))
			found = &sim_held_locks[i];
	sim_dropped(map, found ? found->mode : HELD_MAP);
}
void lock_sync(struct lockdep_map *map, unsigned int subclass, int shared, int check, struct lockdep_map *nest,
	       unsigned long ip)
{
	lock_acquire(map, subclass, 0, shared, check, nest, ip);
	lock_release(map, ip);
}
void lock_downgrade(struct lockdep_map *map, unsigned long ip) { }
void lock_set_class(struct lockdep_map *map, const char *name, struct lock_class_key *key, unsigned int subclass,
		    unsigned long ip)
{
	map->key = (void *)key + subclass;
	map->name = name;
}
/* Differs between two holdings of one lock. */
u32 lock_sequence(struct lockdep_map *map);
u32 lock_sequence(struct lockdep_map *map)
{
	for (unsigned long i = sim_held_count; i--;)
		if (sim_held_locks[i].map == map && sim_held_locks[i].owner == current)
			return sim_held_locks[i].number;
	return 0;
}
int lock_is_held_type(const struct lockdep_map *map, int shared)
{
	for (unsigned long i = sim_held_count; i--;) {
		unsigned long mode = sim_held_locks[i].mode;

		if (sim_held_locks[i].map != map || sim_held_locks[i].owner != current)
			continue;
		if (shared < 0 || !!shared == (mode == HELD_READ || mode == HELD_MAP_READ))
			return 1;
	}
	return 0;
}

/* Spinlocks held, sections of RCU and disabled pre-emption: what must not sleep. RCU without pre-emption counts there. */
static unsigned int atomic_depth(const struct sim_held **culprit)
{
	unsigned int depth = preempt_count();

	for (unsigned long i = 0; i < sim_held_count; i++) {
		const struct sim_held *held = &sim_held_locks[i];
		bool spins = held->mode == HELD_SPIN || (held->mode <= HELD_WRITE && held->map->wait_type_inner != LD_WAIT_SLEEP);

		if (held->owner != current)
			continue;
		depth += spins;
		if (!*culprit && (spins || held->map == &rcu_lock_map))
			*culprit = held;
	}
	return depth;
}

/* offsets: pre-emption that may be off, and sections of RCU that may be open (include/linux/sched.h). */
void __might_resched(const char *file, int line, unsigned int offsets)
{
	const struct sim_held *culprit = NULL;

	if (atomic_depth(&culprit) > (offsets & 0xff) + (offsets >> 8))
		sim_lock_complain(RULE_SLEEP, culprit ? culprit->map->name : NULL, culprit ? culprit->number : 0);
}
void __might_sleep(const char *file, int line) { __might_resched(file, line, 0); }
void sim_might_sleep(void) { __might_resched(NULL, 0, 0); }

/* As mm/page_alloc.c: an allocation that may reclaim counts as taking what reclaim takes. */
static bool reclaims(gfp_t gfp)
{
	return (gfp & __GFP_DIRECT_RECLAIM) && !(current->flags & PF_MEMALLOC) && !(gfp & __GFP_NOLOCKDEP);
}
void fs_reclaim_acquire(gfp_t gfp)
{
	gfp = current_gfp_context(gfp);
	if (reclaims(gfp) && (gfp & __GFP_FS))
		lock_map_acquire(&reclaim_map);
}
void fs_reclaim_release(gfp_t gfp)
{
	gfp = current_gfp_context(gfp);
	if (reclaims(gfp) && (gfp & __GFP_FS))
		lock_map_release(&reclaim_map);
}
void sim_might_alloc(gfp_t gfp) { might_alloc(gfp); }

/* RCU's own questions. */
int debug_lockdep_rcu_enabled(void) { return 1; }
bool rcu_lockdep_current_cpu_online(void) { return true; }
bool rcu_is_watching(void) { return true; }
static bool cannot_sleep(void)
{
	const struct sim_held *culprit = NULL;

	return atomic_depth(&culprit) || !sim_irqflags;
}
int rcu_read_lock_held(void) { return map_held(&rcu_lock_map); }
int rcu_read_lock_bh_held(void) { return map_held(&rcu_bh_lock_map) || cannot_sleep(); }
int rcu_read_lock_sched_held(void) { return map_held(&rcu_sched_lock_map) || cannot_sleep(); }
int rcu_read_lock_any_held(void) { return map_held(&rcu_lock_map) || rcu_read_lock_sched_held(); }
void lockdep_rcu_suspicious(const char *file, int line, const char *text)
{
	__warn_printk("suspicious RCU usage: %s", text);
	sim_warn(file, line, "");
}
#else
unsigned int sim_lock_order(struct lockdep_map *map, struct sim_take how) { return 0; }
void sim_might_sleep(void) { }
void sim_might_alloc(gfp_t gfp) { }
#endif

/*
 * The trees that reverse-map walks go through, by where their roots lie: in an anon_vma, under the rwsem of its root; in
 * an address_space, under its i_mmap_rwsem. Offsets come from the layouts of the image, ~0 where it has no such member:
 * then that tree is not watched.
 */
static struct {
	unsigned long anon_root, anon_rwsem, i_mmap, i_mmap_rwsem;
} places = { ~0UL, ~0UL, ~0UL, ~0UL };

void sim_tree_places(unsigned long anon_root, unsigned long anon_rwsem, unsigned long i_mmap, unsigned long i_mmap_rwsem)
{
	places = (typeof(places)){ anon_root, anon_rwsem, i_mmap, i_mmap_rwsem };
}

static void need_lock(void *root, bool write)
{
	unsigned long start = sim_object_at(root);
	bool anon = start && sim_object_is(start, "anon_vma");
	void *lock;

	sim_tree_nodes++;
	if (!start || (anon ? places.anon_root == ~0UL || places.anon_rwsem == ~0UL
			    : places.i_mmap == ~0UL || places.i_mmap_rwsem == ~0UL))
		return;
	lock = anon ? *(void **)(start + places.anon_root) + places.anon_rwsem
		    : root - places.i_mmap + places.i_mmap_rwsem;
	if (!held_by_me(lock, write))
		sim_lock_complain(write ? RULE_TREE_WRITE : RULE_TREE_READ, anon ? "anon_vma" : "i_mmap", 0);
}

/*
 * A move of page-table entries while both ranges are mapped. A walk that meets the new VMA before the old one finds an
 * entry in neither if it moves in between (mm/mremap.c move_ptes(), need_rmap_locks): then both walks' locks must be held.
 * Known by the lock of the new page table, which is taken under that of the old one; VMAs of equal keys are not judged.
 */
static struct {
	unsigned long from, end, to;
	bool on;
} move;

void sim_move_begin(unsigned long from, unsigned long length, unsigned long to)
{
	move = (typeof(move)){ from, from + length, to, true };
}
void sim_move_end(void) { move.on = false; }

static unsigned long anon_key(struct vm_area_struct *vma)
{
#ifdef KF_ANON_PGOFF
	return vma_start_anon_pgoff(vma);
#else
	return vma->vm_pgoff;
#endif
}

void sim_moves_entries(void)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *old, *new;
	unsigned long at;

	if (!move.on || !mm || !rwsem_is_locked(&mm->mmap_lock))
		return;
	old = find_vma(mm, move.from);
	if (!old || old->vm_start >= move.end)
		return;
	at = max(old->vm_start, move.from);
	new = find_vma(mm, move.to + (at - move.from));
	if (!new || new == old || new->vm_start > move.to + (at - move.from))
		return;
	if (old->anon_vma && places.anon_root != ~0UL && places.anon_rwsem != ~0UL && anon_key(new) < anon_key(old) &&
	    !held_by_me(*(void **)((void *)old->anon_vma + places.anon_root) + places.anon_rwsem, true))
		sim_lock_complain(RULE_MOVE, "anon_vma", 0);
	if (old->vm_file && places.i_mmap_rwsem != ~0UL && new->vm_pgoff < old->vm_pgoff &&
	    !held_by_me((void *)old->vm_file->f_mapping + places.i_mmap_rwsem, true))
		sim_lock_complain(RULE_MOVE, "i_mmap", 0);
}

/* Called by wrappers/interval_tree.c before each change and at the start of each walk. */
void sim_tree_write(void *root) { need_lock(root, true); }
void sim_tree_read(void *root) { need_lock(root, false); }

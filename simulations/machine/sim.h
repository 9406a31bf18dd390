/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the simulated rest of the kernel shares between its own files.
 *
 * Addresses: linear memory is the direct map (physical = virtual). Pages that hold kernel data (page tables, slabs)
 * lie inside it. Pages of user data are "sparse": they have a struct page and one tag word, and an address beyond the
 * end of linear memory, so that touching their bytes directly traps.
 */
#ifndef RMAPBOT_SIM_H
#define RMAPBOT_SIM_H
#include <linux/types.h>

#define SIM_IMPORT(name) __attribute__((import_module("sim"), import_name(name)))

/* Frame numbers: [0, SIM_SPARSE_PFN) backed by linear memory, then SIM_SPARSE_PAGES pages of user data. */
#define SIM_SPARSE_PFN (1UL << 20)
#define SIM_SPARSE_PAGES (1UL << 22)
#define SIM_LAST_PFN (SIM_SPARSE_PFN + SIM_SPARSE_PAGES)
/* Slots of the one swap area, the header included. */
#define SIM_SWAP_PAGES (1UL << 14)
#define SIM_IS_SPARSE(address) ((unsigned long)(address) >= (SIM_SPARSE_PFN << 12))

/* Told to the host; none of them changes the machine. Those that do not return say so. */
SIM_IMPORT("bug") _Noreturn void sim_host_bug(const char *text, const char *file, int line, const char *function);
SIM_IMPORT("stuck") _Noreturn void sim_host_stuck(void *lock, const char *why);
SIM_IMPORT("exhausted") _Noreturn void sim_host_exhausted(const char *what);
SIM_IMPORT("warn") void sim_host_warn(const char *text, const char *file, int line, const char *function);
/* An access that no correct code makes; start, bytes, cache: of the object concerned, bytes as asked for. */
SIM_IMPORT("badAccess") _Noreturn void sim_host_bad_access(const char *kind, unsigned long address, unsigned int access,
							   unsigned long start, unsigned long bytes, const char *cache);
SIM_IMPORT("badFree") _Noreturn void sim_host_bad_free(const char *kind, unsigned long address, unsigned long start,
						       unsigned long bytes, const char *cache);
SIM_IMPORT("refused") void sim_host_refused(const char *what, unsigned long bytes);
SIM_IMPORT("watched") void sim_host_watched(unsigned long start, unsigned int event);
SIM_IMPORT("say") void sim_host_printk(const char *text, unsigned long length);

struct page;
struct mm_struct;
struct task_struct;
struct file;

/* printk.c */
void __warn_printk(const char *format, ...);
void sim_warn(const char *file, int line, const char *function);

/* tasks.c */
void sim_run_as(int t);
struct task_struct *sim_task(int t);
void sim_kernel_task_init(struct task_struct *task);
int sim_vfork(int parent);
void sim_exit(int t);
int sim_fork(int parent);
long sim_mmap(int t, unsigned long addr, unsigned long len, unsigned long prot, unsigned long flags, unsigned long fd,
	      unsigned long pgoff);
long sim_munmap(int t, long addr, long len);
long sim_mprotect(int t, long addr, long len, long prot);
long sim_mremap(int t, long addr, long old_len, long new_len, long flags, long new_addr);
long sim_madvise(int t, long addr, long len, long advice);
long sim_mlock(int t, long addr, long len);
long sim_munlock(int t, long addr, long len);

/* access.c, files.c, reclaim.c, wrappers */
long sim_write(int t, unsigned long addr, unsigned long tag);
long sim_read(int t, unsigned long addr);
void sim_task_work(void);
long sim_folio_step(int step, unsigned long pfn);
long sim_uffd_move(int t, unsigned long to, unsigned long from, unsigned long len);
long sim_uffd_copy(int t, unsigned long to, unsigned long from, unsigned long len);
void sim_ksm_scan(void);

/* threads.c */
#define SIM_THREADS_MAX 4
enum sim_point_kind { SIM_POINT_OP = 1, SIM_POINT_LOCK, SIM_POINT_UNLOCK, SIM_POINT_SLAB, SIM_POINT_PAGE, SIM_POINT_SCHED };
/* How many simulated threads there are, 0 outside of concurrent steps, and which one runs. */
extern unsigned int sim_threads, sim_self;
void sim_point_slow(unsigned int kind, void *object);
/* A place where another thread may take over. */
static inline void sim_point(unsigned int kind, void *object)
{
	if (sim_threads)
		sim_point_slow(kind, object);
}
void sim_block(void *on);
void sim_awake(void *on);
bool sim_others_run(void);
void sim_relax(void);
bool sim_rcu_readers(void);
struct task_struct *sim_kernel_task(void);
void sim_threads_init(void);
/* The fuel is used up: where a simulated thread's turn was measured in it, another one takes over; else it is the end. */
void sim_fuel_over(void);
/* Not 0: no thread takes over at a basic block, as the machine's own state is not whole. */
extern unsigned int sim_indivisible;
/* held.c */
bool sim_holds_spinlock(const struct task_struct *task);

/* memory_ops.c */
unsigned long sim_tag_get(unsigned long pfn);
void sim_tag_set(unsigned long pfn, unsigned long tag);

/* pages.c */
void *sim_backed_pages(unsigned int order);
extern unsigned int *sim_slab_of_pfn;

extern unsigned long sim_vmemmap;

/* fuel.c */
extern unsigned long sim_fuel;

/* check.c */
/* What fresh memory is filled with: two runs that differ in it alone must not differ in anything else. */
extern int sim_fresh;
enum sim_event { SIM_ALLOCATED = 1, SIM_FREED, SIM_QUEUED };
void sim_check_range(const void *from, unsigned long size, int write);
bool sim_watching(void);
void sim_tell_watched(unsigned long start, unsigned int event);

/* fail.c */
bool sim_refuses(const char *what, unsigned long bytes, gfp_t gfp);

/* memset() of memory that is dead to the tree. */
static inline void sim_fill(void *to, int value, unsigned long size) { __builtin_memset(to, value, size); }

/* slab.c */
struct sim_object {
	unsigned long start, bytes;
	const char *cache;
	bool dead;
};
/* The object that an address belongs to, dead or not; false where it lies between two: then the one before it. */
bool sim_object_look(unsigned long address, struct sim_object *object);
/* No reader is left of what was freed before. */
void sim_slab_grace_period(void);
void sim_slab_init(void);
void sim_kmalloc_init(void);
int sim_slab_pending(void *object);
unsigned long sim_object_at(void *inside);
unsigned long sim_object_state(void *object);
bool sim_object_is(unsigned long inside, const char *cache);

/* work.c */
struct shrinker;
void sim_add_shrinker(struct shrinker *shrinker);

/* lockdep.c */
extern unsigned long sim_tree_nodes;
void sim_might_alloc(gfp_t gfp);
void sim_move_begin(unsigned long from, unsigned long length, unsigned long to);
void sim_move_end(void);

/* rcu.c */
void sim_grace_period(void);

#endif

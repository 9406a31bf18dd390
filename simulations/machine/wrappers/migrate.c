// SPDX-License-Identifier: GPL-2.0-only
/*
 * mm/migrate.c as it stands, and migration in two steps, as migrate_pages() makes it: first all entries of a folio become
 * migration entries, later they lead to the new folio, or back to the old one. Between the two other steps may run.
 */
#include "mm/migrate.c"
#include "../sim.h"

struct folio *sim_get_mapped(int t, unsigned long addr);
bool sim_isolate(struct folio *folio, struct list_head *list, bool count);

#ifdef KF_MIGRATE_IN_FLIGHT
#ifdef KF_FOLIO_WAS_MAPPED
#define WAS_MAPPED FOLIO_WAS_MAPPED
#else
#define WAS_MAPPED PAGE_WAS_MAPPED
#endif
#define FLIGHTS 64
static struct { struct folio *src, *dst; } flights[FLIGHTS];
static unsigned int flying;
static LIST_HEAD(sources);
static LIST_HEAD(targets);

static struct folio *new_frame(struct folio *old, unsigned long private)
{
	gfp_t gfp = GFP_HIGHUSER_MOVABLE | (folio_test_large(old) ? __GFP_COMP : 0);

	return __folio_alloc(gfp, folio_order(old), 0, NULL);
}

/* 0, -ENOENT if nothing is mapped there, -EBUSY if not isolated, -EAGAIN if it stays. */
long sim_migrate_begin(int t, unsigned long addr)
{
	LIST_HEAD(list);
	struct folio *src = sim_get_mapped(t, addr), *dst = NULL;
	int rc;

	if (!src)
		return -ENOENT;
	if (!sim_isolate(src, &list, true))
		return -EBUSY;
	if (flying == FLIGHTS)
		sim_host_exhausted("migrations in flight");
#ifdef MIGRATEPAGE_UNMAP
	rc = migrate_folio_unmap(new_frame, NULL, 0, src, &dst, MIGRATE_SYNC, MR_SYSCALL, &list);
	if (rc == MIGRATEPAGE_UNMAP)
		rc = 0;
#else
	rc = migrate_folio_unmap(new_frame, NULL, 0, src, &dst, MIGRATE_SYNC, &list);
#endif
	if (rc) {
		putback_movable_pages(&list);
		return rc;
	}
	list_move_tail(&src->lru, &sources);
	list_add_tail(&dst->lru, &targets);
	flights[flying].src = src;
	flights[flying++].dst = dst;
	return 0;
}

static int undo(struct folio *src, struct folio *dst, struct list_head *back)
{
	struct anon_vma *anon_vma = NULL;
	int state = 0;

	__migrate_folio_extract(dst, &state, &anon_vma);
	migrate_folio_undo_src(src, state & WAS_MAPPED, anon_vma, true, back);
	list_del(&dst->lru);
	migrate_folio_undo_dst(dst, true, NULL, 0);
	return -EAGAIN;
}

/* Ends all migrations in flight: arrive tells whether the new folios take over. 0, or -EAGAIN if one had to go back. */
long sim_migrate_end(int arrive)
{
	LIST_HEAD(back);
	long result = 0;

	sim_run_as(-1);
	for (unsigned int i = 0; i < flying; i++) {
		struct folio *src = flights[i].src, *dst = flights[i].dst;
		int rc = -EAGAIN;

		if (arrive)
			rc = migrate_folio_move(NULL, 0, src, dst, MIGRATE_SYNC, MR_SYSCALL, &back);
		if (rc == -EAGAIN)
			rc = undo(src, dst, &back);
		if (arrive && rc)
			result = rc;
	}
	flying = 0;
	putback_movable_pages(&back);
	return result;
}

unsigned int sim_migrating(void) { return flying; }
unsigned long sim_migrating_frame(unsigned int i) { return folio_pfn(flights[i].src); }
/* The anon_vma that migration holds a reference to while the folio has no mapping; NULL for none. */
struct anon_vma *sim_migrating_anon_vma(unsigned int i)
{
	struct anon_vma *anon_vma = NULL;
	int state = 0;

	__migrate_folio_extract(flights[i].dst, &state, &anon_vma);
	__migrate_folio_record(flights[i].dst, state, anon_vma);
	return anon_vma;
}
#else
long sim_migrate_begin(int t, unsigned long addr)
{
	sim_host_bug("unmodelled: migration in two steps", "machine:migrate.c", __LINE__, __func__);
}
long sim_migrate_end(int arrive) { return 0; }
unsigned int sim_migrating(void) { return 0; }
unsigned long sim_migrating_frame(unsigned int i) { return 0; }
struct anon_vma *sim_migrating_anon_vma(unsigned int i) { return NULL; }
#endif

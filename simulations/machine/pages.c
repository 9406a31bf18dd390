// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page allocator: hands out frames, builds compound pages as page_alloc.c does, and checks what is given back as
 * its bad-page checks do. User data (__GFP_HIGHMEM) comes from the sparse frames, all else from linear memory.
 * Freed frames are reused last of all, so that stale references meet a dead page and not a new one.
 */
#include <linux/mm.h>
#include <linux/gfp.h>
#include <linux/memcontrol.h>
#include <linux/hugetlb.h>
#include <linux/huge_mm.h>
#include <linux/page-flags.h>
#if __has_include(<linux/pagevec.h>)
#include <linux/pagevec.h>
#endif
#include "mm/internal.h"
#if __has_include("mm/page_alloc.h")
#include "mm/page_alloc.h"
#endif
#include "older.h"
#include "sim.h"

#define ORDERS 11
/* Newer trees pass allocation flags along. */
#ifdef KF_FROZEN_5
#define FROZEN_FLAGS , unsigned int flags
#else
#define FROZEN_FLAGS
#endif

/* Free blocks of one order in one kind of memory: a queue of frame numbers threaded through page->private. */
struct queue {
	unsigned long head, tail, length;
};
static struct queue freed[2][ORDERS];
static unsigned long next_pfn[2], last_pfn[2];
static unsigned long allocated;
unsigned long sim_vmemmap;
/* Backed pages that the tree's own code has: page tables, large kmalloc() objects. */
static unsigned long kernel_pages;
/* First byte of the pool of backed pages. */
unsigned long sim_pool;
extern unsigned long *sim_tags;
/* Slab chunk number of each backed frame, 0 for none. */
unsigned int *sim_slab_of_pfn;
/* Byte per frame: 1 while it is (part of) an allocated block. */
static unsigned char *frame_live;
unsigned long sim_pages_limit = 1UL << 22;

unsigned long sim_page_struct_size(void) { return sizeof(struct page); }
unsigned long sim_pages_allocated(void) { return allocated; }
unsigned long sim_kernel_pages(void) { return kernel_pages; }
unsigned long sim_highest_sparse(void) { return next_pfn[1]; }
unsigned long sim_highest_backed(void) { return next_pfn[0]; }

/*
 * Areas of zeroed linear memory, by frame number: struct page (all frames), tags (sparse frames), slab owners (backed
 * frames), liveness (all frames); then the pool of backed pages, which grows on demand.
 */
void sim_pages_init(unsigned long memmap, unsigned long tags, unsigned long owners, unsigned long live, unsigned long pool)
{
	sim_vmemmap = memmap;
	sim_tags = (unsigned long *)tags;
	sim_slab_of_pfn = (unsigned int *)owners;
	frame_live = (unsigned char *)live;
	sim_pool = pool;
	next_pfn[0] = last_pfn[0] = pool >> PAGE_SHIFT;
	next_pfn[1] = SIM_SPARSE_PFN;
	last_pfn[1] = SIM_LAST_PFN;
}

SIM_IMPORT("grow") unsigned long sim_host_grow(unsigned long end);

static unsigned long take(int sparse, unsigned int order)
{
	struct queue *q = &freed[sparse][order];
	unsigned long pfn, size = 1UL << order;

	/* Reuse only when the queue is long: use of freed pages then shows. */
	if (q->length > 64 || next_pfn[sparse] + 2 * size > last_pfn[sparse]) {
		if (q->length) {
			pfn = q->head;
			q->head = pfn_to_page(pfn)->private;
			q->length--;
			return pfn;
		}
	}
	pfn = ALIGN(next_pfn[sparse], size);
	if (!sparse && pfn + size > last_pfn[0])
		last_pfn[0] = sim_host_grow((pfn + size) << PAGE_SHIFT) >> PAGE_SHIFT;
	if (pfn + size > last_pfn[sparse])
		return 0;
	next_pfn[sparse] = pfn + size;
	return pfn;
}

static void prepare(struct page *page, unsigned long pfn)
{
	memset(page, 0, sizeof(*page));
	set_page_links(page, ZONE_NORMAL, 0, pfn);
	set_page_count(page, 0);
	atomic_set(&page->_mapcount, -1);
	INIT_LIST_HEAD(&page->lru);
}

#ifdef KF_COMPOUND_DTOR
/* What a compound page's head and tails hold; newer trees have both in a header. */
void prep_compound_tail(struct page *head, int i)
{
	set_compound_head(head + i, head);
	head[i].mapping = TAIL_MAPPING;
	set_page_private(head + i, 0);
}
void prep_compound_head(struct page *head, unsigned int order)
{
	set_compound_order(head, order);
	set_compound_page_dtor(head, COMPOUND_PAGE_DTOR);
	atomic_set(compound_pincount_ptr(head), 0);
	atomic_set(compound_mapcount_ptr(head), -1);
}
/* Pages of hugetlbfs name its destructor: there are none. */
int PageHuge(struct page *page)
{
	return PageCompound(page) && compound_head(page)[1].compound_dtor == HUGETLB_PAGE_DTOR;
}
int PageHeadHuge(struct page *page) { return PageHead(page) && page[1].compound_dtor == HUGETLB_PAGE_DTOR; }
#endif

void prep_compound_page(struct page *page, unsigned int order)
{
	__SetPageHead(page);
	for (int i = 1; i < 1 << order; i++)
#ifdef KF_PREP_TAIL_3
		prep_compound_tail(page + i, page, order);
#else
		prep_compound_tail(page, i);
#endif
	prep_compound_head(page, order);
}

static struct page *alloc_frozen(gfp_t gfp, unsigned int order)
{
	int sparse = !!(gfp & __GFP_HIGHMEM);
	unsigned long pfn;
	struct page *page;

	sim_might_alloc(gfp);
	if (allocated + (1UL << order) > sim_pages_limit)
		sim_host_exhausted("pages");
	pfn = take(sparse, order);
	if (!pfn)
		sim_host_exhausted("pages");
	allocated += 1UL << order;
	page = pfn_to_page(pfn);
	for (unsigned long i = 0; i < 1UL << order; i++) {
		prepare(page + i, pfn + i);
		frame_live[pfn + i] = 1;
		if (sparse)
			sim_tags[pfn + i - SIM_SPARSE_PFN] = gfp & __GFP_ZERO ? 0 : 0xdead0000 + i;
	}
	if (!sparse)
		sim_fill((void *)(pfn << PAGE_SHIFT), gfp & __GFP_ZERO ? 0 : sim_fresh, PAGE_SIZE << order);
	if (order && (gfp & __GFP_COMP))
		prep_compound_page(page, order);
	return page;
}

/* The same on behalf of the tree: NULL where the allocation is one to be refused. */
static struct page *alloc_for_tree(gfp_t gfp, unsigned int order)
{
	struct page *page;

	if (sim_refuses(gfp & __GFP_HIGHMEM ? "user pages" : "kernel pages", PAGE_SIZE << order, gfp))
		return NULL;
	page = alloc_frozen(gfp, order);
	if (!(gfp & __GFP_HIGHMEM)) {
		kernel_pages += 1UL << order;
		if (sim_watching())
			sim_tell_watched((unsigned long)page_to_virt(page), SIM_ALLOCATED);
	}
	return page;
}

/* Backed, zeroed pages for the machine's own use; no struct page state beyond "allocated". */
void *sim_backed_pages(unsigned int order)
{
	struct page *page = alloc_frozen(__GFP_ZERO, order);

	return page_to_virt(page);
}

struct page *__alloc_pages_noprof(gfp_t gfp, unsigned int order, int node, nodemask_t *nodes FROZEN_FLAGS)
{
	struct page *page = alloc_for_tree(gfp, order);

	if (page)
		set_page_count(page, 1);
	return page;
}

/* Pages with a reference count of zero. */
struct page *__alloc_frozen_pages_noprof(gfp_t gfp, unsigned int order, int node, nodemask_t *nodes FROZEN_FLAGS)
{
	return alloc_for_tree(gfp, order);
}

struct folio *__folio_alloc_noprof(gfp_t gfp, unsigned int order, int node,
#ifdef KF_FOLIO_ALLOC_CONST
				   const nodemask_t *nodes
#else
				   nodemask_t *nodes
#endif
)
{
	struct page *page = alloc_for_tree(gfp | __GFP_COMP, order);

	if (!page)
		return NULL;
	set_page_count(page, 1);
#ifdef KF_COMPOUND_DTOR
	if (order > 1)
		prep_transhuge_page(page);
#else
	if (order > 1)
		folio_set_large_rmappable(page_folio(page));
#endif
	return page_folio(page);
}

unsigned long get_free_pages_noprof(gfp_t gfp, unsigned int order)
{
	struct page *page = alloc_for_tree(gfp & ~__GFP_HIGHMEM, order);

	if (!page)
		return 0;
	set_page_count(page, 1);
	return (unsigned long)page_to_virt(page);
}
unsigned long get_zeroed_page_noprof(gfp_t gfp) { return get_free_pages_noprof(gfp | __GFP_ZERO, 0); }

static void bad(const char *what)
{
	char text[96] = "BUG: Bad page state: ";

	strlcat(text, what, sizeof(text));
	sim_host_printk(text, strlen(text));
}

/* What free_page_is_bad() and its compound-page kin check before a page goes back. */
static void check_free(struct page *page, unsigned int order)
{
	struct folio *folio = (struct folio *)page;

#ifdef KF_COMPOUND_DTOR
	if (PageHead(page) && order > 1) {
		struct list_head *deferred = page_deferred_list(page);

		/* The destructor deletes it from the list without making it empty. */
		if (page[1].compound_dtor == TRANSHUGE_PAGE_DTOR && !list_empty(deferred) && deferred->next != LIST_POISON1)
			bad("on the deferred split list");
		if (compound_mapcount(page))
			bad("large folio still mapped");
	}
#else
	if (PageHead(page) && order > 1) {
		if (!list_empty(&folio->_deferred_list))
			bad("on the deferred split list");
		if (folio_entire_mapcount(folio) || atomic_read(&folio->_large_mapcount) != -1 ||
		    atomic_read(&folio->_nr_pages_mapped))
			bad("large folio still mapped");
	}
#endif
	if (folio->mapping && !folio_test_anon(folio))
		bad("non-NULL mapping");
	if (folio_test_lru(folio))
		bad("still on the LRU");
	if (folio_test_locked(folio))
		bad("still locked");
	if (folio_test_writeback(folio))
		bad("under writeback");
	if (folio_test_swapcache(folio) && folio_test_swapbacked(folio))
		bad("in the swap cache");
	for (int i = 0; i < 1 << order; i++) {
		if (page_ref_count(page + i))
			bad("nonzero _refcount");
		if (!page_has_type(page + i) && atomic_read(&page[i]._mapcount) != -1)
			bad("nonzero mapcount");
	}
}

void free_frozen_pages(struct page *page, unsigned int order)
{
	unsigned long pfn = page_to_pfn(page);
	int sparse = pfn >= SIM_SPARSE_PFN;
	struct queue *q = &freed[sparse][order];

	if (pfn >= SIM_LAST_PFN || !frame_live[pfn])
		sim_host_bug("page freed twice, or never allocated", "machine:pages.c", __LINE__, __func__);
	check_free(page, order);
	for (unsigned long i = 0; i < 1UL << order; i++) {
		frame_live[pfn + i] = 0;
		page[i].mapping = (void *)0x6b6b6b6b6b6b6b00UL;
		page[i].flags = (typeof(page[i].flags)){ 0 };
		INIT_LIST_HEAD(&page[i].lru);
	}
	if (!sparse) {
		kernel_pages -= 1UL << order;
		if (sim_watching())
			sim_tell_watched(pfn << PAGE_SHIFT, SIM_FREED);
		sim_fill((void *)(pfn << PAGE_SHIFT), 0x6b, PAGE_SIZE << order);
	}
	allocated -= 1UL << order;
	if (!q->length++)
		q->head = pfn;
	else
		pfn_to_page(q->tail)->private = pfn;
	q->tail = pfn;
}
/* The name before 6.14. */
void free_unref_page(struct page *page, unsigned int order) { free_frozen_pages(page, order); }

#ifdef KF_COMPOUND_DTOR
/* Compound pages go back through a destructor that their head names. */
void free_compound_page(struct page *page) { free_frozen_pages(page, compound_order(page)); }
void destroy_large_folio(struct folio *folio)
{
	if (folio_page(folio, 1)->compound_dtor == TRANSHUGE_PAGE_DTOR)
		free_transhuge_page(&folio->page);
	else
		free_compound_page(&folio->page);
}
void free_unref_page_list(struct list_head *list)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, list, lru)
		free_frozen_pages(page, 0);
}
#else
void free_unref_folios(struct folio_batch *batch)
{
	for (int i = 0; i < batch->nr; i++)
		free_frozen_pages(&batch->folios[i]->page, folio_order(batch->folios[i]));
	folio_batch_reinit(batch);
}
#endif
void __free_pages(struct page *page, unsigned int order)
{
	if (put_page_testzero(page))
		free_frozen_pages(page, order);
}
void free_pages(unsigned long address, unsigned int order)
{
	if (address)
		__free_pages(virt_to_page((void *)address), order);
}

#ifdef KF_FREE_BUDDY_CONST
bool is_free_buddy_page(const struct page *page) { return !frame_live[page_to_pfn(page)]; }
#else
bool is_free_buddy_page(struct page *page) { return !frame_live[page_to_pfn(page)]; }
#endif

int sim_frame_live(unsigned long pfn) { return pfn < SIM_LAST_PFN && frame_live[pfn]; }

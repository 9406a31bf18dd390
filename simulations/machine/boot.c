// SPDX-License-Identifier: GPL-2.0-only
/* From a fresh module to a machine with one node, one zone and no processes. */
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/rmap.h>
#include <linux/radix-tree.h>
#include <linux/maple_tree.h>
#include <linux/khugepaged.h>
#include <linux/memcontrol.h>
#include <linux/sched/task.h>
#include <linux/sched/init.h>
#include <linux/swap.h>
#include <linux/mm_inline.h>
#include <linux/vmstat.h>
#include "mm/internal.h"
#include "sim.h"

extern struct pglist_data *node_data[];
void sim_tasks_init(void);
void sim_files_init(void);
void proc_caches_init(void);
void mm_cache_init(void);
void pagecache_init(void);
void sim_work_init(void);
void sim_work_run(void);
void sim_shrink(void);
int sim_workingset_init(void);
int sim_huge_init(void);
int sim_ksm_init(void);
void sim_ksm_scan(void);
void sim_swap_state_init(void);
int sim_swapon(void);
void sim_unpoison(void);

static struct pglist_data node;
static DEFINE_PER_CPU(struct per_cpu_nodestat, node_stat);
static DEFINE_PER_CPU(struct per_cpu_zonestat, zone_stat);
static DEFINE_PER_CPU(struct per_cpu_pages, page_set);
#ifndef KF_GENERIC_ZERO_PAGE
struct page *sim_zero_page;
/* mm/memory.c's; an initcall sets it, which the image does not run. */
extern unsigned long zero_pfn;
#else
struct page *__zero_page;
unsigned long zero_page_pfn;
#endif

static void init_node(void)
{
	node_data[0] = &node;
	node.node_id = 0;
	node.per_cpu_nodestats = &node_stat;
	node.nr_zones = MAX_NR_ZONES;
	lruvec_init(&node.__lruvec);
#ifdef CONFIG_MEMCG
	node.__lruvec.pgdat = &node;
#endif
	init_waitqueue_head(&node.kswapd_wait);
#ifdef KF_NODE_SPLIT_QUEUE
	spin_lock_init(&node.deferred_split_queue.split_queue_lock);
	INIT_LIST_HEAD(&node.deferred_split_queue.split_queue);
#endif
	for (int i = 0; i < MAX_NR_ZONES; i++) {
		struct zone *zone = &node.node_zones[i];

		zone->zone_pgdat = &node;
		zone->name = "sim";
		zone->per_cpu_zonestats = &zone_stat;
		zone->per_cpu_pageset = &page_set;
		spin_lock_init(&zone->lock);
		if (i == ZONE_NORMAL) {
			atomic_long_set(&zone->managed_pages, 1 << 22);
			zone->present_pages = zone->spanned_pages = 1 << 22;
		}
	}
}

/* Sections of the memory map: all frames are there and online, as pfn_valid() is asked. */
#define SECTIONS DIV_ROUND_UP(SIM_LAST_PFN, PAGES_PER_SECTION)
static struct mem_section *section_roots[NR_SECTION_ROOTS];
static struct mem_section sections[DIV_ROUND_UP(SECTIONS, SECTIONS_PER_ROOT)][SECTIONS_PER_ROOT];

static void init_sections(void)
{
	for (unsigned long i = 0; i < SECTIONS; i++) {
		section_roots[SECTION_NR_TO_ROOT(i)] = sections[SECTION_NR_TO_ROOT(i)];
		__nr_to_section(i)->section_mem_map = SECTION_MARKED_PRESENT | SECTION_HAS_MEM_MAP | SECTION_IS_ONLINE |
						      SECTION_IS_EARLY;
	}
}

static void init_zero_page(void)
{
	struct page *page = alloc_pages(GFP_HIGHUSER | __GFP_ZERO, 0);

	__SetPageReserved(page);
#ifndef KF_GENERIC_ZERO_PAGE
	sim_zero_page = page;
	zero_pfn = page_to_pfn(page);
#else
	__zero_page = page;
	zero_page_pfn = page_to_pfn(page);
#endif
}
unsigned long sim_zero_pfn(void) { return page_to_pfn(ZERO_PAGE(0)); }

/* Everything that start_kernel() does and that our units need, in its order. Areas as sim_pages_init() takes them. */
void sim_boot(void)
{
	sim_slab_init();
	mem_section = section_roots;
	init_sections();
	init_node();
	sim_tasks_init();
	init_zero_page();
	highest_memmap_pfn = SIM_LAST_PFN - 1;
	radix_tree_init();
	maple_tree_init();
	mm_cache_init();
	ptlock_cache_init();
	anon_vma_init();
	proc_caches_init();
	pagecache_init();
	sim_work_init();
	sim_swap_state_init();
	if (sim_workingset_init() || sim_huge_init() || sim_ksm_init() || sim_swapon())
		sim_host_exhausted("memory at boot");
	sim_files_init();
	sim_threads_init();
}

/* All that may wait has happened: batches, grace periods, deferred work. */
void sim_quiesce(void)
{
	lru_add_drain();
	sim_work_run();
	sim_shrink();
	/* The first pass drops what address spaces left behind, the second what that freed in the trees of pages. */
	sim_ksm_scan();
	sim_ksm_scan();
	lru_add_drain();
	sim_unpoison();
	sim_grace_period();
}

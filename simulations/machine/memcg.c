// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory cgroups are compiled in, so that structures have a distribution's sizes, and disabled as on a kernel booted
 * with cgroup_disable=memory. What mm/memcontrol.c still does then: the node's one LRU, and the node's statistics.
 */
#include <linux/mm.h>
#include <linux/memcontrol.h>
#include <linux/vmstat.h>
#include <linux/swap.h>
#include "sim.h"

#ifdef CONFIG_MEMCG
static struct lruvec *node_lruvec(void) { return &NODE_DATA(0)->__lruvec; }

struct lruvec *folio_lruvec_lock(struct folio *folio)
{
#ifdef KF_LRUVEC_RCU
	rcu_read_lock();
#endif
	spin_lock(&node_lruvec()->lru_lock);
	return node_lruvec();
}
struct lruvec *folio_lruvec_lock_irq(struct folio *folio) { return folio_lruvec_lock(folio); }
struct lruvec *folio_lruvec_lock_irqsave(struct folio *folio, unsigned long *flags) { return folio_lruvec_lock(folio); }

#ifndef KF_INLINE_LRUVEC_STATE
unsigned long lruvec_page_state(struct lruvec *lruvec, enum node_stat_item item)
{
	return node_page_state(NODE_DATA(0), item);
}
unsigned long lruvec_page_state_local(struct lruvec *lruvec, enum node_stat_item item)
{
	return node_page_state(NODE_DATA(0), item);
}
#endif

/* Swap space is the machine's. */
long mem_cgroup_get_nr_swap_pages(struct mem_cgroup *memcg) { return get_nr_swap_pages(); }
bool mem_cgroup_swap_full(struct folio *folio) { return vm_swap_full(); }

/* Statistics by memcg and node: only the node's remain. Older trees have the underscored functions, newer the bare ones. */
#ifdef KF_UNDERSCORED_LRUVEC_STAT
#define STAT(name) __##name
#else
#define STAT(name) name
#endif
void STAT(mod_lruvec_state)(struct lruvec *lruvec, enum node_stat_item item, int by)
{
	mod_node_page_state(NODE_DATA(0), item, by);
}
#ifdef KF_LRUVEC_STAT_BY_PAGE
void __mod_lruvec_page_state(struct page *page, enum node_stat_item item, int by)
#else
void STAT(lruvec_stat_mod_folio)(struct folio *folio, enum node_stat_item item, int by)
#endif
{
	mod_node_page_state(NODE_DATA(0), item, by);
}
void STAT(mod_lruvec_kmem_state)(void *object, enum node_stat_item item, int by)
{
	mod_node_page_state(NODE_DATA(0), item, by);
}
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What older trees call the things that the machine defines or uses, so that its files speak the newer names only. Each
 * is asked of the tree (features.yaml).
 */
#ifndef RMAPBOT_OLDER_H
#define RMAPBOT_OLDER_H

/* Allocators before allocation profiling. */
#ifndef KF_NOPROF
#define __alloc_pages_noprof __alloc_pages
#define __folio_alloc_noprof __folio_alloc
#define get_free_pages_noprof __get_free_pages
#define get_zeroed_page_noprof get_zeroed_page
#define kmem_cache_alloc_noprof kmem_cache_alloc
#define kmem_cache_alloc_lru_noprof kmem_cache_alloc_lru
#define kmem_cache_alloc_node_noprof kmem_cache_alloc_node
#define kmem_cache_alloc_bulk_noprof kmem_cache_alloc_bulk
#define __kmalloc_noprof __kmalloc
#define __kmalloc_node_noprof __kmalloc_node
#define __kmalloc_node_track_caller_noprof __kmalloc_node_track_caller
#define __kmalloc_cache_noprof kmalloc_trace
#define __kmalloc_cache_node_noprof kmalloc_node_trace
#define __kmalloc_large_noprof kmalloc_large
#define __kmalloc_large_node_noprof kmalloc_large_node
#define DECL_BUCKET_PARAMS(size, b) size_t size
#endif

#ifndef KF_IS_HUGE_ZERO_FOLIO
#define is_huge_zero_folio(folio) is_huge_zero_page(&(folio)->page)
#endif
#ifndef KF_SWAP_IN_FOLIO
#define SIM_FOLIO_SWAP(folio) folio_swap_entry(folio)
#else
#define SIM_FOLIO_SWAP(folio) ((folio)->swap)
#endif
#endif

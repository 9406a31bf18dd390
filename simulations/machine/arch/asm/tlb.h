/* SPDX-License-Identifier: GPL-2.0-only */
/* Freeing page tables through mmu_gather, in the form each tree has. */
#ifndef _RMAPBOT_ASM_TLB_H
#define _RMAPBOT_ASM_TLB_H
struct mmu_gather;
static void tlb_flush(struct mmu_gather *tlb);
#define tlb_flush tlb_flush
#include <asm-generic/tlb.h>
static inline void tlb_flush(struct mmu_gather *tlb) { sim_tlb_flush(tlb->mm, tlb->start, tlb->end); }
/* Batched page-table pages, where MMU_GATHER_TABLE_FREE is configured and the tree leaves it to the architecture. */
#ifndef KF_GENERIC_TLB_REMOVE_TABLE
static inline void __tlb_remove_table(void *table) { free_page_and_swap_cache(table); }
#endif
#ifdef KF_PTDESC
#ifdef KF_GENERIC_TLB_REMOVE_TABLE
/* The generic __tlb_remove_table() destroys what it frees. */
#define sim_pte_dtor(d) do { } while (0)
#define sim_pmd_dtor(d) do { } while (0)
#define sim_pud_dtor(d) do { } while (0)
#elif defined(KF_PAGETABLE_DTOR)
#define sim_pte_dtor(d) pagetable_dtor(d)
#define sim_pmd_dtor(d) pagetable_dtor(d)
#define sim_pud_dtor(d) pagetable_dtor(d)
#else
#define sim_pte_dtor(d) pagetable_pte_dtor(d)
#define sim_pmd_dtor(d) pagetable_pmd_dtor(d)
#define sim_pud_dtor(d) pagetable_pud_dtor(d)
#endif
#ifdef KF_TLB_REMOVE_PTDESC
#define sim_tlb_remove(tlb, d) tlb_remove_ptdesc((tlb), (d))
#else
#define sim_tlb_remove(tlb, d) tlb_remove_page_ptdesc((tlb), (d))
#endif
#define __pte_free_tlb(tlb, pte, a) do { sim_pte_dtor(page_ptdesc(pte)); sim_tlb_remove(tlb, page_ptdesc(pte)); } while (0)
#define __pmd_free_tlb(tlb, pmd, a) do { sim_pmd_dtor(virt_to_ptdesc(pmd)); sim_tlb_remove(tlb, virt_to_ptdesc(pmd)); } while (0)
#define __pud_free_tlb(tlb, pud, a) do { sim_pud_dtor(virt_to_ptdesc(pud)); sim_tlb_remove(tlb, virt_to_ptdesc(pud)); } while (0)
#else
#define __pte_free_tlb(tlb, pte, a) do { pgtable_pte_page_dtor(pte); tlb_remove_page((tlb), (pte)); } while (0)
#define __pmd_free_tlb(tlb, pmd, a) do { pgtable_pmd_page_dtor(virt_to_page(pmd)); tlb_remove_page((tlb), virt_to_page(pmd)); } while (0)
#define __pud_free_tlb(tlb, pud, a) tlb_remove_page((tlb), virt_to_page(pud))
#endif
#endif

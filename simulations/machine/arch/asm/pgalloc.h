/* SPDX-License-Identifier: GPL-2.0-only */
/* Filling upper levels of the page tables. */
#ifndef _RMAPBOT_ASM_PGALLOC_H
#define _RMAPBOT_ASM_PGALLOC_H
#include <linux/mm.h>
#include <asm-generic/pgalloc.h>
static inline void pmd_populate_kernel(struct mm_struct *mm, pmd_t *pmd, pte_t *pte)
{
	set_pmd(pmd, __pmd(__pa(pte) | _PAGE_TABLE));
}
static inline void pmd_populate(struct mm_struct *mm, pmd_t *pmd, pgtable_t pte)
{
	set_pmd(pmd, __pmd((page_to_pfn(pte) << PAGE_SHIFT) | _PAGE_TABLE));
}
static inline void pud_populate(struct mm_struct *mm, pud_t *pud, pmd_t *pmd)
{
	set_pud(pud, __pud(__pa(pmd) | _PAGE_TABLE));
}
static inline void p4d_populate(struct mm_struct *mm, p4d_t *p4d, pud_t *pud)
{
	set_p4d(p4d, __p4d(__pa(pud) | _PAGE_TABLE));
}
static inline pgd_t *pgd_alloc(struct mm_struct *mm) { return (pgd_t *)get_zeroed_page(GFP_KERNEL); }
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* The 64-bit architecture's page tables serve to compile headers; what 32-bit kernels lack is put out of their way. */
#ifndef _RMAPBOT_ARCH32_PGTABLE_H
#define _RMAPBOT_ARCH32_PGTABLE_H
#define pte_protnone rmapbot_arch32_pte_protnone
#define pmd_protnone rmapbot_arch32_pmd_protnone
#define pte_devmap rmapbot_arch32_pte_devmap
#define pmd_devmap rmapbot_arch32_pmd_devmap
#include "../../arch/asm/pgtable.h"
#undef pte_protnone
#undef pmd_protnone
#undef pte_devmap
#undef pmd_devmap
#endif

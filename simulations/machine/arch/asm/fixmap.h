/* SPDX-License-Identifier: GPL-2.0-only */
/* No fixed mappings. */
#ifndef _RMAPBOT_ASM_FIXMAP_H
#define _RMAPBOT_ASM_FIXMAP_H
#define FIXADDR_START 0UL
#endif

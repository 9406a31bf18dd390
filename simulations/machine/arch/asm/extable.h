/* SPDX-License-Identifier: GPL-2.0-only */
/* No exception tables. */
#ifndef _RMAPBOT_ASM_EXTABLE_H
#define _RMAPBOT_ASM_EXTABLE_H
#include <asm-generic/extable.h>
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers of the generic table. */
#include <asm-generic/unistd.h>

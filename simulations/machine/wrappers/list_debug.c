// SPDX-License-Identifier: GPL-2.0-only
/* lib/list_debug.c as it stands, where lists are hardened. */
#include <linux/list.h>
#ifdef CONFIG_LIST_HARDENED
#include "lib/list_debug.c"
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* One memory node. */
#ifndef _RMAPBOT_ASM_MMZONE_H
#define _RMAPBOT_ASM_MMZONE_H
extern struct pglist_data *node_data[];
#define NODE_DATA(nid) (node_data[nid])
#endif

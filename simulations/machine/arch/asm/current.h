/* SPDX-License-Identifier: GPL-2.0-only */
/* The running simulated thread. */
#ifndef _RMAPBOT_ASM_CURRENT_H
#define _RMAPBOT_ASM_CURRENT_H
struct task_struct;
extern struct task_struct *sim_current;
#define get_current() (sim_current)
#define current get_current()
#endif

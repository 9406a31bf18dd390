// SPDX-License-Identifier: GPL-2.0-only
/* kernel/fork.c as it stands, and a way to its static dup_mm(). */
#include "kernel/fork.c"

struct mm_struct *sim_dup_mm(struct task_struct *task, struct mm_struct *old) { return dup_mm(task, old); }

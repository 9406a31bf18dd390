// SPDX-License-Identifier: GPL-2.0-only
/*
 * Variables that files outside the image define. Each has the value it would have on a machine with one CPU, one node
 * and 16 GiB, after boot. The linker refuses an image with an undefined variable, so none is missing by accident.
 */
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/swap.h>
#include <linux/cpumask.h>
#include <linux/fs.h>
#include <linux/cred.h>
#include <linux/user_namespace.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/sched/user.h>
#include <linux/sched/task.h>
#include <linux/sched/numa_balancing.h>
#include <linux/sched/sysctl.h>
#include <linux/sysctl.h>
#include <linux/jiffies.h>
#include <linux/kobject.h>
#include <linux/moduleparam.h>
#include <linux/workqueue.h>
#include <linux/topology.h>
#include <linux/vmstat.h>
#include <linux/security.h>
#include <linux/memcontrol.h>
#include <linux/memory-tiers.h>
#include <linux/mman.h>
#include <linux/pipe_fs_i.h>
#include <linux/backing-dev.h>
#include <linux/page-isolation.h>
#include <linux/jump_label.h>
#include <linux/compaction.h>
#include <linux/percpu.h>
#include "mm/internal.h"
#include "mm/swap.h"
#include "sim.h"
#define DATA(name) typeof(name) name

/* CPUs and nodes. */
DATA(__per_cpu_offset);
DATA(nr_cpu_ids) = 1;
DATA(nr_node_ids) = 1;
DATA(__cpu_possible_mask) = { { 1 } };
DATA(__cpu_online_mask) = { { 1 } };
DATA(__cpu_dying_mask);
DATA(__num_online_cpus) = { 1 };
DATA(node_data);
DATA(numa_node);
DATA(node_states) = {
	[N_POSSIBLE] = { { 1 } }, [N_ONLINE] = { { 1 } }, [N_NORMAL_MEMORY] = { { 1 } }, [N_MEMORY] = { { 1 } }, [N_CPU] = { { 1 } },
};
DATA(node_reclaim_distance) = 30;
DATA(numa_demotion_enabled);
#ifdef CONFIG_NUMA_BALANCING
DATA(sysctl_numa_balancing_mode);
#endif

/* Memory. */
DATA(_totalram_pages) = ATOMIC_LONG_INIT(1 << 22);
DATA(totalreserve_pages);
DATA(min_free_kbytes) = 1024;
int user_min_free_kbytes = -1;
DATA(vm_committed_as_batch) = 32;
DATA(mmap_min_addr) = 65536;
DATA(init_on_alloc);
DATA(init_on_free);
DATA(mem_section);
DATA(migratetype_names);
DATA(swapper_pg_dir);
DATA(vm_numa_stat_key);
unsigned long sim_irqflags = 1;
char __start_rodata[1], __end_rodata[1];

/* Time and state. */
DATA(jiffies) = 1000;
DATA(system_state) = SYSTEM_RUNNING;
DATA(static_key_initialized) = true;

/* Users, processes, namespaces. */
DATA(init_user_ns) = {
#ifdef KF_NS_REF
	.ns = { .__ns_ref = REFCOUNT_INIT(3) },
#else
	.ns = { .count = REFCOUNT_INIT(3) },
#endif
};
DATA(init_task);
DATA(init_struct_pid);
DATA(root_user);

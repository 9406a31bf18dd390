// SPDX-License-Identifier: GPL-2.0-only
/*
 * Variables that are declared in headers we do not want, or only declared at all: all zero, large enough for whatever
 * they are. Our units take their address or read "off", "none", "empty". Static keys among them are off: memory cgroups
 * are compiled in, as in a distribution, but disabled as by cgroup_disable=memory.
 */
#define ZEROED(name) unsigned long name[64]

ZEROED(nop_mnt_idmap);
ZEROED(bdi_list);
ZEROED(bdi_lock);
ZEROED(bdi_wq);
ZEROED(buffer_heads_over_limit);
ZEROED(cgroup_mutex);
ZEROED(cgrp_dfl_root);
ZEROED(defrag_mode);
ZEROED(default_hstate_idx);
ZEROED(hstates);
ZEROED(hugetlb_fault_mutex_table);
ZEROED(hugetlbfs_file_operations);
ZEROED(init_mnt_ns);
ZEROED(int_active_memcg);
ZEROED(kmsg_fops);
ZEROED(kobj_sysfs_ops);
ZEROED(memory_cgrp_subsys_enabled_key);
ZEROED(memory_cgrp_subsys_on_dfl_key);
ZEROED(mm_kobj);
ZEROED(fs_kobj);
ZEROED(movable_gigantic_pages);
ZEROED(oops_in_progress);
ZEROED(page_cache_pipe_buf_ops);
ZEROED(param_ops_bool);
ZEROED(random_fops);
ZEROED(root_mem_cgroup);
ZEROED(simple_dir_operations);
ZEROED(simple_offset_dir_operations);
ZEROED(swap_bdev_ops);
ZEROED(sysctl_long_vals);
ZEROED(sysctl_vals);
ZEROED(system_percpu_wq);
ZEROED(system_wq);
ZEROED(unprivileged_userns_clone);
ZEROED(urandom_fops);
ZEROED(userspace_init_fs);
ZEROED(validate_usercopy_range);

/* One CPU. */
unsigned int __num_possible_cpus[64] = { 1 };

/* SPDX-License-Identifier: GPL-2.0-only */
/* One node holds all CPUs. */
#ifndef _RMAPBOT_ASM_TOPOLOGY_H
#define _RMAPBOT_ASM_TOPOLOGY_H
struct cpumask;
extern const struct cpumask *sim_node_cpumask(int node);
#define cpumask_of_node(node) sim_node_cpumask(node)
#include <asm-generic/topology.h>
#endif

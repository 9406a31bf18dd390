/* SPDX-License-Identifier: GPL-2.0-only */
/* Which simulated CPU runs. */
#ifndef _RMAPBOT_ASM_SMP_H
#define _RMAPBOT_ASM_SMP_H
extern int sim_cpu;
#define raw_smp_processor_id() (sim_cpu)
struct cpumask;
void arch_send_call_function_single_ipi(int cpu);
void arch_send_call_function_ipi_mask(const struct cpumask *mask);
#endif

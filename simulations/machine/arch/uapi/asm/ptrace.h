/* SPDX-License-Identifier: GPL-2.0-only */
/* The registers we keep. */
#ifndef _RMAPBOT_UAPI_ASM_PTRACE_H
#define _RMAPBOT_UAPI_ASM_PTRACE_H
#ifndef __ASSEMBLY__
struct pt_regs {
	unsigned long ip, sp, ax, user;
};
#endif
#endif

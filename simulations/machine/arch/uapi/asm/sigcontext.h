/* SPDX-License-Identifier: GPL-2.0-only */
/* Signals are not delivered. */
#ifndef _RMAPBOT_UAPI_ASM_SIGCONTEXT_H
#define _RMAPBOT_UAPI_ASM_SIGCONTEXT_H
#include <asm/ptrace.h>
struct sigcontext {
	struct pt_regs regs;
};
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* x86-64 with 32-bit emulation passes three entries of its own to a new program; it sizes mm->saved_auxv. */
#ifndef _RMAPBOT_UAPI_ASM_AUXVEC_H
#define _RMAPBOT_UAPI_ASM_AUXVEC_H
#define AT_VECTOR_SIZE_ARCH 3
#endif

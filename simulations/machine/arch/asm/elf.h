/* SPDX-License-Identifier: GPL-2.0-only */
/* What the core-dump and exec headers want to know of ELF; nothing is ever loaded. */
#ifndef _RMAPBOT_ASM_ELF_H
#define _RMAPBOT_ASM_ELF_H
#define ELF_ARCH 62
#define ELF_CLASS ELFCLASS64
#define ELF_DATA ELFDATA2LSB
#define ELF_EXEC_PAGESIZE 4096
#define ELF_ET_DYN_BASE (TASK_SIZE / 3 * 2)
#define ELF_HWCAP 0
#define ELF_PLATFORM NULL
#define elf_check_arch(x) 1
typedef unsigned long elf_greg_t;
typedef elf_greg_t elf_gregset_t[4];
typedef unsigned long elf_fpregset_t;
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Command line length. */
#ifndef _RMAPBOT_UAPI_ASM_SETUP_H
#define _RMAPBOT_UAPI_ASM_SETUP_H
#define COMMAND_LINE_SIZE 256
#endif

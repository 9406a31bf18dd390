/* SPDX-License-Identifier: GPL-2.0-only */
/* Little endian, as WebAssembly is. */
#ifndef _RMAPBOT_UAPI_ASM_BYTEORDER_H
#define _RMAPBOT_UAPI_ASM_BYTEORDER_H
#include <linux/byteorder/little_endian.h>
#endif

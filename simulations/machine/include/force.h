/* SPDX-License-Identifier: GPL-2.0-only */
/* Included before every unit: what WebAssembly has no notion of becomes a constant. */
#ifndef _RMAPBOT_FORCE_H
#define _RMAPBOT_FORCE_H
#define __builtin_return_address(level) ((void *)0)
#define __builtin_frame_address(level) ((void *)0)
#define _THIS_IP_ (0UL)
#endif

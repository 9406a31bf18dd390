// SPDX-License-Identifier: GPL-2.0-only
/* Positive controls: a control image holds several dormant bugs; at most one is awake. */
#include "sim.h"

static int sim_planted;

/* True while the bug of this number is awake. Called from the planted code. */
int rmapbot_plant(int number) { return sim_planted == number; }

/* 0 puts all of them to sleep. */
void rmapbot_plant_select(int number) { sim_planted = number; }

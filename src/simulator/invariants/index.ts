// SPDX-License-Identifier: GPL-2.0-or-later
// All invariants, in the order in which they are checked: what tells most about a cause comes first.
import { bounded } from './bounded.ts';
import { data } from './data.ts';
import { exclusive } from './exclusive.ts';
import { failure } from './failure.ts';
import { keys } from './keys.ts';
import { lockContext, lockMissing, lockOrder } from './lock-rules.ts';
import { locks } from './locks.ts';
import { noDangling } from './no-dangling.ts';
import { noLeak } from './no-leak.ts';
import { recount } from './recount.ts';
import { kernelSays, returns } from './spoken.ts';
import { stepResult } from './step-result.ts';
import type { Invariant } from './values.ts';
import { walkComplete } from './walk-complete.ts';
import { walkSound } from './walk-sound.ts';

export type { Broken, Invariant } from './values.ts';

export const INVARIANTS: readonly Invariant[] = [
  stepResult,
  noDangling,
  keys,
  walkComplete,
  walkSound,
  recount,
  exclusive,
  data,
  locks,
  lockMissing,
  lockOrder,
  lockContext,
  failure,
  bounded,
  noLeak,
  kernelSays,
  returns,
];

// SPDX-License-Identifier: GPL-2.0-or-later
// What the files of this folder share.
import type { FlatStep } from '../grammar/values.ts';

/** A step of a process beside which `fail` stands. */
export type FailingStep = Extract<FlatStep, { kind: 'action' }>;

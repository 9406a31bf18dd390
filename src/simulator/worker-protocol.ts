// SPDX-License-Identifier: GPL-2.0-or-later
// What the host of scenarios and its worker processes say to each other over IPC (structured clone).
import type { Image } from '../kernel/values.ts';
import type { Scenario } from './grammar/values.ts';
import type { Wanted } from './ground-truth/values.ts';
import type { RunOptions } from './run.ts';
import type { Run } from './values.ts';

/** First message: boot this image. */
export interface BootMessage {
  type: 'boot';
  image: Image;
  options: RunOptions;
  /** Address of the module that exports createMachine(image). */
  machineModule: string;
}

/** Runs one scenario; the index comes back with the answer. */
export interface ScenarioMessage {
  type: 'run';
  index: number;
  scenario: Scenario;
  /** Given: the scenario is a measured history, to be replayed rather than checked. */
  wanted?: Wanted;
}

export type ToWorker = BootMessage | ScenarioMessage;

/** First that the boot is over, however it ended; then one answer for each scenario. */
export type FromWorker = { type: 'booted' } | { type: 'run'; index: number; run: Run };

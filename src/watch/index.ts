// SPDX-License-Identifier: GPL-2.0-or-later
// The watch room. In: a configuration, a way to review. Out: lists that are followed and answered.
export { readConfig } from './config.ts';
export { type Status, statusOf } from './status.ts';
export type { ReviewWish, WatchConfig, WatchPorts } from './values.ts';
export { type WatchOptions, watch } from './watch.ts';

// SPDX-License-Identifier: GPL-2.0-or-later
// What following a source gives: batches of raw mails, and a cursor to be kept with them.
import type { Archive } from '../locate.ts';

/** A raw mail as it arrived. */
export interface Arrival {
  raw: Buffer;
  /** How a log line calls it. */
  name: string;
  /** Its size where it is larger than a message may be; `raw` is its beginning then. */
  tooLarge?: number;
}

export interface Batch {
  arrivals: Arrival[];
  /** Where the next batch begins; to be kept together with what was made of the mails. */
  cursor: string;
  /** More is there already. */
  more: boolean;
  /** What a person should know: renumbered, rewritten, gone before it was read. */
  notes: string[];
}

/**
 * A source that is asked again and again. A batch may repeat mails that an earlier one had (after a rewrite, a
 * renumbering, a restart): who keeps the mails tells by their Message-IDs. It never leaves one out.
 */
export interface Follower {
  /**
   * What came after the cursor; without one, what came since a time (milliseconds), else nothing but the place where
   * the future begins. InputError where the source cannot be read now.
   */
  poll(cursor: string | undefined, since: number | undefined): Promise<Batch>;
  /** Resolves when there may be something new, at the latest after so many milliseconds, or when aborted. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** Where to follow: a folder, or a server. */
export type FollowPlace = { kind: 'git' | 'maildir'; path: string } | Extract<Archive, { kind: 'nntp' | 'imap' }>;

// SPDX-License-Identifier: GPL-2.0-or-later
// Follows a Maildir. Mail programs move and rename files and set their dates, so a file is known by the part of its name
// that stays, while this process runs; across processes the cursor is the latest change time read (ctime, which nobody
// sets), with an overlap.
import { stat } from 'node:fs/promises';
import { oneLine } from '../header.ts';
import { BATCH_MAILS, MAILDIR_OVERLAP_MS } from '../limits.ts';
import { maildirFiles, messageFile } from '../maildir.ts';
import { pause } from './pause.ts';
import type { Batch, Follower } from './values.ts';

interface File {
  file: string;
  path: string;
  base: string;
  changed: number;
}

export class MaildirFollower implements Follower {
  private readonly folder: string;
  private known = new Set<string>();
  private started = false;

  constructor(folder: string) {
    this.folder = folder;
  }

  async poll(before: string | undefined, since: number | undefined): Promise<Batch> {
    const name = oneLine(this.folder);
    const files = await maildirFiles(this.folder, name);
    const there = new Set(files.map(({ file }) => baseOf(file)));
    this.known = this.known.intersection(there);
    const cursor = before === undefined ? 0 : Number(before);
    const fresh: File[] = [];
    for (const { file, path } of files) {
      const base = baseOf(file);
      if (this.known.has(base)) continue;
      const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined; // renamed meanwhile: the next poll sees it
        throw error;
      });
      if (info) fresh.push({ file, path, base, changed: info.ctimeMs });
    }
    fresh.sort((a, b) => a.changed - b.changed || (a.base < b.base ? -1 : 1));
    const first = !this.started;
    this.started = true;
    const batch: Batch = { arrivals: [], cursor: String(cursor), more: false, notes: [] };
    let high = cursor;
    for (const { file, path, base, changed } of fresh) {
      const old = first && (before === undefined ? since === undefined : changed < cursor - MAILDIR_OVERLAP_MS);
      if (!old && batch.arrivals.length >= BATCH_MAILS) {
        batch.more = true;
        break;
      }
      this.known.add(base);
      high = Math.max(high, changed);
      if (old) continue;
      for await (const { raw, tooLarge, name: called } of messageFile(path, file, name)) {
        batch.arrivals.push({ raw, name: called, ...(tooLarge === undefined ? {} : { tooLarge }) });
      }
    }
    return { ...batch, cursor: String(high) };
  }

  wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    return pause(milliseconds, signal);
  }

  close(): void {}
}

/** What stays of a file's name: flags come behind a colon. */
function baseOf(file: string): string {
  return file.split(':', 1)[0] ?? file;
}

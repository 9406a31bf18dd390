// SPDX-License-Identifier: GPL-2.0-or-later
// Follows a public-inbox v2 archive or a mirror of one, epoch by epoch. The cursor is the last commit read of each epoch,
// with its time. Where a history was rewritten (a purge), what came since RESCAN before that time is read again.
import { basename } from 'node:path';
import { z } from 'zod';
import { InputError } from '../../errors.ts';
import { gitBlobs, gitLines } from '../git.ts';
import { BATCH_MAILS, RESCAN_MS } from '../limits.ts';
import { epochsOf } from '../public-inbox.ts';
import { pause } from './pause.ts';
import type { Arrival, Batch, Follower } from './values.ts';

const knownSchema = z.object({ commit: z.string(), time: z.number() });
const cursorSchema = z.record(z.string(), knownSchema);
type Known = z.infer<typeof knownSchema>;
type Cursor = z.infer<typeof cursorSchema>;

export class GitFollower implements Follower {
  private readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  async poll(before: string | undefined, since: number | undefined): Promise<Batch> {
    const old: Cursor = before === undefined ? {} : cursorSchema.parse(JSON.parse(before));
    const epochs = await epochsOf(this.folder);
    if (epochs.length === 0) throw new InputError(`${this.folder}: no public-inbox repository`);
    const cursor: Cursor = {};
    const batch: Batch = { arrivals: [], cursor: '', more: false, notes: [] };
    for (const epoch of epochs) {
      const name = basename(epoch);
      const known = old[name];
      const head = await headOf(epoch);
      if (head === undefined || head.commit === known?.commit || batch.more) {
        if (known) cursor[name] = known;
        continue;
      }
      if (before === undefined && since === undefined) {
        cursor[name] = head;
        continue;
      }
      const { commits, all } = await commitsAfter({ epoch, head: head.commit, known, since }, batch);
      const blobs = commits.flatMap(({ blob }) => (blob === undefined ? [] : [blob]));
      for await (const { id, content, tooLarge } of gitBlobs(epoch, [...new Set(blobs)])) {
        const arrival: Arrival = { raw: content, name: `blob ${id.slice(0, 12)} of ${name}` };
        batch.arrivals.push(tooLarge === undefined ? arrival : { ...arrival, tooLarge });
      }
      const last = commits.at(-1);
      cursor[name] = all || last === undefined ? head : { commit: last.commit, time: last.time };
      batch.more = !all;
    }
    return { ...batch, cursor: JSON.stringify(cursor) };
  }

  wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    return pause(milliseconds, signal);
  }

  close(): void {}
}

/** git takes small numbers for something else than seconds since 1970: what is so old needs no bound. */
function sinceOption(seconds: number): string[] {
  return seconds < 1e9 ? [] : [`--since=@${Math.floor(seconds)}`];
}

interface Commit {
  commit: string;
  /** Seconds since 1970. */
  time: number;
  blob?: string;
}

/** The next commits of an epoch, oldest first, without the mails that later ones of them take back. */
async function commitsAfter(
  { epoch, head, known, since }: { epoch: string; head: string; known?: Known | undefined; since?: number | undefined },
  batch: Batch,
): Promise<{ commits: Commit[]; all: boolean }> {
  let from: string[] = since === undefined ? [] : sinceOption(since / 1000);
  if (known && (await contains(epoch, known.commit))) from = [`^${known.commit}`];
  else if (known) {
    const days = RESCAN_MS / 86_400_000;
    batch.notes.push(`${basename(epoch)}: its history was rewritten; read again from ${days} days before`);
    from = sinceOption(known.time - RESCAN_MS / 1000);
  }
  const commits: Commit[] = [];
  const log = ['log', '--reverse', '--raw', '--no-abbrev', '--no-renames', '--root', '--format=%H %ct', ...from];
  for await (const line of gitLines(epoch, [...log, head, '--'])) {
    const [, commit, time] = /^([0-9a-f]{40,64}) (\d+)$/.exec(line) ?? [];
    if (commit !== undefined) {
      if (commits.length >= BATCH_MAILS) return { commits, all: false };
      commits.push({ commit, time: Number(time) });
    }
    const [, blob, kind] = /^:\d+ \d+ [0-9a-f]+ ([0-9a-f]+) [AM]\t([md])$/.exec(line) ?? [];
    const last = commits.at(-1);
    if (blob === undefined || last === undefined) continue;
    if (kind === 'm') last.blob = blob;
    else for (const one of commits) if (one.blob === blob) delete one.blob;
  }
  return { commits, all: true };
}

/** The newest commit; none in an epoch that is still empty. */
async function headOf(epoch: string): Promise<Known | undefined> {
  for await (const line of gitLines(epoch, ['for-each-ref', '--count=1', '--format=%(refname)'])) {
    if (line === '') continue;
    for await (const said of gitLines(epoch, ['log', '-1', '--format=%H %ct', 'HEAD', '--'])) {
      const [commit = '', time] = said.split(' ');
      return { commit, time: Number(time) };
    }
  }
  return undefined;
}

/** Whether the archive's history still has a commit. */
async function contains(epoch: string, commit: string): Promise<boolean> {
  try {
    for await (const line of gitLines(epoch, ['for-each-ref', `--contains=${commit}`, '--format=%(refname)'])) {
      if (line !== '') return true;
    }
  } catch (error) {
    // git's word for a commit that is gone. A repository that is damaged fails again where it is read.
    if (!(error instanceof InputError)) throw error;
  }
  return false;
}

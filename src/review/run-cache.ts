// SPDX-License-Identifier: GPL-2.0-or-later
// Runs are deterministic, so a run that was made once for an image, a scenario and a seed need not be made again.
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Image } from '../kernel/values.ts';
import type { Run } from '../simulator/values.ts';
import { CACHED_RUNS_MAX } from './limits.ts';
import type { ScenarioInfo } from './rooms.ts';

export interface RunCache {
  get(image: Image, scenario: ScenarioInfo, settings: CachedSettings): Promise<Run | undefined>;
  put(image: Image, scenario: ScenarioInfo, settings: CachedSettings, run: Run): Promise<void>;
}

/** What decides a run besides image and scenario. */
export interface CachedSettings {
  seed: number;
  plant: number;
  /** The run made to confirm another one: kept apart, so that one is never taken for the other. */
  again: boolean;
}

/** A cache that keeps nothing. */
export const noRunCache: RunCache = { get: async () => undefined, put: async () => {} };

/** A cache in a folder: one JSON file a run, named by the hash of all that decides it, written atomically. */
export function folderRunCache(folder: string, simulatorVersion: string): RunCache {
  const fileOf = (image: Image, scenario: ScenarioInfo, { seed, plant, again }: CachedSettings) => {
    const key = JSON.stringify([simulatorVersion, image.key, scenario.name, scenario.text, seed, plant, again]);
    return join(folder, `${createHash('sha256').update(key).digest('hex')}.json`);
  };
  return {
    async get(image, scenario, settings) {
      try {
        return parseRun(await readFile(fileOf(image, scenario, settings), 'utf8'), scenario.name);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    async put(image, scenario, settings, run) {
      const file = fileOf(image, scenario, settings);
      const part = join(folder, `.${randomUUID()}.part`);
      await mkdir(folder, { recursive: true });
      try {
        await writeFile(part, JSON.stringify(run));
        await rename(part, file);
      } catch (error) {
        await rm(part, { force: true });
        throw error;
      }
    },
  };
}

/** A damaged file counts as absent: the run is simply made again and the file replaced. */
function parseRun(text: string, scenario: string): Run | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const run = value as Partial<Run> | null;
  return run?.scenario === scenario && Array.isArray(run.violations) && Array.isArray(run.marks)
    ? (run as Run)
    : undefined;
}

/** Removes the oldest runs beyond the limit. In: the cache's folder. */
export async function pruneRuns(folder: string, keep = CACHED_RUNS_MAX): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (names.length <= keep) return;
  const aged: { path: string; time: number }[] = [];
  for (const name of names) {
    const path = join(folder, name);
    const info = await stat(path).catch(() => undefined); // another process may prune at the same time
    if (info) aged.push({ path, time: info.mtimeMs });
  }
  aged.sort((a, b) => a.time - b.time);
  for (const { path } of aged.slice(0, aged.length - keep)) await rm(path, { force: true });
}

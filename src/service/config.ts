// SPDX-License-Identifier: GPL-2.0-or-later
// The service's configuration. In: a YAML file. Out: ServiceConfig, or an InputError with file and line.
import { tmpdir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { stateRoot } from '../cache-dir.ts';
import { checkYaml, readYaml, yamlFault } from '../yaml-file.ts';
import { type ServiceInput, serviceSchema } from './config-schema.ts';
import type { JobLimits } from './isolation/confine.ts';
import { CONFIG_BYTES_MAX } from './limits.ts';
import type { StorePlace } from './queue/open.ts';
import { needed } from './secrets.ts';

export interface ServiceConfig {
  store: StorePlace;
  keepDays: number;
  listen: { host: string; port: number };
  /** Where people reach the service; links in answers begin with it. */
  publicUrl?: string;
  /** Workers within `serve`, and of `rmapbot worker`. */
  workers: number;
  graceMs: number;
  isolation: 'auto' | 'bubblewrap' | 'none';
  /** Folder in which jobs get their scratch folders. */
  scratch: string;
  limits: JobLimits;
  /** `timeCap` in seconds. */
  review: { tree?: string; jobs?: number; budget?: number; timeCap?: number };
  /** The configuration of `rmapbot watch`. */
  watch?: string;
  github?: { appId: number; apiUrl?: string; path?: string };
  logLevel: ServiceInput['log']['level'];
}

/** Reads the configuration; without a path, what holds on one machine. Paths in it are relative to the file's folder. */
export async function readServiceConfig(path?: string): Promise<ServiceConfig> {
  if (path === undefined) return configOf(serviceSchema.parse({}), (text) => text);
  const source = await readYaml(path, CONFIG_BYTES_MAX);
  const read = checkYaml(source, serviceSchema);
  if (read.store.postgres && read.store.folder !== undefined)
    yamlFault(source, ['store', 'folder'], 'store: either a folder or postgres');
  const folder = resolve(path, '..');
  return configOf(read, (text) => (isAbsolute(text) ? text : join(folder, text)));
}

function configOf(read: ServiceInput, here: (text: string) => string): ServiceConfig {
  const { store, listen, workers, grace, isolation, scratch, limits, review, watch, github, log } = read;
  const { 'public-url': publicUrl } = read;
  const { jobs, tree, budget, 'time-cap': timeCap } = review;
  return {
    store: store.postgres
      ? { postgres: needed('RMAPBOT_DATABASE_URL', 'store: postgres') }
      : { folder: store.folder === undefined ? stateRoot() : here(store.folder) },
    keepDays: store['keep-days'],
    listen,
    ...present({ publicUrl }),
    workers,
    graceMs: grace,
    isolation,
    scratch: scratch === undefined ? join(tmpdir(), 'rmapbot-jobs') : here(scratch),
    limits,
    review: present({ tree, jobs, budget, timeCap: timeCap === undefined ? undefined : Math.ceil(timeCap / 1000) }),
    ...(watch === undefined ? {} : { watch: here(watch) }),
    ...(github === undefined
      ? {}
      : { github: { appId: github['app-id'], ...present({ apiUrl: github['api-url'], path: github.path }) } }),
    logLevel: log.level,
  };
}

/** Without the fields that are undefined. */
function present<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}

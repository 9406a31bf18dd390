// SPDX-License-Identifier: GPL-2.0-or-later
// Where rmapbot keeps what it can make again: trees, compiled objects, images.
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/**
 * The folder that holds every cache of ours, by the XDG base directory rules: `$XDG_CACHE_HOME/rmapbot`,
 * else `~/.cache/rmapbot`. A relative XDG_CACHE_HOME is ignored, as those rules ask. The folder may not exist yet.
 */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  const xdg = env.XDG_CACHE_HOME;
  const base = xdg !== undefined && isAbsolute(xdg) ? xdg : join(homedir(), '.cache');
  return join(base, 'rmapbot');
}

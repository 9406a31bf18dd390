// SPDX-License-Identifier: GPL-2.0-or-later
// Where rmapbot keeps what it can make again (trees, compiled objects, images), and what it must not lose.
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/**
 * The folder that holds every cache of ours, by the XDG base directory rules: `$XDG_CACHE_HOME/rmapbot`,
 * else `~/.cache/rmapbot`. A relative XDG_CACHE_HOME is ignored, as those rules ask. The folder may not exist yet.
 */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  return xdgFolder(env.XDG_CACHE_HOME, '.cache');
}

/** The folder for what must outlive the cache, the outbox and what was read of lists: `$XDG_STATE_HOME/rmapbot`. */
export function stateRoot(env: NodeJS.ProcessEnv = process.env): string {
  return xdgFolder(env.XDG_STATE_HOME, join('.local', 'state'));
}

function xdgFolder(xdg: string | undefined, otherwise: string): string {
  return join(xdg !== undefined && isAbsolute(xdg) ? xdg : join(homedir(), otherwise), 'rmapbot');
}

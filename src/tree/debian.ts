// SPDX-License-Identifier: GPL-2.0-or-later
// Kernel trees from Debian's source packages: "debian:6.12" is the package linux-source-6.12, of which only the
// archive usr/src/linux-source-6.12.tar.xz is read.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { InputError } from '../errors.ts';
import { downloadPackage } from './apt.ts';
import { unpackArchive } from './archive.ts';
import { LIMITS } from './limits.ts';
import { TarReader } from './tar.ts';
import type { Progress } from './values.ts';

/** Suites that have a stable version where the machine's own sources (with their security updates) do not. */
const SUITES: Record<string, readonly string[]> = {
  '6.1': ['bookworm'],
  '6.12': ['trixie'],
};
/** Where everything newer is: release candidates live in experimental. */
const NEWER = ['sid', 'experimental'];

export const ARCHIVE = 'archive.tar.xz';

/**
 * Fills `folder` with the tree of one version ("6.12"): source/, the list, the archive.
 * Gives the package's version and the archive's SHA-256.
 */
export async function fetchDebian(
  version: string,
  folder: string,
  say: Progress,
): Promise<{ packageVersion: string; identity: string }> {
  const download = join(folder, 'download');
  await mkdir(download);
  const stable = SUITES[version];
  const options = { suites: stable ?? NEWER, machineFirst: stable !== undefined, say };
  const file = await downloadPackage(`linux-source-${version}`, download, options);
  const identity = await takeArchive(file, version, join(folder, ARCHIVE));
  await rm(download, { recursive: true, force: true });
  await unpackArchive(join(folder, ARCHIVE), join(folder, 'source'), folder, say);
  const packageVersion = decodeURIComponent(basename(file).split('_')[1] ?? '');
  return { packageVersion, identity };
}

/** Copies the source archive out of the package; nothing else of it is looked at. Gives its SHA-256. */
async function takeArchive(deb: string, version: string, to: string): Promise<string> {
  const name = `usr/src/linux-source-${version}.tar.xz`;
  const hash = createHash('sha256');
  let found = false;
  const handle = openSync(to, 'wx');
  try {
    const reader = new TarReader((member) => {
      if (member.type !== 'file' || member.path.replace(/^\.\//, '') !== name || found) return undefined;
      if (member.size > LIMITS.archiveBytesMax) throw new InputError(`${name} is too large`);
      found = true;
      return {
        data: (chunk) => {
          hash.update(chunk);
          for (let at = 0; at < chunk.length; ) at += writeSync(handle, chunk, at);
        },
        end: () => {},
      };
    });
    const child = spawn('dpkg-deb', ['--fsys-tarfile', deb], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code ?? -1));
    });
    try {
      for await (const chunk of child.stdout) reader.push(chunk as Buffer);
      if ((await ended) !== 0) throw new Error('dpkg-deb could not read the package');
      reader.end();
    } finally {
      child.kill();
    }
  } finally {
    closeSync(handle);
  }
  if (!found) throw new InputError(`the package does not hold ${name}`);
  return hash.digest('hex');
}

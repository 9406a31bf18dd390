// SPDX-License-Identifier: GPL-2.0-or-later
// <linux/version.h> and <generated/utsrelease.h>. In: the tree's Makefile. Out: the two headers' texts.
import { InputError } from '../../errors.ts';

/** The five fields at the head of the kernel's Makefile. */
export interface KernelVersion {
  version: number;
  patchlevel: number;
  sublevel: number;
  extraversion: string;
}

/** Reads VERSION, PATCHLEVEL, SUBLEVEL and EXTRAVERSION; InputError where it is no kernel's Makefile. */
export function readVersion(makefile: string): KernelVersion {
  const field = (name: string): string | undefined => new RegExp(`^${name} = *(\\S*) *$`, 'm').exec(makefile)?.[1];
  const number = (name: string): number => {
    const value = field(name);
    if (value === undefined || !/^\d{1,5}$/.test(value))
      throw new InputError(`Makefile: no ${name}: not a kernel tree`);
    return Number(value);
  };
  const extraversion = field('EXTRAVERSION') ?? '';
  return {
    version: number('VERSION'),
    patchlevel: number('PATCHLEVEL'),
    sublevel: number('SUBLEVEL'),
    extraversion: /^[\w.+-]{0,40}$/.test(extraversion) ? extraversion : '',
  };
}

/** LINUX_VERSION_CODE and its parts; the sublevel is capped at 255 as in the kernel's Makefile. */
export function versionHeader({ version, patchlevel, sublevel }: KernelVersion): string {
  const code = version * 65536 + patchlevel * 256 + Math.min(sublevel, 255);
  return [
    `#define LINUX_VERSION_CODE ${code}`,
    '#define KERNEL_VERSION(a,b,c) (((a) << 16) + ((b) << 8) + ((c) > 255 ? 255 : (c)))',
    `#define LINUX_VERSION_MAJOR ${version}`,
    `#define LINUX_VERSION_PATCHLEVEL ${patchlevel}`,
    `#define LINUX_VERSION_SUBLEVEL ${sublevel}`,
    '',
  ].join('\n');
}

/** UTS_RELEASE without any local version. */
export function utsreleaseHeader({ version, patchlevel, sublevel, extraversion }: KernelVersion): string {
  return `#define UTS_RELEASE "${version}.${patchlevel}.${sublevel}${extraversion}"\n`;
}

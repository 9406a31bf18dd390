// SPDX-License-Identifier: GPL-2.0-or-later
// Every bound of the tree room, with its reason. A kernel of 2026 is about 95,000 files, 1.7 GB, 165 MB as .tar.xz.

const MIB = 1024 * 1024;

export const LIMITS = {
  /** Unpacked size of a source archive: twice what a kernel needs, so that growth does not stop us. */
  archiveBytesMax: 4096 * MIB,
  /** Unpacked to packed size: kernels measure 10 to 11; a bomb of xz reaches 7000. */
  archiveRatioMax: 30,
  /** Members of an archive or entries of a commit's tree. */
  archiveMembersMax: 400_000,
  /** One file that we write or read: the largest header of a kernel has 25 MiB. */
  fileBytesMax: 64 * MIB,
  /** Length of one path, in bytes: the kernel's longest has 118. */
  pathBytesMax: 512,
  /** Bytes of pax headers and long names, each. */
  tarExtraBytesMax: 64 * 1024,
  /** All diffs of a series together: the largest series of mm are under 2 MiB. */
  seriesBytesMax: 32 * MIB,
  /** Different paths that a series may touch. */
  seriesPathsMax: 5000,
  /** Patches of a prerequisite that are taken back together to see whether the tree has them: git runs for each. */
  takenBackMax: 100,
  /** Trees of the cache that a series is tried on where none is named; each costs about a second. */
  treesTriedMax: 8,
  /** Paths of a series that are looked up in MAINTAINERS, which has about 9,000 patterns. */
  maintainersPathsMax: 500,
  /** Wildcards in one pattern of MAINTAINERS: real ones have up to four. */
  wildcardsMax: 6,
  /** Relative #include lines of one patch that are looked after: real ones have a handful. */
  includesMax: 200,
  /** Content that a series may lay over a tree: all its files, in each state that a patch leaves them in. */
  overlayBytesMax: 256 * MIB,
  /** What git may print into our memory at once (blobs are asked for in lots of gitBatchBytes). */
  gitOutputBytesMax: 512 * MIB,
  /** Blobs asked of git in one go, in objects. */
  gitBatchObjects: 2000,
  /** Silence of a local git command after which it counts as hung, in milliseconds. */
  gitSilenceMsMax: 120_000,
  /** Silence of a fetch over the network, in milliseconds. */
  networkSilenceMsMax: 300_000,
  /** How long one process waits while another fetches the same tree, in milliseconds. */
  lockWaitMsMax: 1_800_000,
  /** How often the holder of a lock touches it, and after what silence it counts as dead, in milliseconds: far more than
   * the writing of a tree stops the clock for. */
  lockBeatMs: 5_000,
  lockSilenceMsMax: 180_000,
  /** Age of another host's temporary folder beyond which nobody works in it, in milliseconds: a day. */
  temporaryAgeMsMax: 86_400_000,
  /** Git's words in a message, in characters. */
  messageCharsMax: 2000,
} as const;

// SPDX-License-Identifier: GPL-2.0-or-later
// Limits of the simulator, each with its reason.

export const LIMITS = {
  /** Bytes of one scenario file. The largest of ours has 2 KiB; a file is meant to stand in a mail. */
  fileBytes: 256 * 1024,
  /** Bytes of one file of measured histories; the largest measured one has 300 KB. */
  groundTruthBytes: 16 * 1024 * 1024,
  /** Steps of a measured history with its loops written out. The longest measured one has 19,004. */
  measuredSteps: 200_000,
  /** Steps of a scenario after its repeat blocks are written out: bounds the time that a file can ask for. */
  steps: 20_000,
  /** Nesting of repeat blocks. */
  repeatDepth: 4,
  /** Pages from a region's start to the next region's place: regions stand 1 GiB apart, a PMD table each. */
  regionPages: 262_144,
  /** Regions of a scenario; keeps all addresses below the 47-bit end of user space. */
  regions: 4096,
  /** Threads of a concurrently block (the machine's THREADS_MAX), and steps of one of them. */
  threads: 4,
  threadSteps: 8,
  /** Orders of the steps of a block, by which is known what memory may hold after it; 4 threads with 2 steps have 2520. */
  orders: 2520,
  /** Schedules of one scenario unless the caller wants more: what keeps a review's first answer where it was. */
  schedules: 40,
  /** Most schedules that may be asked for, for one scenario. */
  schedulesMax: 1_000_000,
  /** Characters of a schedule: one of a thousand turns has 4000. */
  scheduleText: 64 * 1024,
  /** Processes alive at once. */
  processes: 10_000,
  /** Allocations of one step that are made to fail, one after the other. A fork of the standard suite makes 60. */
  refusals: 400,
  /** Distinct signatures after which a scenario is stopped: more only repeat the same fault's consequences. */
  signatures: 3,
  /** Basic blocks that one operation may execute before it "did not return". The longest step of the standard suite takes 0.6 million. */
  fuel: 10_000_000,
  /** Steps that a workload's file may have, before its repeat blocks are written out. The longest of ours has 100. */
  workloadLines: 1000,
  /** Steps and page accesses that a workload may come to: the phone at scale 1 comes to 0.9 million. */
  workloadSteps: 50_000_000,
  /** Largest scale: what is beyond does not fit into the machine's 4 GiB anyway. */
  scaleMax: 100,
  /** Folios walked at a mark of a workload, evenly spread: a walk takes some 10 microseconds. */
  walksPerMark: 20_000,
  /** VMAs or folios up to which the invariants are checked at a workload's mark: the view hands out 50,000 nodes of one
   *  tree at once, and a check looks at all of them several times. */
  checkedVmas: 40_000,
  /** Basic blocks that one operation of a workload may execute: a fork of 100,000 VMAs takes 100 million. */
  workloadFuel: 2_000_000_000,
  /** Milliseconds that one workload may take in the worker. */
  workloadMs: 800_000,
  /** Milliseconds that one scenario may take in the worker before its process is ended: a cap for faults of ours only,
   *  as endless code under test ends by fuel. */
  scenarioMs: 120_000,
  /** Milliseconds that a worker may take to start and boot the machine. */
  bootMs: 120_000,
  /** Seconds of processor time that one worker process may use. */
  workerCpuSeconds: 900,
  /** Worker processes at most, and scenarios that make a second one worth its start. */
  workers: 2,
  scenariosPerWorker: 6,
  /** Moments whose stacks the second run of a scenario takes: as many as the machine stops at (TRAPS_MAX in held.c). */
  lockStacks: 8,
  /** VMAs of a world that is kept for a picture after every step: more would take longer than the checks do. */
  pictureWorld: 1000,
  /** What one picture shows: as much as fits on a screen and can be told apart. The rest is counted. */
  pictureVmas: 24,
  pictureAnonVmas: 24,
  pictureFolios: 10,
  pictureEntries: 24,
  pictureNames: 8,
  /** MiB of JavaScript heap in a worker process. The machine's memory comes on top. */
  workerHeapMiB: 1024,
} as const;

/** Start of the first region and the distance of regions, in bytes. */
export const FIRST_REGION = 0x100000000000;
export const REGION_STRIDE = 0x40000000;
export const PAGE_SIZE = 4096;

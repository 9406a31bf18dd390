// SPDX-License-Identifier: GPL-2.0-or-later
// The real rooms behind a comparison with the measured kernel: one compiler pool a tree, two worker processes at most.
import type { CompilerPool } from '../kernel/pool.ts';
import { runScenarios } from '../simulator/index.ts';
import { type FidelityRooms, NotBuilt } from './measure.ts';

export interface RealRoomOptions {
  jobs: number;
  onProgress?(phase: string, done: number, total: number): void;
}

/** To be closed: the compiler's processes wait for the next build. */
export function fidelityRooms({ jobs, onProgress }: RealRoomOptions): FidelityRooms & { close(): void } {
  const pools = new Map<string, CompilerPool>();
  return {
    build: async (tree, overlay) => {
      const { buildImage, compilerPool } = await import('../kernel/build.ts');
      const pool = pools.get(tree.root) ?? compilerPool(tree, { jobs });
      pools.set(tree.root, pool);
      const changed = overlay.size > 0 ? `, ${overlay.size} files as measured` : '';
      const result = await buildImage({
        ...{ tree, overlay, jobs, pool, config: 'prod', variant: '' },
        onProgress: (done, total) => onProgress?.(`build ${tree.label}${changed}`, done, total),
      });
      if ('failure' in result) {
        const { unit, diagnostics, link } = result.failure;
        throw new NotBuilt(
          `${tree.label} does not build: ${unit}: ${diagnostics[0]?.message ?? link ?? 'no reason given'}`,
        );
      }
      return result.image;
    },
    run: (image, scenarios, wanted) => runScenarios(image, scenarios, { jobs, wanted }),
    ...(onProgress && { onProgress }),
    close: () => {
      for (const pool of pools.values()) pool.close();
      pools.clear();
    },
  };
}

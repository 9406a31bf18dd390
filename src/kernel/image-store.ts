// SPDX-License-Identifier: GPL-2.0-or-later
// Linked images in the cache folder, one folder each: image.wasm, layouts.json, lines.json and info.json, which names
// the others' checksums. A damaged or half-swept image is a miss.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, realpathSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { keyOf, type Store } from './store.ts';
import type { ConfigName, Image } from './values.ts';

const FILES = { wasm: 'image.wasm', layouts: 'layouts.json', lines: 'lines.json' } as const;

interface Info {
  unmodelled: string[];
  sums: Record<keyof typeof FILES, string>;
}

/** What an image consists of, before it has a place. */
export interface ImageParts {
  wasm: Uint8Array;
  layouts: Uint8Array;
  lines: Uint8Array;
  unmodelled: string[];
}

export class ImageStore {
  readonly #folder: string;

  constructor(store: Store) {
    this.#folder = path.join(store.folder, 'images');
  }

  find(key: string, config: ConfigName, variant: string): Image | undefined {
    const folder = path.join(this.#folder, key);
    let info: Info;
    try {
      info = JSON.parse(readFileSync(path.join(folder, 'info.json'), 'utf8')) as Info;
      for (const [part, file] of Object.entries(FILES)) {
        const whole = path.join(folder, file);
        if (sum(readFileSync(whole)) !== info.sums[part as keyof typeof FILES]) throw new SyntaxError(file);
        utimesSync(whole, new Date(), new Date());
      }
    } catch (error) {
      if (!(error instanceof SyntaxError) && !isMissing(error)) throw error;
      rmSync(folder, { recursive: true, force: true });
      return undefined;
    }
    return image(key, config, variant, folder, info.unmodelled);
  }

  keep(key: string, config: ConfigName, variant: string, parts: ImageParts): Image {
    const folder = path.join(this.#folder, key);
    const temporary = `${folder}.${keyOf(process.pid, performance.now()).slice(0, 12)}.tmp`;
    mkdirSync(temporary, { recursive: true });
    const info: Info = {
      unmodelled: parts.unmodelled,
      sums: { wasm: sum(parts.wasm), layouts: sum(parts.layouts), lines: sum(parts.lines) },
    };
    try {
      for (const part of ['wasm', 'layouts', 'lines'] as const) {
        writeFileSync(path.join(temporary, FILES[part]), parts[part]);
      }
      writeFileSync(path.join(temporary, 'info.json'), JSON.stringify(info));
      this.#place(temporary, folder);
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
    return image(key, config, variant, folder, parts.unmodelled);
  }

  /** Another process may have put the same image there meanwhile: equal keys, equal content. */
  #place(temporary: string, folder: string): void {
    try {
      renameSync(temporary, folder);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && (error.code === 'ENOTEMPTY' || error.code === 'EEXIST'))) {
        throw error;
      }
    }
  }
}

function image(key: string, config: ConfigName, variant: string, folder: string, unmodelled: string[]): Image {
  // By their real names, as a process with Node's permission model must open them: a cache may be a symbolic link.
  const real = realpathSync(folder);
  const [wasmFile, layoutsFile, linesFile] = [FILES.wasm, FILES.layouts, FILES.lines].map((f) => path.join(real, f));
  return {
    key,
    config,
    variant,
    unmodelled,
    wasmFile: wasmFile ?? '',
    layoutsFile: layoutsFile ?? '',
    linesFile: linesFile ?? '',
  };
}

function sum(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

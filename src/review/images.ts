// SPDX-License-Identifier: GPL-2.0-or-later
// The images of a review: base (patch 0), after each needed patch, final; each built once.
import { InputError } from '../errors.ts';
import type { ConfigName, Image } from '../kernel/values.ts';
import type { AppliedSeries, Overlay, SourceTree } from '../tree/values.ts';
import type { Clock } from './clock.ts';
import type { Progress } from './request.ts';
import type { BuildResult, Rooms } from './rooms.ts';

/** A configuration and its variant of new Kconfig symbols. */
export interface Flavour {
  config: ConfigName;
  variant: string;
}

const EMPTY: Overlay = new Map();

/** In text for people: "check", "prod, all-new". */
export const flavourName = ({ config, variant }: Flavour): string =>
  variant === '' ? config : `${config}, ${variant}`;

export class Images {
  /** Number of the last patch. */
  readonly last: number;
  private readonly built = new Map<string, Promise<BuildResult>>();
  private readonly applied: AppliedSeries;
  private readonly rooms: Rooms;
  private readonly clock: Clock;
  private readonly jobs: number;
  private readonly onProgress: (progress: Progress) => void;

  constructor(
    applied: AppliedSeries,
    rooms: Rooms,
    clock: Clock,
    options: { jobs: number; onProgress?: (progress: Progress) => void },
  ) {
    this.applied = applied;
    this.rooms = rooms;
    this.clock = clock;
    this.jobs = options.jobs;
    this.onProgress = options.onProgress ?? (() => {});
    this.last = applied.commits.length;
  }

  /** The files that the series leaves behind. */
  get overlay(): Overlay {
    return this.applied.commits.at(-1)?.overlay ?? EMPTY;
  }

  /** The tree after a patch as an image, or why there is none. Patch 0 is the base, which knows no new symbols. */
  result(patch: number, flavour: Flavour): Promise<BuildResult> {
    const variant = patch === 0 ? '' : flavour.variant;
    const key = `${patch}/${flavour.config}/${variant}`;
    const known = this.built.get(key);
    if (known) return known;
    const { config } = flavour;
    const phase = `build ${this.nameOf(patch)} (${flavourName({ config, variant })})`;
    const overlay = this.overlayOf(patch);
    const result = this.build(overlay, { config, variant }, phase).catch((error: unknown) => {
      if (patch === 0 || !(error instanceof InputError)) throw error;
      return unreadable(error, config);
    });
    this.built.set(key, result);
    return result;
  }

  /** The base with files of our own laid over it: planted controls. */
  planted(overlay: Overlay, flavour: Flavour): Promise<BuildResult> {
    const all = new Map([...this.under, ...overlay]);
    return this.build(all, { config: flavour.config, variant: '' }, 'build base with controls');
  }

  /** The tree without the prerequisites of the series: tells whose fault it is where the base does not build. */
  withoutPrerequisites({ config }: Flavour): Promise<BuildResult> {
    return this.build(EMPTY, { config, variant: '' }, 'build without prerequisites');
  }

  private build(overlay: Overlay, { config, variant }: Flavour, phase: string): Promise<BuildResult> {
    const onProgress = (done: number, total: number) => this.onProgress({ phase, done, total });
    const { tree } = this.applied;
    const request = { tree, overlay, base: this.under, config, variant, jobs: this.jobs, onProgress };
    return this.clock.time('build', () => this.rooms.buildImage(request));
  }

  /** What the prerequisites lay over the tree: the base is both together. */
  get under(): Overlay {
    return this.applied.under ?? EMPTY;
  }

  /** The tree that the overlays are meant for. */
  get tree(): SourceTree {
    return this.applied.tree;
  }

  /** The image, or undefined where the tree does not build there. */
  async image(patch: number, flavour: Flavour): Promise<Image | undefined> {
    const result = await this.result(patch, flavour);
    return 'image' in result ? result.image : undefined;
  }

  /** What lies over the tree after a patch; 0: the base. */
  overlayOf(patch: number): Overlay {
    if (patch === 0) return this.under;
    const commit = this.applied.commits[patch - 1];
    if (!commit) throw new Error(`no patch ${patch} in a series of ${this.last}`);
    return commit.overlay;
  }

  private nameOf(patch: number): string {
    return patch === 0 ? 'base' : patch === this.last ? 'patched' : `patch ${patch}`;
  }
}

/** What the series wrote cannot be read, as a Kconfig file with a syntax error: an answer about the series. */
function unreadable(error: InputError, config: ConfigName): BuildResult {
  const diagnostic = { severity: 'error', file: 'Kconfig', line: 0, column: 0, message: error.message } as const;
  return { failure: { unit: 'configuration', config, diagnostics: [diagnostic] } };
}

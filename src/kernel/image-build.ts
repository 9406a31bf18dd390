// SPDX-License-Identifier: GPL-2.0-or-later
// One build, from configured sources to an image: look up what is known, compile what is not, link, describe.
import type { BuildRequest } from './build.ts';
import { type Found, ObjectCache } from './cache.ts';
import { checkedModule } from './checked/index.ts';
import { compilePch, compileUnit, type ObjectMeta, PCH_FILE, pchRun, unitRun } from './compile.ts';
import type { GeneratedFiles } from './config/values.ts';
import type { UnitOptions } from './flags.ts';
import { HostRoot } from './host-root.ts';
import { ImageStore } from './image-store.ts';
import { PROBE_FILE, probeLayouts, probeText } from './layout-probe.ts';
import { makeLines } from './lines.ts';
import { LINK_ARGUMENTS, link } from './link.ts';
import { compilerVersion } from './llvm.ts';
import { PCH_HEADER, pchHeader, pchVariant } from './pch.ts';
import type { CompilerPool, Session } from './pool.ts';
import { keyOf, type Store } from './store.ts';
import { listUnits, type Unit } from './units.ts';
import type { BuildFailure, Diagnostic, Image } from './values.ts';
import { GENERATED, Sources } from './vfs.ts';

/** Changes whenever an image of the same objects would be another: its files' formats, the linker's part of us. */
const IMAGE_FORMAT = 3;

export type ImageResult = { image: Image; warnings: Diagnostic[] } | { failure: BuildFailure; all: BuildFailure[] };

/** Builds are known by their manifests alone. */
const NOTHING = new Uint8Array();

/** Options of most units of a tree. */
const USUAL: UnitOptions = { instrument: true, optimise: 0, pch: true, defines: [], machine: false };

type PrecompiledHeader = Found<ObjectMeta>;

/** What an earlier build of the same sources came to. */
interface Built {
  image: string;
  warnings: Diagnostic[];
  objects: string[];
}

interface Job {
  unit: Unit;
  run: string;
  pchKey: string | undefined;
}

export class ImageBuild {
  readonly #request: BuildRequest & { generated: GeneratedFiles; machineFolder: string };
  readonly #pool: CompilerPool;
  readonly #store: Store;
  readonly #sources: Sources;
  readonly #objects: ObjectCache<ObjectMeta>;
  readonly #layouts: ObjectCache<null>;
  readonly #builds: ObjectCache<Built>;
  readonly #images: ImageStore;
  readonly #version = compilerVersion();
  readonly #given = new Set<string>();
  #session: Session | undefined;

  constructor(
    request: BuildRequest & { generated: GeneratedFiles; machineFolder: string },
    pool: CompilerPool,
    store: Store,
  ) {
    this.#request = request;
    this.#pool = pool;
    this.#store = store;
    const memory = new Map<string, Uint8Array>();
    for (const [name, text] of request.generated.files) memory.set(`${GENERATED}/include/${name}`, Buffer.from(text));
    const tree = new HostRoot(request.tree.root, request.overlay);
    this.#sources = new Sources(tree, new HostRoot(request.machineFolder), memory);
    this.#sources.add(PCH_HEADER, Buffer.from(pchHeader(this.#sources)));
    this.#sources.add(PROBE_FILE, Buffer.from(probeText(this.#sources)));
    this.#objects = new ObjectCache(store, 'objects', this.#sources);
    this.#layouts = new ObjectCache(store, 'layouts', this.#sources);
    this.#builds = new ObjectCache(store, 'builds', this.#sources);
    this.#images = new ImageStore(store);
  }

  async run(): Promise<ImageResult> {
    try {
      return await this.#run();
    } catch (error) {
      // A damaged entry is gone once it was read: the second time it is compiled anew.
      if (error instanceof GoneFromCache) return await this.#run();
      throw error;
    }
  }

  async #run(): Promise<ImageResult> {
    const { config, variant, onProgress } = this.#request;
    const { units, lacking } = this.#units();
    const absent = lacking.map((unit) => this.#failure(unit, [lackingFile(unit)]));
    if (absent[0] && this.#request.keepGoing !== true) return { failure: absent[0], all: absent };
    const outline = keyOf(this.#version, IMAGE_FORMAT, LINK_ARGUMENTS, units);
    const earlier = this.#earlier(outline);
    if (earlier) return earlier;
    const work = new Work(units.length);
    // What needs no precompiled header is compiled while that is made.
    const independent = this.#compile(
      units.filter(({ options }) => !options.pch),
      new Map(),
      work,
    );
    independent.catch(() => undefined); // awaited below, unless the header's own compiler breaks first
    const pch = await this.#precompile(units);
    const describing = probeLayouts(this.#version, () => this.#open(), this.#layouts, this.#usualPch(pch));
    describing.catch(() => undefined); // awaited below, unless a unit fails first
    await this.#compile(
      units.filter(({ options }) => options.pch),
      pch,
      work,
    );
    await independent;
    for (const { dependencies } of pch.values()) work.read(dependencies);
    const compiled = work.result(pch.values());
    const failures = [...absent, ...compiled.failures];
    if (failures[0]) return { failure: failures[0], all: failures };
    const layouts = await describing;
    if ('errors' in layouts) {
      const failure = this.#failure(PROBE_FILE, layouts.errors);
      return { failure, all: [failure] };
    }
    work.read(layouts.dependencies);
    const keys = [...compiled.keys].sort(([a], [b]) => (a < b ? -1 : 1));
    const key = keyOf(this.#version, IMAGE_FORMAT, LINK_ARGUMENTS, keys, layouts.key);
    const built: Built = {
      image: key,
      warnings: compiled.warnings,
      objects: keys.map(([, object]) => object),
    };
    const keep = () => this.#builds.keep(outline, [...work.dependencies], built, NOTHING);
    const known = this.#images.find(key, config, variant);
    if (known) {
      keep();
      return { image: known, warnings: compiled.warnings };
    }
    onProgress?.(units.length, units.length, 'link');
    const linked = await link(
      keys.map(([unit, object]) => [unit, this.#content(object)]),
      this.#open(),
    );
    if ('failure' in linked) {
      const failure = { ...this.#failure('link', []), link: linked.failure };
      return { failure, all: [failure] };
    }
    const checked = this.#checks ? checkedModule(linked.module) : undefined;
    const image = this.#images.keep(key, config, variant, {
      wasm: checked?.module ?? linked.module,
      layouts: layouts.json() ?? gone(),
      lines: Buffer.from(JSON.stringify(makeLines(linked.module, checked))),
      unmodelled: unmodelled(linked.module),
    });
    keep();
    this.#store.sweep();
    return { image, warnings: compiled.warnings };
  }

  /** The image of an earlier build that read exactly what is there now: one look-up instead of one for each unit. */
  #earlier(outline: string): ImageResult | undefined {
    const found = this.#builds.find(outline);
    const image = found && this.#images.find(found.meta.image, this.#request.config, this.#request.variant);
    if (!found || !image) return undefined;
    for (const object of found.meta.objects) this.#objects.use(object);
    return { image, warnings: found.meta.warnings };
  }

  /** Whether each access of the tree's code is checked: where sizes and costs are not asked for. */
  get #checks(): boolean {
    return this.#request.config === 'check' && this.#request.measured !== true;
  }

  /** The sources as the compiler processes see them, sent at the first need. */
  #open(): Session {
    this.#session ??= this.#pool.session(
      {
        treeRoot: this.#sources.tree.root,
        machineRoot: this.#sources.machine.root,
        overlay: this.#request.overlay,
        memory: this.#sources.memory,
      },
      this.#request.rank,
    );
    return this.#session;
  }

  #units(): { units: Unit[]; lacking: string[] } {
    const { generated, machineFolder, extraUnits: extra = [], measured = false } = this.#request;
    const enabled = (symbol: string) => (generated.symbols.get(symbol) ?? 'n') !== 'n';
    return listUnits(machineFolder, this.#sources, enabled, { extra, measured });
  }

  #failure(unit: string, diagnostics: Diagnostic[]): BuildFailure {
    return { unit, config: this.#request.config, diagnostics };
  }

  #content(key: string): Uint8Array {
    const content = this.#objects.load(key);
    if (!content) throw new GoneFromCache();
    return content;
  }

  /** Looks up what is known and compiles the rest. */
  async #compile(units: Unit[], pch: Map<string, PrecompiledHeader>, work: Work): Promise<void> {
    const missing: Job[] = [];
    for (const unit of units) {
      const pchKey = unit.options.pch ? pch.get(pchVariant(unit.options))?.key : undefined;
      const run = unitRun(this.#version, unit, pchKey);
      const known = this.#objects.find(run);
      if (known) work.compiled(unit, known);
      else missing.push({ unit, run, pchKey });
    }
    await this.#compileMissing(missing, work);
  }

  /** Longest first. After a failure nothing new is begun. */
  async #compileMissing(missing: Job[], work: Work): Promise<void> {
    const ordered = missing.toSorted((a, b) => this.#size(b.unit) - this.#size(a.unit));
    const before = work.begin(ordered.length);
    let next = 0;
    const lane = async () => {
      while (next < ordered.length && (!work.hasFailed || this.#request.keepGoing === true)) {
        const index = next++;
        const job = ordered[index];
        if (!job) return;
        const { unit, run, pchKey } = job;
        if (pchKey !== undefined) this.#givePch(unit.options, pchKey);
        const result = await compileUnit(unit, run, pchKey !== undefined, this.#open(), this.#objects);
        if ('errors' in result) work.failed(before + index, this.#failure(unit.path, result.errors));
        else work.compiled(unit, result);
        this.#request.onProgress?.(work.done, work.total, unit.path);
      }
    };
    await Promise.all(Array.from({ length: this.#pool.size }, lane));
  }

  #size(unit: Unit): number {
    if (unit.bytes !== undefined) return unit.bytes;
    const node = this.#sources.lookup(unit.path);
    return node?.kind === 'file' ? node.size : 0;
  }

  /** Hands a precompiled header to the compiler processes, once. */
  #givePch(options: UnitOptions, key: string): string {
    const file = `${PCH_FILE}${pchVariant(options)}`;
    if (!this.#given.has(file)) {
      this.#open().add(new Map([[file, this.#content(key)]]));
      this.#given.add(file);
    }
    return file;
  }

  #usualPch(headers: Map<string, PrecompiledHeader>) {
    const header = headers.get(pchVariant(USUAL));
    return header && { key: header.key, file: () => this.#givePch(USUAL, header.key) };
  }

  /** Precompiled headers by variant; a header that does not compile is left out. */
  async #precompile(units: Unit[]): Promise<Map<string, PrecompiledHeader>> {
    const headers = new Map<string, PrecompiledHeader>();
    const wanted = new Map(
      units.filter(({ options }) => options.pch).map(({ options }) => [pchVariant(options), options]),
    );
    await Promise.all(
      [...wanted].map(async ([variant, options]) => {
        const run = pchRun(this.#version, options);
        const known = this.#objects.find(run);
        const made = known ?? (await compilePch(run, options, this.#open(), this.#objects));
        if ('key' in made) headers.set(variant, made);
      }),
    );
    return headers;
  }
}

/** What has become of the units of one build. */
class Work {
  readonly total: number;
  readonly keys = new Map<string, string>();
  readonly #failures: BuildFailure[] = [];
  readonly #warnings: Diagnostic[] = [];
  readonly #dependencies = new Map<string, string>();
  #begun = 0;
  #failed = 0;

  constructor(total: number) {
    this.total = total;
  }

  get done(): number {
    return this.keys.size + this.#failed;
  }

  get hasFailed(): boolean {
    return this.#failed > 0;
  }

  /** Takes up further units; the result is the place of the first in the order of failures. */
  begin(units: number): number {
    this.#begun += units;
    return this.#begun - units;
  }

  failed(place: number, failure: BuildFailure): void {
    this.#failures[place] = failure;
    this.#failed++;
  }

  compiled(unit: Unit, { key, meta, dependencies }: Found<ObjectMeta>): void {
    this.keys.set(unit.path, key);
    this.#warnings.push(...meta.warnings);
    this.read(dependencies);
  }

  read(dependencies: [string, string][]): void {
    for (const [file, seen] of dependencies) {
      // Read says more than seen.
      if (seen !== '+' || !this.#dependencies.has(file)) this.#dependencies.set(file, seen);
    }
  }

  get dependencies(): Iterable<[string, string]> {
    return this.#dependencies;
  }

  /** Failures in the order in which the units were taken up, whichever ended first. */
  result(headers: Iterable<PrecompiledHeader>) {
    const warnings = distinct([...[...headers].flatMap(({ meta }) => meta.warnings), ...this.#warnings]);
    return { keys: this.keys, failures: this.#failures.flat(), warnings };
  }
}

/** An entry that was there when it was looked up cannot be read. */
class GoneFromCache extends Error {}

function gone(): never {
  throw new GoneFromCache();
}

function lackingFile(unit: string): Diagnostic {
  return { severity: 'error', file: unit, line: 0, column: 0, message: 'the tree has no such file' };
}

/** Headers' warnings come once for each unit that reads them. */
function distinct(warnings: Diagnostic[]): Diagnostic[] {
  const order = (d: Diagnostic) =>
    `${d.file}\0${String(d.line).padStart(8)}\0${String(d.column).padStart(6)}\0${d.message}`;
  const byPlace = new Map(warnings.map((warning) => [order(warning), warning]));
  return [...byPlace].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, warning]) => warning);
}

/** Imports that the machine does not provide by an import name of its own: undefined functions of the kernel. */
function unmodelled(module: Uint8Array): string[] {
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(module));
  return imports
    .filter(({ module, kind }) => module === 'env' && kind === 'function')
    .map(({ name }) => name)
    .sort();
}

// SPDX-License-Identifier: GPL-2.0-or-later
// YAML text -> Scenario. Comes in: a file's text and name. Goes out: a Scenario whose every step is valid.
// Errors: InputError "FILE:LINE:COLUMN: ..." with the expected or nearest word.
import { InputError } from '../../errors.ts';
import type { ConfigName } from '../../kernel/values.ts';
import { LIMITS } from '../limits.ts';
import { NAME } from './action.ts';
import { parseThreads } from './concurrent.ts';
import { actionStep, expand, type Positions } from './expand.ts';
import { Scope } from './scope.ts';
import { errorAt, numberAt, type Position, quoted, suggestion } from './tokens.ts';
import type { Beside, FileDeclaration, Scenario, Step, Template } from './values.ts';
import { MACHINE_STEPS } from './words.ts';
import { Yaml, type YamlPair, type YamlValue } from './yaml.ts';

const KEYS = ['name', 'areas', 'about', 'requires', 'config', 'files', 'bounds', 'steps'];
/** Keys that stand beside a step's own. */
const BESIDE = ['check', 'fail'];
const ID = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const VARIABLE = /^[a-z]\w{0,15}$/;

/** Parses one scenario file. `family` is the folder that it stands in. */
export function parseScenario(text: string, file: string, family = ''): Scenario {
  if (Buffer.byteLength(text) > LIMITS.fileBytes)
    throw new InputError(`${file}: larger than ${LIMITS.fileBytes} bytes`);
  const yaml = new Yaml(text, file);
  const top = yaml.map(yaml.root(), 'a scenario: keys name, areas, about, steps');
  const get = (key: string): YamlValue | undefined => top.find((pair) => pair.key === key)?.value;
  for (const pair of top) {
    if (KEYS.includes(pair.key)) continue;
    throw errorAt(pair.at, `unknown key ${quoted(pair.key)}${suggestion(pair.key, KEYS)}`);
  }
  const required = (key: string): YamlValue => {
    const value = get(key);
    if (value === undefined) throw errorAt({ file, line: 1, column: 1 }, `the key "${key}" is missing`);
    return value;
  };
  const name = yaml.id(required('name'), ID, 'a name such as split-in-child');
  const about = yaml.text(required('about'), 'one line of text').text;
  const areas = yaml
    .list(required('areas'), 'a list of areas')
    .map((node) => yaml.id(node, ID, 'an area such as vma-split'));
  const requires = list(yaml, get('requires'), 'a feature such as mremap-multi');
  const files = parseFiles(yaml, get('files'));
  const bounds: Record<string, number> = {};
  const boundsNode = get('bounds');
  for (const pair of boundsNode === undefined ? [] : yaml.map(boundsNode, 'bounds such as anon_vma: 4')) {
    const value = yaml.text(pair.value, 'a number');
    bounds[pair.key] = numberAt(value.at, value.text, 'a number', 0, Number.MAX_SAFE_INTEGER);
  }
  const configNode = get('config');
  const scope = new Scope(files);
  const steps = new StepParser(yaml, scope).steps(required('steps'));
  const configs = parseConfig(yaml, configNode);
  const threads = steps.some(({ kind }) => kind === 'concurrently');
  if (threads && configs.length === 1 && configs[0] === 'prod' && configNode !== undefined)
    throw errorAt(yaml.position(configNode), 'threads run in the configuration check only');
  return { name, about, areas, requires, configs: threads ? ['check'] : configs, files, bounds, steps, family };
}

function list(yaml: Yaml, node: YamlValue | undefined, expected: string): string[] {
  return node === undefined ? [] : yaml.list(node, 'a list').map((item) => yaml.id(item, ID, expected));
}

function parseConfig(yaml: Yaml, node: YamlValue | undefined): ConfigName[] {
  if (node === undefined) return ['prod', 'check'];
  const { text, at } = yaml.text(node, 'prod or check');
  if (text !== 'prod' && text !== 'check') throw errorAt(at, `expected prod or check, not ${quoted(text)}`);
  return [text];
}

function parseFiles(yaml: Yaml, node: YamlValue | undefined): FileDeclaration[] {
  if (node === undefined) return [];
  return yaml.map(node, 'files such as f: ext4 16').map((pair) => {
    if (!NAME.test(pair.key)) throw errorAt(pair.at, `${quoted(pair.key)} cannot name a file`);
    const { text, at } = yaml.text(pair.value, 'a kind and a number of pages, such as ext4 16');
    const match = /^(\S+)\s+(\S+)$/.exec(text);
    const kind = match?.[1] ?? text;
    if (kind !== 'ext4' && kind !== 'tmpfs')
      throw errorAt(at, `unknown kind of file ${quoted(kind)}${suggestion(kind, ['ext4', 'tmpfs'])}`);
    const pagesAt = { ...at, column: at.column + text.indexOf(match?.[2] ?? '', kind.length) };
    return {
      name: pair.key,
      kind,
      pages: numberAt(pagesAt, match?.[2] ?? '', 'a number of pages', 1, LIMITS.regionPages),
    };
  });
}

/** What stands only outside of repeat blocks. */
type TopStep = Extract<Step, { kind: 'exit-all' | 'concurrently' }>;

class StepParser {
  readonly #yaml: Yaml;
  readonly #scope: Scope;
  readonly #positions: Positions = new WeakMap();
  #count = 0;
  #concurrent = false;

  constructor(yaml: Yaml, scope: Scope) {
    this.#yaml = yaml;
    this.#scope = scope;
  }

  steps(node: YamlValue): Step[] {
    const steps: Step[] = [];
    for (const item of this.#yaml.list(node, 'a list of steps')) {
      const step = this.#step(item);
      this.#count += 1;
      if (this.#count > LIMITS.steps) throw errorAt(this.#yaml.position(item), `more than ${LIMITS.steps} steps`);
      steps.push(step);
    }
    return steps;
  }

  #step(node: YamlValue): Step {
    const read = this.#read(node, 0);
    if (read.kind === 'repeat') {
      this.#count += expand([read], this.#scope, this.#positions).length;
      return read;
    }
    if (read.kind === 'exit-all') this.#scope.exitAll();
    if (read.kind === 'concurrently') return read;
    if (read.kind !== 'text') return read;
    const at = this.#positions.get(read);
    if (at === undefined) throw new Error('a step without a position');
    return actionStep(read.process, read.text, read, this.#scope, at);
  }

  /** Reads a step without looking into an action's text. */
  #read(node: YamlValue, depth: number): Template | TopStep {
    const yaml = this.#yaml;
    if (yaml.isText(node)) {
      const { text, at } = yaml.text(node, 'a step');
      const kind = MACHINE_STEPS.find((word) => word === text);
      if (kind === undefined)
        throw errorAt(at, `expected a step such as "P: fork C", not ${quoted(text)}${suggestion(text, MACHINE_STEPS)}`);
      return { kind };
    }
    const pairs = yaml.map(node, 'a step such as "P: fork C"');
    const beside = this.#beside(pairs);
    const [pair, extra] = pairs.filter(({ key }) => !BESIDE.includes(key));
    if (pair === undefined) throw errorAt(yaml.position(node), 'expected a step such as "P: fork C"');
    if (extra !== undefined) throw errorAt(extra.at, `a step has one key; ${quoted(extra.key)} is a second one`);
    const step = this.#keyed(pair, beside, depth);
    if (beside.fail !== undefined && step.kind !== 'text')
      throw errorAt(pair.at, '"fail" stands beside a step of a process, such as "P: fork C"');
    return step;
  }

  /** `check: none`, `fail: each`, `fail: allocation 3`. */
  #beside(pairs: YamlPair[]): Beside {
    const yaml = this.#yaml;
    const beside: Beside = {};
    for (const { key, value } of pairs) {
      if (key === 'check') {
        const { text, at } = yaml.text(value, 'none');
        if (text !== 'none') throw errorAt(at, `expected none, not ${quoted(text)}`);
        beside.check = 'none';
      } else if (key === 'fail') {
        const { text, at } = yaml.text(value, 'each, or allocation and a number');
        const [, number] = /^allocation +(\S+)$/.exec(text) ?? [];
        if (text === 'each') beside.fail = 'each';
        else if (number !== undefined)
          beside.fail = numberAt(at, number, 'the number of an allocation', 1, LIMITS.refusals);
        else throw errorAt(at, `expected each, or allocation and a number, not ${quoted(text)}`);
      }
    }
    return beside;
  }

  #keyed(pair: YamlPair, beside: Beside, depth: number): Template | TopStep {
    const { key, at, value } = pair;
    if (key === 'repeat') return this.#repeat(value, depth + 1);
    if (key === 'concurrently') return this.#threads(value, at, depth);
    const { text, at: textAt } = this.#yaml.text(value, 'one line of text');
    const place = { key: at, text: textAt };
    if (key === 'exit') {
      if (text !== 'all')
        throw errorAt(textAt, `expected all, not ${quoted(text)}; one process exits with "${text}: exit"`);
      if (depth > 0) throw errorAt(at, '"exit: all" cannot stand in a repeat block');
      return { kind: 'exit-all' };
    }
    const step: Template =
      key === 'mark' ? { kind: 'mark', name: text } : { kind: 'text', process: key, text, ...beside };
    if (key === 'mark' && !/^[\w{}+\-*]{1,60}$/.test(text)) throw errorAt(textAt, `${quoted(text)} cannot name a mark`);
    this.#positions.set(step, place);
    return step;
  }

  #threads(node: YamlValue, at: Position, depth: number): TopStep {
    if (depth > 0) throw errorAt(at, '"concurrently" cannot stand in a repeat block');
    if (this.#concurrent) throw errorAt(at, 'a scenario has one concurrently block at most');
    this.#concurrent = true;
    return { kind: 'concurrently', threads: parseThreads(this.#yaml, node, this.#scope, at) };
  }

  #repeat(node: YamlValue, depth: number): Template {
    const yaml = this.#yaml;
    if (depth > LIMITS.repeatDepth)
      throw errorAt(yaml.position(node), `repeat blocks nest deeper than ${LIMITS.repeatDepth}`);
    const pairs = yaml.map(node, 'the keys times, as and steps');
    const keys = ['times', 'as', 'steps'];
    for (const pair of pairs) {
      if (!keys.includes(pair.key))
        throw errorAt(pair.at, `unknown key ${quoted(pair.key)}${suggestion(pair.key, keys)}`);
    }
    const value = (key: string): YamlValue => {
      const pair = pairs.find((other) => other.key === key);
      if (pair === undefined) throw errorAt(yaml.position(node), `the key "${key}" is missing`);
      return pair.value;
    };
    const times = yaml.text(value('times'), 'a number');
    const as = yaml.id(value('as'), VARIABLE, 'a variable such as i');
    const steps = yaml.list(value('steps'), 'a list of steps').map((item) => {
      const step = this.#read(item, depth);
      if (step.kind === 'exit-all' || step.kind === 'concurrently') throw new Error(`${step.kind} in a repeat block`);
      return step;
    });
    return { kind: 'repeat', times: numberAt(times.at, times.text, 'a number of times', 1, LIMITS.steps), as, steps };
  }
}

export type { Position };

// SPDX-License-Identifier: GPL-2.0-or-later
// Parses Kconfig files. In: a reader of the tree, the files to begin with. Out: definitions and choices with all the
// conditions around them. Language: Documentation/kbuild/kconfig-language.rst; conditional `depends on A if B` as of 7.0.
import path from 'node:path';
import { syntax, TokenCursor, tokenize } from './kconfig-expr.ts';
import { LineReader } from './kconfig-lines.ts';
import { Macros } from './kconfig-macro.ts';
import {
  KCONFIG_BYTES_MAX,
  KCONFIG_CONDITIONS_MAX,
  KCONFIG_ENTRIES_MAX,
  KCONFIG_FILES_MAX,
  KCONFIG_SOURCE_DEPTH_MAX,
} from './limits.ts';
import { isTreePath, type TreeReader } from './read.ts';
import type { Choice, Definition, Expr, Kconfig, Place, SymbolType } from './values.ts';

const TYPES = new Set<string>(['bool', 'tristate', 'string', 'int', 'hex']);

interface Block {
  kind: 'menu' | 'if' | 'choice' | 'file';
  depends: Expr[];
  visible: Expr[];
  choice?: number;
  place: Place;
}

/** What the properties that follow belong to. A menu's `depends on` counts for all inside it. */
type Entry =
  | { kind: 'config'; of: Definition }
  | { kind: 'choice'; of: Choice; block: Block }
  | { kind: 'menu'; block: Block }
  | { kind: 'comment' };

/**
 * Reads `files` and all they source, then `single` files without what they source.
 * InputError with file and line for anything that is not Kconfig.
 */
export async function parseKconfig(
  reader: TreeReader,
  files: readonly string[],
  single: readonly string[] = [],
): Promise<Kconfig> {
  const parser = new Parser(reader);
  for (const file of files) await parser.file(file, [], undefined);
  parser.follow = false;
  for (const file of single) if (!parser.result.files.includes(file)) await parser.file(file, [], undefined);
  return parser.result;
}

class Parser {
  readonly result: Kconfig = { definitions: [], choices: [], unanswered: [], files: [] };
  follow = true;
  private readonly macros = new Macros();
  private readonly blocks: Block[] = [];
  private entry: Entry | undefined;
  private readonly reader: TreeReader;
  private entries = 0;
  private bytes = 0;

  constructor(reader: TreeReader) {
    this.reader = reader;
    this.result.unanswered = this.macros.unanswered;
  }

  async file(name: string, chain: readonly string[], from: Place | undefined): Promise<void> {
    const place = from ?? { file: name, line: 1 };
    if (chain.includes(name)) throw syntax(place, `recursive source of ${name}`);
    if (chain.length >= KCONFIG_SOURCE_DEPTH_MAX) throw syntax(place, 'source nested too deeply');
    if (this.result.files.length >= KCONFIG_FILES_MAX) throw syntax(place, 'too many Kconfig files');
    if (!isTreePath(name)) throw syntax(place, `refuses to source ${JSON.stringify(name)}: outside the tree`);
    const text = await this.reader.text(name);
    if (text === undefined) throw syntax(place, `no such file: ${name}`);
    this.bytes += text.length;
    if (this.bytes > KCONFIG_BYTES_MAX) throw syntax(place, 'too much Kconfig text');
    this.result.files.push(name);
    const bottom = this.blocks.length;
    this.entry = undefined;
    const lines = new LineReader(name, text);
    for (let line = lines.next(); line !== undefined; line = lines.next()) {
      const at = { file: name, line: line.number };
      const assignment = /^([A-Za-z0-9_-]+)\s*(:=|\+=|=)\s*(.*)$/.exec(line.text);
      if (assignment !== null) {
        this.macros.assign(assignment[1] as string, assignment[2] as string, assignment[3] as string, at);
        continue;
      }
      const cursor = new TokenCursor(tokenize(this.macros.expandLine(line.text, at), at), at);
      if (cursor.done) continue;
      const keyword = cursor.word('a keyword');
      if (keyword === 'help' || keyword === '---help---') lines.skipHelp();
      else if (/^o?r?source$/.test(keyword)) {
        await this.source(keyword, cursor.string('a file name'), [...chain, name], at);
        this.entry = undefined;
      } else this.statement(keyword, cursor, at, bottom);
    }
    const open = this.blocks[bottom];
    if (open !== undefined) throw syntax(open.place, `${open.kind} is never ended`);
    this.entry = undefined;
  }

  private async source(keyword: string, target: string, chain: string[], place: Place): Promise<void> {
    if (!this.follow) return;
    const here = chain[chain.length - 1] ?? '';
    const name = keyword.includes('rs') ? path.posix.join(path.posix.dirname(here), target) : target;
    if (!isTreePath(name)) throw syntax(place, `refuses to source ${JSON.stringify(name)}: outside the tree`);
    let found = [name];
    if (/[*?]/.test(name)) {
      const folder = path.posix.dirname(name);
      if (/[*?]/.test(folder)) throw syntax(place, 'a pattern may stand in the last part of a path only');
      if (name.split('*').length > 4) throw syntax(place, 'a pattern may have three asterisks at most');
      const pattern = globPattern(path.posix.basename(name));
      found = (await this.reader.list(folder)).filter((file) => pattern.test(file)).map((file) => `${folder}/${file}`);
    } else if (keyword.startsWith('o') && (await this.reader.text(name)) === undefined) found = [];
    for (const file of found) await this.file(file, chain, place);
  }

  private statement(keyword: string, cursor: TokenCursor, place: Place, bottom: number): void {
    switch (keyword) {
      case 'config':
      case 'menuconfig':
        this.begin({ kind: 'config', of: this.definition(cursor.word('a symbol'), place) });
        break;
      case 'choice':
        if (!cursor.done) cursor.word('a symbol');
        this.choice(place);
        break;
      case 'menu':
        cursor.string('a title');
        this.begin({ kind: 'menu', block: this.open('menu', place) });
        break;
      case 'if':
        this.entry = undefined;
        this.open('if', place).depends.push(cursor.expression());
        break;
      case 'comment':
      case 'mainmenu':
        cursor.string('a text');
        this.begin({ kind: 'comment' });
        break;
      case 'endmenu':
      case 'endif':
      case 'endchoice':
        this.close(keyword.slice(3), place, bottom);
        break;
      default:
        this.property(keyword, cursor, place);
    }
    cursor.end();
  }

  private begin(entry: Entry): void {
    this.entry = entry;
  }

  private count(place: Place): void {
    if (++this.entries > KCONFIG_ENTRIES_MAX) throw syntax(place, 'too many entries');
  }

  private open(kind: Block['kind'], place: Place): Block {
    this.count(place);
    if (this.blocks.length > 200) throw syntax(place, 'blocks nested too deeply');
    const block: Block = { kind, depends: [], visible: [], place };
    this.blocks.push(block);
    return block;
  }

  private close(kind: string, place: Place, bottom: number): void {
    const top = this.blocks[this.blocks.length - 1];
    if (top === undefined || this.blocks.length <= bottom || top.kind !== kind)
      throw syntax(place, `end${kind} without ${kind}`);
    this.blocks.pop();
    this.entry = undefined;
  }

  /** Conditions around an entry that begins here. Menus add to theirs before any entry inside begins. */
  private around(what: 'depends' | 'visible', place: Place): Expr[] {
    const found = this.blocks.flatMap((block) => block[what]);
    if (found.length > KCONFIG_CONDITIONS_MAX) throw syntax(place, 'too many conditions around an entry');
    return found;
  }

  private definition(name: string, place: Place): Definition {
    this.count(place);
    const definition: Definition = {
      ...place,
      name,
      depends: this.around('depends', place),
      visible: this.around('visible', place),
      prompts: [],
      defaults: [],
      selects: [],
      implies: [],
      ranges: [],
      modules: false,
      transitional: false,
    };
    const choice = this.blocks.findLast((block) => block.kind === 'choice')?.choice;
    if (choice !== undefined) {
      definition.choice = choice;
      this.result.choices[choice]?.members.push(name);
    }
    this.result.definitions.push(definition);
    return definition;
  }

  private choice(place: Place): void {
    const choice: Choice = {
      ...place,
      depends: this.around('depends', place),
      visible: this.around('visible', place),
      prompts: [],
      defaults: [],
      optional: false,
      members: [],
    };
    const block = this.open('choice', place);
    block.choice = this.result.choices.push(choice) - 1;
    this.begin({ kind: 'choice', of: choice, block });
  }

  private property(keyword: string, cursor: TokenCursor, place: Place): void {
    const entry = this.entry;
    if (entry === undefined) throw syntax(place, `unknown statement ${JSON.stringify(keyword)}`);
    if (keyword === 'depends') {
      if (!cursor.take('on')) throw syntax(place, 'expected "on"');
      let depends = cursor.expression();
      const condition = cursor.condition();
      if (condition !== undefined) depends = { op: 'or', of: [{ op: 'not', of: condition }, depends] };
      if (entry.kind === 'config') entry.of.depends.push(depends);
      else if (entry.kind !== 'comment') entry.block.depends.push(depends);
      if (entry.kind === 'choice') entry.of.depends.push(depends);
    } else if (keyword === 'visible' && entry.kind === 'menu') {
      const condition = cursor.condition();
      if (condition === undefined) throw syntax(place, 'expected "if"');
      entry.block.visible.push(condition);
    } else if (entry.kind === 'config') this.configProperty(entry.of, keyword, cursor, place);
    else if (entry.kind === 'choice') this.choiceProperty(entry.of, keyword, cursor, place);
    else throw syntax(place, `unknown statement ${JSON.stringify(keyword)}`);
  }

  private choiceProperty(choice: Choice, keyword: string, cursor: TokenCursor, place: Place): void {
    if (keyword === 'prompt') choice.prompts.push(prompt(cursor));
    else if (keyword === 'default') choice.defaults.push(valued(cursor));
    else if (keyword === 'optional') choice.optional = true;
    else if (keyword === 'bool' || keyword === 'tristate') {
      if (!cursor.done) choice.prompts.push(prompt(cursor));
    } else throw syntax(place, `unknown choice option ${JSON.stringify(keyword)}`);
  }

  private configProperty(config: Definition, keyword: string, cursor: TokenCursor, place: Place): void {
    const type = keyword.replace(/^def_/, '');
    if (TYPES.has(type)) {
      if (config.type !== undefined && config.type !== type) throw syntax(place, `${config.name} has two types`);
      config.type = type as SymbolType;
      if (type !== keyword) config.defaults.push(valued(cursor));
      else if (!cursor.done) config.prompts.push(prompt(cursor));
    } else if (keyword === 'prompt') config.prompts.push(prompt(cursor));
    else if (keyword === 'default') config.defaults.push(valued(cursor));
    else if (keyword === 'select') config.selects.push(target(cursor));
    else if (keyword === 'imply') config.implies.push(target(cursor));
    else if (keyword === 'range') {
      const low = cursor.operand();
      config.ranges.push({ low, high: cursor.operand(), ...optional(cursor) });
    } else if (keyword === 'modules') config.modules = true;
    else if (keyword === 'transitional') config.transitional = true;
    else if (keyword === 'option') {
      // Until 6.2: "option modules", "option env=...", "option allnoconfig_y".
      if (cursor.word('an option') === 'modules') config.modules = true;
      if (cursor.take('=')) cursor.string('a value');
    } else throw syntax(place, `unknown statement ${JSON.stringify(keyword)}`);
  }
}

function optional(cursor: TokenCursor): { condition?: Expr } {
  const condition = cursor.condition();
  return condition === undefined ? {} : { condition };
}

function prompt(cursor: TokenCursor): { text: string; condition?: Expr } {
  return { text: cursor.string('a prompt'), ...optional(cursor) };
}

function valued(cursor: TokenCursor): { value: Expr; condition?: Expr } {
  return { value: cursor.expression(), ...optional(cursor) };
}

function target(cursor: TokenCursor): { name: string; condition?: Expr } {
  return { name: cursor.word('a symbol'), ...optional(cursor) };
}

function globPattern(glob: string): RegExp {
  const escaped = glob.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/\*/g, '[^/]*').replace(/\?/g, '[^/]')}$`);
}

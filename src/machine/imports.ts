// SPDX-License-Identifier: GPL-2.0-or-later
// The import object of an image. In: the module's own list of imports. Out: for each either a host function, an argued
// no-op, or a function that throws "unmodelled" by name. The object has no prototype, so that no symbol of the module
// can reach anything else.
import { sections, WasmReader } from '../kernel/wasm-reader.ts';
import { SimFault } from './fault.ts';
import { NOOPS } from './noops.ts';

const TYPE_SECTION = 1;
const IMPORT_SECTION = 2;
const FUNCTION_KIND = 0;
const I64 = 0x7e;

export type HostFunction = ((...args: never[]) => unknown) | WebAssembly.Suspending;

interface FunctionImport {
  module: string;
  name: string;
  /** Value type of the result, undefined for none. */
  result: number | undefined;
}

/** Reads the imports of a module. Only functions may be imported. */
export function functionImports(bytes: Uint8Array): FunctionImport[] {
  const all = sections(bytes);
  const results = resultTypes(bytes, all);
  const found: FunctionImport[] = [];
  const section = all.find(({ id }) => id === IMPORT_SECTION);
  if (section === undefined) return found;
  const reader = new WasmReader(bytes, section.start, section.end);
  for (let count = reader.u(); count > 0; count--) {
    const module = reader.name();
    const name = reader.name();
    if (reader.byte() !== FUNCTION_KIND) throw new Error(`the image imports ${module}.${name}, which is no function`);
    found.push({ module, name, result: results[reader.u()] });
  }
  return found;
}

function resultTypes(bytes: Uint8Array, all: ReturnType<typeof sections>): (number | undefined)[] {
  const section = all.find(({ id }) => id === TYPE_SECTION);
  if (section === undefined) return [];
  const reader = new WasmReader(bytes, section.start, section.end);
  const types: (number | undefined)[] = [];
  for (let count = reader.u(); count > 0; count--) {
    reader.byte();
    reader.skip(reader.u());
    const results = reader.u();
    types.push(results > 0 ? reader.byte() : undefined);
    reader.skip(Math.max(0, results - 1));
  }
  return types;
}

/** host: functions of import module "sim"; everything else is "env". called: receives each no-op that ran. */
export function importObject(
  imports: FunctionImport[],
  host: Record<string, HostFunction>,
  called: Set<string>,
): WebAssembly.Imports {
  const env = Object.create(null) as Record<string, HostFunction>;
  const sim = Object.create(null) as Record<string, HostFunction>;
  for (const one of imports) {
    if (one.module === 'sim') {
      const own = Object.hasOwn(host, one.name) ? host[one.name] : undefined;
      if (own === undefined) throw new Error(`the image asks the host for "${one.name}", which it does not offer`);
      sim[one.name] = own;
    } else if (one.module === 'env') {
      env[one.name] = NOOPS.has(one.name) ? noop(one, called) : unmodelled(one.name);
    } else {
      throw new Error(`the image imports from "${one.module}"`);
    }
  }
  const object = Object.create(null) as WebAssembly.Imports;
  object.env = env as WebAssembly.ModuleImports;
  object.sim = sim as WebAssembly.ModuleImports;
  return object;
}

function noop({ name, result }: FunctionImport, called: Set<string>): HostFunction {
  const value = NOOPS.get(name)?.returns ?? 0;
  const returned = result === undefined ? undefined : result === I64 ? BigInt(value) : value;
  return () => {
    called.add(name);
    return returned;
  };
}

function unmodelled(name: string): HostFunction {
  return () => {
    throw new SimFault('unmodelled', name);
  };
}

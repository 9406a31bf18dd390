// SPDX-License-Identifier: GPL-2.0-or-later
// V8's machine code of a WebAssembly module, saved from one process for the next: the compiler's first unit then takes
// half as long. V8 offers this to JavaScript only through its native functions (--allow-natives-syntax); where they are
// missing, or the code is of another V8, processor or module, there is simply no code.

/** The module's optimised code, or undefined. */
export function machineCode(module: WebAssembly.Module): Uint8Array | undefined {
  const serialise = native<(module: WebAssembly.Module) => ArrayBuffer | undefined>('SerializeWasmModule', 'a');
  const code = serialise?.(module);
  return code && new Uint8Array(code);
}

/** The module of these bytes with saved code; undefined where V8 refuses it. */
export function moduleWithCode(bytes: Uint8Array, code: Uint8Array): WebAssembly.Module | undefined {
  type Deserialise = (code: ArrayBuffer, bytes: Uint8Array) => WebAssembly.Module | undefined;
  const deserialise = native<Deserialise>('DeserializeWasmModule', 'a, b');
  return deserialise?.(Uint8Array.from(code).buffer, new Uint8Array(bytes));
}

function native<Call>(name: string, parameters: string): Call | undefined {
  try {
    return new Function(parameters, `return %${name}(${parameters})`) as Call;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // not started with --allow-natives-syntax, or no such function
    throw error;
  }
}

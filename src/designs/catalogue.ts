// SPDX-License-Identifier: GPL-2.0-or-later
// The designs by name, and their options as a user gives them. Errors: InputError with the nearest valid word.
import { InputError } from '../errors.ts';
import { nearest } from '../simulator/grammar/words.ts';
import { anonVma } from './anon-vma.ts';
import { anonVmaLazy } from './anon-vma-lazy.ts';
import { cowContext } from './cow-context.ts';
import { LabMachine } from './lab-machine.ts';
import { reflink } from './reflink.ts';
import type { DesignModule, OptionValues } from './values.ts';
import { virtualOffset } from './virtual-offset.ts';

export const DESIGNS: readonly DesignModule[] = [anonVma, anonVmaLazy, cowContext, virtualOffset, reflink];

function unknown(what: string, word: string, known: readonly string[]): InputError {
  const near = nearest(word, known);
  const shown = JSON.stringify(word.slice(0, 80));
  return new InputError(
    `unknown ${what} ${shown}; ${near ? `did you mean ${near}?` : `expected one of ${known.join(', ')}`}`,
  );
}

export function designNamed(name: string): DesignModule {
  const found = DESIGNS.find(({ info }) => info.name === name);
  if (found === undefined)
    throw unknown(
      'design',
      name,
      DESIGNS.map(({ info }) => info.name),
    );
  return found;
}

/** All options of a design: those that are given, the rest as the model takes them. */
export function optionsOf({ info }: DesignModule, given: OptionValues = {}): OptionValues {
  const values = Object.fromEntries(info.options.map(({ name, value }) => [name, value]));
  for (const [name, value] of Object.entries(given)) {
    const option = info.options.find((one) => one.name === name);
    if (option === undefined)
      throw unknown(
        `option of ${info.name}`,
        name,
        info.options.map((one) => one.name),
      );
    if (!option.values.includes(value)) throw unknown(`value of ${info.name}.${name}`, value, option.values);
    values[name] = value;
  }
  return values;
}

/** A machine that runs a design. */
export function labMachine(name: string, given: OptionValues = {}): LabMachine {
  const module = designNamed(name);
  return new LabMachine(module, optionsOf(module, given));
}

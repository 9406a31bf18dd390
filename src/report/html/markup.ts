// SPDX-License-Identifier: GPL-2.0-or-later
// HTML that cannot be broken out of: a template in which every value is cleaned and escaped unless it is markup itself.
import { cleanLines } from '../sanitise.ts';

/** Markup that this room wrote. Only the template below makes it. */
export class Markup {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  toString(): string {
    return this.#text;
  }
}

type Value = Markup | string | number | null | undefined | false | readonly Value[];

const ENTITY: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

/** Foreign text for element content or a quoted attribute. */
export function escaped(text: string): string {
  return cleanLines(text).replace(/[&<>"'`]/g, (character) => ENTITY[character] ?? '');
}

/** html`<p>${foreign}</p>`; absent values and false give nothing, lists are joined. Attributes must be quoted. */
export function html(parts: TemplateStringsArray, ...values: Value[]): Markup {
  let text = parts[0] ?? '';
  for (const [index, value] of values.entries()) text += rendered(value) + (parts[index + 1] ?? '');
  return new Markup(text);
}

function rendered(value: Value): string {
  if (value === null || value === undefined || value === false) return '';
  if (value instanceof Markup) return value.toString();
  if (typeof value === 'string' || typeof value === 'number') return escaped(`${value}`);
  return value.map(rendered).join('');
}

/** Nothing. */
export const NOTHING = new Markup('');

/** Text without markup, for a style sheet of our own. */
export function raw(text: string): Markup {
  return new Markup(text);
}

// SPDX-License-Identifier: GPL-2.0-or-later
// Struct layouts side by side, as pahole would show them: offsets, sizes, holes, cache lines; what differs is marked.
import type { StructChange } from '../../review/values.ts';
import { PAGE_ROWS_MAX } from '../limits.ts';
import { cleanLine } from '../sanitise.ts';
import { counted, signed } from '../text.ts';
import { html, type Markup, NOTHING } from './markup.ts';
import { table } from './parts.ts';

type Rows = NonNullable<StructChange['layouts']>[number];
type Layout = NonNullable<Rows['before']>;
type Member = Layout['members'][number];

/** Those that change open, the others closed. */
export function structs(all: StructChange[]): Markup {
  return html`${all.slice(0, 40).map(struct)}`;
}

function struct(one: StructChange): Markup {
  const { name, before, after, fields, variant } = one;
  const grew = (after ?? 0) - (before ?? 0);
  const size = (bytes: number | null) => (bytes === null ? 'absent' : `${bytes} bytes`);
  const sizes =
    before === after ? `${size(after)}, unchanged` : `${size(before)} before, ${size(after)} after (${signed(grew)})`;
  const heading = html`<h3><code>struct ${cleanLine(name, 80)}</code>${variant !== '' && ` (${variant})`}</h3>
<p>${sizes}${fields.length > 0 && `; ${counted(fields.length, 'member')} came, went, moved or changed size`}.</p>`;
  const whole = (one.layouts ?? []).map((rows) => sideBySide(name, rows, fields.length > 0 || grew !== 0));
  return html`${heading}${whole.length > 0 ? whole : members(one)}`;
}

/** Where only the differences are known. */
function members({ name, fields }: StructChange): Markup {
  const place = (at: { offset: number; size: number } | null) => (at ? `${at.offset} (${at.size})` : '–');
  return table(
    `Members of ${cleanLine(name, 80)} that changed: offset and size`,
    [{ title: 'member' }, { title: 'before', number: true }, { title: 'after', number: true }],
    fields
      .slice(0, PAGE_ROWS_MAX)
      .map((field) => [html`<code>${field.name}</code>`, place(field.before), place(field.after)]),
    fields.length - Math.min(fields.length, PAGE_ROWS_MAX),
  );
}

function sideBySide(name: string, { bits, before, after, notBuilt }: Rows, open: boolean): Markup {
  if (!before && !after)
    return notBuilt === undefined ? NOTHING : html`<p class="aside">${bits}-bit: ${cleanLine(notBuilt)}</p>`;
  const title = `${bits}-bit layout of ${cleanLine(name, 80)}, before and after`;
  const body = html`<div class="structs">${before && layout(before, after, 'before', 'gone')}${after && layout(after, before, 'after', 'came')}</div>`;
  // The 64-bit layout is what is asked for; nobody reads the other one first.
  return html`<details${open && bits === 64 && html` open`}><summary>${title}</summary>${body}</details>`;
}

function layout(own: Layout, other: Layout | null, side: string, mark: string): Markup {
  const places = new Map((other?.members ?? []).map((member) => [member.name, member]));
  const differs = (member: Member): boolean => other !== null && !samePlace(member, places.get(member.name));
  const byName = new Map(own.members.map((member) => [member.name, member]));
  // Members of members are noise, as in pahole without --expand_types, unless something is to be seen in there: a hole,
  // or a change while the outer member stays.
  const worth = own.members.filter((one) => {
    const outer = byName.get(one.name.slice(0, Math.max(0, one.name.lastIndexOf('.'))));
    return !one.name.includes('.') || (one.hole ?? 0) > 0 || (differs(one) && !(outer && differs(outer)));
  });
  const rows: Markup[] = [];
  let line = -1;
  for (const member of worth.slice(0, PAGE_ROWS_MAX)) {
    if (member.hole !== undefined && member.hole > 0) {
      rows.push(
        html`<tr class="hole"><td class="num">${member.offset - member.hole}</td><td class="num">${member.hole}</td><td>hole</td></tr>`,
      );
    }
    if (member.cacheLine !== line && line >= 0) {
      rows.push(
        html`<tr class="line"><td colspan="3">cache line ${member.cacheLine} (byte ${member.cacheLine * 64})</td></tr>`,
      );
    }
    line = member.cacheLine;
    rows.push(row(member, places.has(member.name), differs(member), mark));
  }
  if (own.padding > 0)
    rows.push(
      html`<tr class="hole"><td class="num">${own.size - own.padding}</td><td class="num">${own.padding}</td><td>padding</td></tr>`,
    );
  const sum = `${side}: ${own.size} bytes, ${counted(own.cacheLines, 'cache line')}, ${counted(own.holes, 'hole')}${own.holes > 0 ? ` (${own.holeBytes} bytes)` : ''}`;
  const left = worth.length - Math.min(worth.length, PAGE_ROWS_MAX);
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${sum}"><table><caption>${sum}</caption><thead><tr><th scope="col" class="num">offset</th><th scope="col" class="num">size</th><th scope="col">member</th></tr></thead><tbody>${rows}</tbody></table>${left > 0 && html`<p class="more">and ${left} more</p>`}</div>`;
}

function samePlace(member: Member, twin: Member | undefined): boolean {
  return twin?.offset === member.offset && twin.size === member.size && twin.bitOffset === member.bitOffset;
}

function row(member: Member, known: boolean, differs: boolean, mark: string): Markup {
  const sign = !differs ? '' : known ? '↕ ' : mark === 'gone' ? '− ' : '+ ';
  const bits = member.bitSize === undefined ? '' : `:${member.bitSize}`;
  return html`<tr class="${differs ? mark : ''}"><td class="num">${member.offset}</td><td class="num">${member.size}</td><th scope="row" class="wrap">${sign}<code>${cleanLine(member.type, 80)} ${cleanLine(member.name, 80)}${bits}</code></th></tr>`;
}

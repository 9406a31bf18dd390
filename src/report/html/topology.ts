// SPDX-License-Identifier: GPL-2.0-or-later
// The world before and after a failing step as drawings: where walks start (anon_vmas, files) on the left, VMAs by
// process in the middle, folios on the right. Lines on the left are chains, on the right page-table entries.
import type { Picture, Pictures } from '../../review/values.ts';
import { cleanLine } from '../sanitise.ts';
import { counted, listed } from '../text.ts';
import { html, type Markup, NOTHING } from './markup.ts';
import { columnOf, type Placed, placeAll } from './topology-layout.ts';

type Folios = Picture['folios'][number];
type Vma = Picture['vmas'][number];

/** Nothing where the finding carries no pictures. */
export function topology(pictures: Pictures | undefined, id: string, title = 'After the step'): Markup {
  if (!pictures?.before && !pictures?.after) return NOTHING;
  const { before, after } = pictures;
  const known = before && new Set(before.vmas.map((vma) => vma.id));
  return html`<div class="topology" id="${id}">${before && drawing(before, 'Before the step', undefined)}${
    after ? drawing(after, title, known) : html`<p class="aside">After the step there was nothing left to look at.</p>`
  }</div>${legend(pictures)}`;
}

function drawing(picture: Picture, title: string, known: ReadonlySet<number> | undefined): Markup {
  const layout = placeAll(picture);
  const { width, height } = layout;
  const places = layout.anchors.size + layout.vmas.size + layout.folios.length;
  if (places === 0) return html`<figure><figcaption>${title}</figcaption><p class="aside">No VMA is left.</p></figure>`;
  const words = sentences(picture);
  return html`<figure><figcaption>${title}</figcaption>
<div class="scroll" tabindex="0" role="group" aria-label="${title}"><svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${`${title}: ${words.join(' ')}`}">
${headings(picture)}${parents(picture, layout)}${chains(picture, layout)}${ghosts(picture, layout)}${entries(picture, layout)}
${[...layout.anchors].map(([name, at]) => anchor(name, at))}
${layout.spaces.map(({ name, y }) => html`<text class="space" x="${columnOf.vma.x}" y="${y}">${name}</text>`)}
${picture.vmas.map((vma) => vmaBox(vma, layout.vmas.get(vma.id), known))}
${picture.folios.map((one, index) => folioBox(one, layout.folios[index]))}
</svg></div>
<details><summary>${title}, in words</summary><ul>${words.map((line) => html`<li>${line}</li>`)}</ul></details></figure>`;
}

function headings(picture: Picture): Markup {
  const { anchor: left, vma, folio } = columnOf;
  const files = picture.vmas.some(({ file }) => file !== undefined);
  // Designs without anon_vmas have folios that name something else.
  const other = picture.folios.some(({ kind, anchor: name }) => kind === 'anon' && !/^(?:AV\d|none)/.test(name));
  const what = other ? 'named by folios' : files ? 'anon_vmas, files' : 'anon_vmas';
  return html`<text class="head" x="${left.x}" y="14">${what}</text><text class="head" x="${vma.x}" y="14">VMAs</text><text class="head" x="${folio.x}" y="14">folios</text>`;
}

function anchor(name: string, at: Placed): Markup {
  const { width } = columnOf.anchor;
  return html`<g class="anchor"><rect x="${at.x}" y="${at.y - 11}" width="${width}" height="22" rx="11"/><text x="${at.x + width / 2}" y="${at.y + 4}" text-anchor="middle">${name}</text></g>`;
}

function vmaBox(vma: Vma, at: Placed | undefined, known: ReadonlySet<number> | undefined): Markup {
  if (!at) return NOTHING;
  const fresh = known !== undefined && !known.has(vma.id);
  const place = cleanLine(pagesOf(vma), 9);
  return html`<g class="${fresh ? 'vma new' : 'vma'}"><rect x="${at.x}" y="${at.y - 12}" width="${columnOf.vma.width}" height="24" rx="4"/><text x="${at.x + 8}" y="${at.y + 4}">${place}</text><text class="access" x="${at.x + columnOf.vma.width - 8}" y="${at.y + 4}" text-anchor="end">${vma.access}</text></g>`;
}

/** "A 3-7": pages as scenarios write them. */
function pagesOf({ from, pages }: Vma): string {
  const [, region = from, first = '0'] = /^(.*)\+(\d+)$/.exec(from) ?? [];
  return pages === 1 ? `${region} ${first}` : `${region} ${first}-${Number(first) + pages - 1}`;
}

function folioBox(one: Folios, at: Placed | undefined): Markup {
  if (!at) return NOTHING;
  const missed = one.entries.some(({ visited }) => visited === false);
  return html`<g class="${missed ? 'folio lost' : 'folio'}"><rect x="${at.x}" y="${at.y - 12}" width="${columnOf.folio.width}" height="24" rx="4"/><text x="${at.x + 8}" y="${at.y + 4}">${folioName(one)}</text></g>`;
}

function folioName({ names, count }: Folios): string {
  const [first = 'folio'] = names;
  if (count === 1) return cleanLine(first, 14);
  // "folio 3" to "folio 5" in one row is "3 folios (3-5)".
  const numbers = names.map((name) => Number(/\d+$/.exec(name)?.[0]));
  const from = numbers[0] ?? 0;
  const inRow = names.length === count && numbers.every((number, index) => number === from + index);
  const range = `${from}-${from + count - 1}`;
  if (!inRow) return counted(count, 'folio');
  return range.length > 5 ? range : `folios ${range}`;
}

function curve(from: Placed, fromWidth: number, to: Placed): string {
  const start = from.x + fromWidth;
  const middle = (start + to.x) / 2;
  return `M${start} ${from.y}C${middle} ${from.y} ${middle} ${to.y} ${to.x} ${to.y}`;
}

/** anon_vma -> its parent, at the left edge. */
function parents(picture: Picture, { anchors }: ReturnType<typeof placeAll>): Markup[] {
  return picture.anonVmas.map(({ name, parent }) => {
    const [from, to] = [anchors.get(name), anchors.get(parent)];
    if (!from || !to || from === to) return NOTHING;
    const out = Math.max(4, from.x - 10 - Math.abs(from.y - to.y) / 12);
    return html`<path class="parent" d="M${from.x} ${from.y}C${out} ${from.y} ${out} ${to.y} ${to.x} ${to.y}"/>`;
  });
}

function chains(picture: Picture, { anchors, vmas }: ReturnType<typeof placeAll>): Markup[] {
  const links = picture.chains.map(({ vma, anonVma, inTree }) => ({
    vma,
    name: anonVma,
    cls: inTree ? 'chain' : 'chain loose',
  }));
  const files = picture.vmas.flatMap(({ id, file }) =>
    file === undefined ? [] : [{ vma: id, name: file, cls: 'chain' }],
  );
  return [...links, ...files].map(({ vma, name, cls }) => {
    const [from, to] = [anchors.get(name), vmas.get(vma)];
    if (!from || !to) return NOTHING;
    return html`<path class="${cls}" d="${curve(from, columnOf.anchor.width, to)}"/>`;
  });
}

/** Where a chain would have led the walk to an entry that it missed, and none does. */
function ghosts(picture: Picture, { anchors, vmas }: ReturnType<typeof placeAll>): Markup[] {
  return missingLinks(picture).map(({ vma, name }) => {
    const [from, to] = [anchors.get(name), vmas.get(vma)];
    if (!from || !to) return NOTHING;
    const [x, y] = [(from.x + columnOf.anchor.width + to.x) / 2, (from.y + to.y) / 2];
    return html`<path class="ghost" d="${curve(from, columnOf.anchor.width, to)}"/><path class="cross" d="M${x - 4} ${y - 4}l8 8m0 -8l-8 8"/>`;
  });
}

function missingLinks(picture: Picture): { vma: number; name: string }[] {
  const linked = new Set([
    ...picture.chains.filter(({ inTree }) => inTree).map(({ vma, anonVma }) => `${vma} ${anonVma}`),
    ...picture.vmas.map(({ id, file }) => `${id} ${file}`),
  ]);
  const missing = new Map<string, { vma: number; name: string }>();
  for (const { anchor: name, entries: all } of picture.folios) {
    for (const { vma, visited } of all) {
      if (visited !== false || vma === undefined || linked.has(`${vma} ${name}`)) continue;
      missing.set(`${vma} ${name}`, { vma, name });
    }
  }
  return [...missing.values()];
}

function entries(picture: Picture, { vmas, folios }: ReturnType<typeof placeAll>): Markup[] {
  return picture.folios.flatMap((one, index) => {
    const to = folios[index];
    if (!to) return [];
    const lines = one.entries.map(({ vma, visited }) => ({
      vma,
      cls: visited === undefined ? 'entry' : visited ? 'entry seen' : 'entry missed',
    }));
    const idle = one.idle.map((vma) => ({ vma, cls: 'entry idle' }));
    return [...idle, ...lines].map(({ vma, cls }) => {
      const from = vma === undefined ? undefined : vmas.get(vma);
      if (!from) return NOTHING;
      return html`<path class="${cls}" d="${curve(from, columnOf.vma.width, to)}"/>`;
    });
  });
}

/** The drawing for those who cannot see it. */
function sentences(picture: Picture): string[] {
  const byId = new Map(picture.vmas.map((vma) => [vma.id, vma]));
  const nameOf = (vma: Vma) => `${vma.space}:${pagesOf(vma)}`;
  const said = picture.folios.map(({ names, count, kind, anchor: start, entries: all }) => {
    const which =
      count > 1
        ? `${counted(count, 'folio')} (${names.slice(0, 3).join(', ')}${count > 3 ? ', ...' : ''})`
        : (names[0] ?? '');
    const seen = all.filter(({ visited }) => visited === true).map(({ at }) => at);
    const missed = all.filter(({ visited }) => visited === false).map(({ at }) => at);
    const plain = all.filter(({ visited }) => visited === undefined).map(({ at }) => at);
    const parts = [
      seen.length > 0 ? `a walk from ${start} finds ${listed(seen)}` : '',
      missed.length > 0 ? `it misses ${listed(missed)}` : '',
      plain.length > 0 ? `mapped at ${listed(plain)}` : '',
    ];
    return `${which}, ${kind === 'ksm' ? 'merged by KSM' : kind}: ${parts.filter((part) => part !== '').join('; ') || 'mapped nowhere'}.`;
  });
  const missing = missingLinks(picture).map(({ vma, name }) => {
    const known = byId.get(vma);
    return known ? `No chain leads from ${name} to ${nameOf(known)}.` : '';
  });
  const linked = picture.anonVmas.map(({ name, parent, root, refcount }) => {
    const to = picture.chains.filter((chain) => chain.anonVma === name).flatMap(({ vma }) => byId.get(vma) ?? []);
    const above = parent === name ? 'a root' : `below ${parent}, root ${root}`;
    return `${name}, ${above}, refcount ${refcount}: ${to.length > 0 ? `chains to ${listed(to.map(nameOf))}` : 'no chain'}.`;
  });
  const { vmas, anonVmas, folios } = picture.omitted;
  const left = [
    vmas > 0 ? counted(vmas, 'VMA') : '',
    anonVmas > 0 ? counted(anonVmas, 'anon_vma') : '',
    folios > 0 ? counted(folios, 'folio') : '',
  ].filter((part) => part !== '');
  const rest = left.length > 0 ? [`Not drawn: ${listed(left)} more.`] : [];
  return [...said, ...missing.filter((line) => line !== ''), ...linked, ...rest].map((line) => cleanLine(line));
}

/** Whether the step made VMAs. */
function appeared({ before, after }: Pictures): boolean {
  const known = new Set(before?.vmas.map(({ id }) => id));
  return before !== undefined && (after?.vmas.some(({ id }) => !known.has(id)) ?? false);
}

function legend(pictures: Pictures): Markup {
  const all = [pictures.before, pictures.after].flatMap((one) => one ?? []);
  const has = (fits: (entry: Folios['entries'][number]) => boolean) =>
    all.some(({ folios }) => folios.some((one) => one.entries.some(fits)));
  const item = (cls: string, text: string) =>
    html`<li><svg viewBox="0 0 34 10" width="34" height="10" aria-hidden="true"><path class="${cls}" d="M1 5h32"/></svg> ${text}</li>`;
  return html`<ul class="legend">${has(({ visited }) => visited === true) && item('entry seen', 'mapped, and the walk finds it')}${has(({ visited }) => visited === false) && item('entry missed', 'mapped, and the walk misses it')}${has(({ visited }) => visited === undefined) && item('entry', 'mapped')}${item('chain', 'chain (or file mapping)')}${appeared(pictures) && html`<li><svg viewBox="0 0 34 12" width="34" height="12" aria-hidden="true"><g class="vma new"><rect x="4" y="1" width="26" height="10" rx="3"/></g></svg> VMA that the step made</li>`}${all.some(({ anonVmas }) => anonVmas.some(({ name, parent }) => name !== parent)) && item('parent', 'parent')}${all.some((one) => missingLinks(one).length > 0) && item('ghost', 'no chain leads here')}${all.some(({ chains: links }) => links.some(({ inTree }) => !inTree)) && item('chain loose', 'chain that is in no tree')}</ul>`;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// Smaller regions: pages that every step treats alike become one page. The same pages go in all regions, as moves
// between them depend on their numbers.
import type { Action, FlatStep, PageRange } from '../grammar/values.ts';
import { withSteps } from './fewer-steps.ts';
import type { Pass, Trial } from './values.ts';

export const fewerPages: Pass = {
  what: 'pages',
  async shrink(trial, test) {
    const borders = bordersOf(trial.scenario.steps);
    let widths = borders.map((border, i) => border - (borders[i - 1] ?? 0));
    const candidate = (changed: number[]): Trial => squeezed(trial, borders, changed);
    const least = widths.map((width, i) => (i === 0 ? 0 : Math.min(width, 1)));
    if (!same(widths, least) && (await test(candidate(least)))) widths = least;
    // One after the other: to nothing, or as near as halving comes.
    for (let i = 0; i < widths.length; i++) {
      for (let width = 0; width < (widths[i] ?? 0); width += Math.ceil(((widths[i] ?? 0) - width) / 2)) {
        const changed = widths.with(i, width);
        if (await test(candidate(changed))) widths = changed;
      }
    }
    return candidate(widths);
  },
};

const same = (a: number[], b: number[]): boolean => a.every((one, i) => one === b[i]);

/** Pages where some step's range begins or ends, ascending. */
function bordersOf(steps: readonly FlatStep[]): number[] {
  const borders = new Set<number>();
  const note = (first: number, count: number): void => {
    borders.add(first).add(first + count);
  };
  for (const step of steps) {
    if (step.kind !== 'action') continue;
    const { action } = step;
    if ('range' in action && action.range) note(action.range.first, action.range.count);
    if ('pages' in action && Array.isArray(action.pages))
      for (const { first, count } of action.pages) note(first, count);
    if (action.op === 'mmap') note(action.place.page, action.pages);
    if (action.op === 'walk') note(action.page, 1);
    if ('to' in action && action.to !== undefined) {
      const given = 'pages' in action ? action.pages : undefined;
      note(action.to.page, given ?? action.range?.count ?? 1);
    } else if (action.op === 'mremap' && action.pages !== undefined) note(action.range?.first ?? 0, action.pages);
  }
  return [...borders].sort((a, b) => a - b);
}

/** In: widths of what lies before each border. */
function squeezed(trial: Trial, borders: number[], widths: number[]): Trial {
  const places = new Map<number, number>();
  let place = 0;
  for (const [i, border] of borders.entries()) {
    place += widths[i] ?? 0;
    places.set(border, place);
  }
  const to = (page: number): number => {
    const known = places.get(page);
    if (known !== undefined) return known;
    const below = borders.findLastIndex((border) => border < page);
    const [start, next] = [borders[below] ?? 0, borders[below + 1]];
    const moved = (places.get(start) ?? 0) + page - start;
    return next === undefined ? moved : Math.min(moved, (places.get(next) ?? moved) - 1);
  };
  const range = ({ first, count }: PageRange): PageRange => ({
    first: to(first),
    count: Math.max(1, to(first + count) - to(first)),
  });
  return withSteps(
    trial,
    trial.scenario.steps.map((step) =>
      step.kind === 'action' ? { ...step, action: moved(step.action, to, range) } : step,
    ),
  );
}

function moved(action: Action, to: (page: number) => number, range: (given: PageRange) => PageRange): Action {
  switch (action.op) {
    case 'mmap': {
      const { first, count } = range({ first: action.place.page, count: action.pages });
      const offset = action.offset === 0 ? 0 : Math.max(0, to(action.offset));
      return { ...action, place: { ...action.place, page: first }, pages: count, offset };
    }
    case 'brk':
      return { ...action, pages: Math.max(0, to(action.pages)) };
    case 'walk':
      return { ...action, page: Math.max(0, to(action.page)) };
    case 'mremap': {
      const from = action.range && range(action.range);
      const target = action.to && { ...action.to, page: Math.max(0, to(action.to.page)) };
      const start = action.to?.page ?? action.range?.first ?? 0;
      const pages = action.pages && range({ first: start, count: action.pages }).count;
      return { ...action, ...(from && { range: from }), ...(target && { to: target }), ...(pages && { pages }) };
    }
    case 'uffd-move':
    case 'uffd-copy':
      return {
        ...action,
        ...(action.range && { range: range(action.range) }),
        to: { ...action.to, page: Math.max(0, to(action.to.page)) },
      };
    default: {
      if ('range' in action && action.range) return { ...action, range: range(action.range) } as Action;
      if ('pages' in action) return { ...action, pages: joined(action.pages.map(range)) } as Action;
      return action;
    }
  }
}

/** Ranges that fell onto each other are one. */
function joined(ranges: PageRange[]): PageRange[] {
  const all: PageRange[] = [];
  for (const range of ranges) {
    const last = all.at(-1);
    if (last && range.first <= last.first + last.count)
      last.count = Math.max(last.count, range.first + range.count - last.first);
    else all.push({ ...range });
  }
  return all;
}

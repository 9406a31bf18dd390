// SPDX-License-Identifier: GPL-2.0-or-later
// Dependencies that authors write in prose: "This is based on [0]", "Depends on <id@example.org>", "applies on top of
// https://HOST/LIST/id@example.org/". In: the text of a cover letter or of a patch's notes. Out: Message-IDs that are
// exact; vaguer words are left alone.
import { MAX_PREREQUISITES, MAX_PROSE_BYTES } from './limits.ts';

/** Words by which a sentence says that something must be there first. "Link:" and "discussed in" are none of them. */
const DEPENDS =
  /\b(?:depend(?:s|ed|ing|ent)?\s+(?:up)?on|(?:build|builds|built)\s+(?:up)?on|based\s+(?:up)?on|prerequisite|requires?\s+(?:the\s+)?(?:series|patch(?:es|set)?)|(?:applies|apply|applied|goes|sits?|is|are|made)\s+on\s+top\s+of)\b/i;
/** Denials: "does not depend on", "no longer depends on", "used to be based on". */
const DENIES =
  /\b(?:not|no\s+longer|never|without|independent|isn't|doesn't|don't|used\s+to|was|were|rather\s+than|instead\s+of)\b/i;
/** What a series may be based on without needing it. */
const TALK =
  /\b(?:discuss\w*|feedback|comment\w*|suggest\w*|review\w*|report\w*|ideas?|propos\w*|talks?|conversations?|observ\w*|questions?|requests?|measure\w*|benchmark\w*|see)\b/i;

const ID = '[!-;=?-~]+@[A-Za-z0-9][A-Za-z0-9.-]*';
/** An address in brackets and a Message-ID look alike: Message-IDs are bare of a name in front. */
const REFERENCE = new RegExp(`https?://[^\\s<>"]+|<(${ID})>|\\[(\\d{1,2})\\]`, 'g');
const MESSAGE_URL = new RegExp(
  `^https?://[A-Za-z0-9.:-]+/(?:[\\w.+-]+/){0,3}(${ID})(?:/(?:[TtR#].*|raw|t\\.mbox\\.gz)?)?$`,
);

/** The text in which an author tells of dependencies: a cover letter, or what stands between "---" and the diff. */
export function dependencyText(body: string, cover: boolean): string {
  if (cover) return body;
  const end = body.search(/^diff --git /m);
  const start = end < 0 ? -1 : body.slice(0, end).search(/^---[ \t]*$/m);
  return start < 0 ? '' : body.slice(start, end);
}

/** Message-IDs that the sentences of a text depend on, in order, each once. */
export function proseDependencies(text: string): string[] {
  const prose = withoutQuotes(text.slice(0, MAX_PROSE_BYTES));
  if (!DEPENDS.test(prose)) return [];
  const notes = footnotes(prose);
  const ids = new Set<string>();
  for (const sentence of sentences(prose)) {
    const word = DEPENDS.exec(sentence);
    if (!word || DENIES.test(sentence.slice(0, word.index))) continue;
    const whole = sentence.slice(word.index);
    // What is talked about behind such a word is not needed.
    const said = whole.slice(0, TALK.exec(whole)?.index);
    for (const match of said.matchAll(REFERENCE)) {
      const id = match[1] ?? urlId(match[0]) ?? notes.get(match[2] ?? '');
      if (id !== undefined) ids.add(id);
      if (ids.size >= MAX_PREREQUISITES) return [...ids];
    }
  }
  return [...ids];
}

/** The Message-ID in a URL of an archive; undefined where it is none. */
export function urlId(text: string): string | undefined {
  const url = text.replace(/[).,;:!?\]]+$/, '');
  let plain: string;
  try {
    plain = decodeURIComponent(url.replace(/#.*$/, ''));
  } catch {
    return undefined; // no URL that an archive has made
  }
  return MESSAGE_URL.exec(plain)?.[1];
}

/** "[0] https://..." and "[1]: <id@example.org>" at the start of a line, or with "Link: " in front of it. */
function footnotes(prose: string): Map<string, string> {
  const notes = new Map<string, string>();
  for (const line of prose.split('\n')) {
    const before = /^\s*\[(\d{1,2})\]:?\s+(\S+)\s*$/.exec(line);
    const after = /^\s*(?:Link:\s+)?(\S+)\s+\[(\d{1,2})\]\s*$/i.exec(line);
    const [number, target] = before ? [before[1], before[2]] : [after?.[2], after?.[1]];
    if (number === undefined || target === undefined || notes.has(number)) continue;
    const id = new RegExp(`^<(${ID})>$`).exec(target)?.[1] ?? urlId(target);
    if (id !== undefined) notes.set(number, id);
  }
  return notes;
}

/** Paragraphs cut at the ends of sentences; a footnote line is no part of one. */
function sentences(prose: string): string[] {
  return prose
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.split('\n').filter((line) => !/^\s*\[\d{1,2}\]:?\s/.test(line)))
    .flatMap((lines) => lines.join(' ').split(/(?<=[.!?])\s+(?=[A-Z[(])/));
}

function withoutQuotes(text: string): string {
  return text
    .split('\n')
    .filter((line) => !/^\s*>/.test(line))
    .join('\n');
}

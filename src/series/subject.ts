// SPDX-License-Identifier: GPL-2.0-or-later
// Subjects of patch mails: "[RFC PATCH v3 02/15] mm: ...". In: the decoded subject. Out: what it says.
import { MAX_PATCHES, MAX_VERSION } from './limits.ts';

export interface Subject {
  /** True where it begins with "Re:" or the like. */
  reply: boolean;
  /** True where the brackets say PATCH, or RFC or RESEND with a counter. */
  patch: boolean;
  /** From 1; 1 where none is given. */
  version: number;
  /** Position and total of the counter. Both undefined where there is none. */
  number?: number;
  total?: number;
  /** Bracket words other than PATCH, version and counter, as written. */
  tags: string[];
  /** The rest. */
  title: string;
  /** Set where the counter promises more patches than we read. */
  tooMany?: boolean;
}

const REPLY = /^\s*(re|aw|sv|antw|fwd?|vs)(\[\d+\])?\s*:/i;
const GROUP = /^\s*\[([^\][]*)\]/;

/** Reads a subject; never fails. */
export function parseSubject(text: string): Subject {
  const subject: Subject = { reply: false, patch: false, version: 1, tags: [], title: '' };
  let rest = text;
  let sawPatch = false;
  let sawVersion = false;
  for (;;) {
    const reply = REPLY.exec(rest);
    const group = GROUP.exec(rest);
    if (reply) {
      subject.reply = true;
      rest = rest.slice(reply[0].length);
    } else if (group) {
      for (const word of words(group[1] ?? '')) {
        const version = /^v(\d{1,9})$/i.exec(word);
        const counter = /^(\d{1,9})\/(\d{1,9})$/.exec(word);
        if (/^patch(es)?$/i.test(word)) sawPatch = true;
        else if (version && Number(version[1]) >= 1 && Number(version[1]) <= MAX_VERSION) {
          subject.version = Number(version[1]);
          sawVersion = true;
        } else if (counter) {
          subject.number = Number(counter[1]);
          subject.total = Number(counter[2]);
        } else subject.tags.push(word);
      }
      rest = rest.slice(group[0].length);
    } else break;
  }
  subject.title = rest.trim().replace(/\s+/g, ' ');
  const marked = subject.tags.some((tag) => /^(rfc|resend|repost)$/i.test(tag));
  subject.patch = sawPatch || ((marked || sawVersion) && subject.number !== undefined);
  if (subject.tags.some((tag) => /^(pull|announce)$/i.test(tag)) && !sawPatch) subject.patch = false;
  if (Math.max(subject.total ?? 0, subject.number ?? 0) > MAX_PATCHES) {
    subject.tooMany = true;
    subject.patch = false;
  }
  return subject;
}

/** The words of a bracket group; "1 / 2" and glued forms such as "PATCHv2" taken apart. */
function words(group: string): string[] {
  return group
    .replace(/(\d)\s*\/\s*(\d)/g, '$1/$2')
    .replace(/\b(patch|rfc|resend)[-_]?(v\d+)\b/gi, '$1 $2')
    .split(/[\s,;]+/)
    .filter((word) => word !== '');
}

/** For comparing titles of versions: lower case, words only. */
export function titleKey(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

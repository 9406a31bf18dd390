// SPDX-License-Identifier: GPL-2.0-or-later
// The values that the series room hands on: one parsed mail, and the patch series made of such mails.

/** One mail as it came from a source, MIME decoded. */
export interface Message {
  /** Without angle brackets; a digest of the content where the header was missing. */
  messageId: string;
  /** Message-IDs that this mail answers, nearest last (References, then In-Reply-To). */
  references: string[];
  subject: string;
  from: { name: string; address: string };
  /** ISO 8601, UTC; undefined where the header was missing or unreadable. */
  date?: string;
  /** The text body, LF line ends, trailing list footers left in. */
  body: string;
  /** True where the body was declared format=flowed: unusable as a patch. */
  flowed: boolean;
}

/** A trailer line such as "Reviewed-by: A <a@example.org>". */
export interface Trailer {
  name: string;
  value: string;
  /** Message-ID of the mail that carried it, if it was not the patch itself. */
  from?: string;
}

/** One patch of a series. */
export interface Patch {
  /** Position in the series, from 1. */
  number: number;
  messageId: string;
  /** Subject without the bracketed prefix. */
  title: string;
  author: { name: string; address: string };
  date?: string;
  /** Commit message without title, diffstat and mail furniture. */
  message: string;
  /** The unified diff, from the first "diff --git" (or "---"/"+++" pair) to the end of its last hunk. */
  diff: string;
  /** Paths touched, as the diff names them, without a/ and b/ ("/dev/null" left out). */
  paths: string[];
  /** Trailers of the patch and those given in replies. */
  trailers: Trailer[];
  /** What the author wrote between "---" and the diff (diffstat included); not part of the commit. */
  notes?: string;
  /** Why the diff cannot be used, where that is so: cut off, wrapped, format=flowed, no diff in the mail. */
  unusable?: string;
}

/** How a series names what it needs: git's patch id, a Message-ID, b4's "change-id" or "change-id:vN". */
export type PrerequisiteKind = 'patch-id' | 'message-id' | 'change-id';

/** A series, or patches of one, that another series needs. */
export interface Prerequisite {
  /** What names it. */
  kind: PrerequisiteKind;
  value: string;
  series: { id: string; version: number; subject: string };
  /** Of the series, those that are needed, in the order in which they are applied. */
  patches: Patch[];
  /** Where it was found, as reports say it. */
  from: string;
  /** Id of the series that names it, where that is not the one asked about. */
  neededBy?: string;
}

/** One that cannot be had, and why. */
export interface MissingPrerequisite {
  kind: PrerequisiteKind;
  value: string;
  why: string;
  neededBy?: string;
}

/** All that a series needs, and what that needs: in the order in which it is to be applied. */
export interface Prerequisites {
  found: Prerequisite[];
  missing: MissingPrerequisite[];
}

/** Where messages are looked up: an archive. Methods throw InputError where it cannot be reached. */
export interface Library {
  /** As reports say it, without paths of this machine. */
  name: string;
  /** The thread of a Message-ID; undefined where the archive does not have it. */
  thread(id: string): Promise<Message[] | undefined>;
  /** Mails that a search finds, by public-inbox's words; absent where the archive has no search. */
  search?(query: string): Promise<Message[]>;
  /** All mails; absent where reading them all takes too long. */
  all?(): AsyncIterable<Message>;
}

/** A complete or incomplete patch series. */
export interface Series {
  /** Message-ID of the cover letter, else of the first patch present. */
  id: string;
  version: number;
  /** Title without prefixes: the cover letter's, else the first patch's. */
  subject: string;
  /** Bracket tags other than PATCH, version and counter: "RFC", "RESEND", "mm-unstable", ... */
  tags: string[];
  author: { name: string; address: string };
  date?: string;
  cover?: { messageId: string; text: string };
  /** The mail to answer: cover letter, else first patch. The subject is whole; references: nearest last. */
  head?: { messageId: string; subject: string; references: string[] };
  patches: Patch[];
  /** How many patches the subjects promise. */
  expected: number;
  /** Numbers of promised patches that are not there; empty means complete. */
  missing: number[];
  /** base-commit trailer, if one was given. */
  base?: string;
  prerequisites: { kind: PrerequisiteKind; value: string }[];
  changeId?: string;
  /** Message-ID of the series of the previous version, if it is in the same input. */
  supersedes?: string;
  /** Equal for series whose mails hang together by References. */
  thread?: string;
  /** Equal for the versions of one series: id of the earliest of them in the input. */
  lineage?: string;
  /** Message-IDs of the mails of this posting, cover letter first. */
  messageIds?: string[];
  /** Numbers of patches taken over from an earlier version, where the author re-sent only some. */
  takenOver?: number[];
}

/** Everything that one input holds. */
export interface Assembly {
  /**
   * Every series found, each version apart, in the order of the input. `patches`, `missing` and the cover's text are
   * getters: made when first asked for, then kept; cloning and JSON give plain values.
   */
  series: Series[];
  /**
   * What a user should know of, one line each: skipped mails, format=flowed, odd counters, partial re-rolls. A damaged
   * diff only shows when its patch is parsed: see Patch.unusable.
   */
  warnings: string[];
}

/** Messages from somewhere, with what had to be left out on the way; complete once the messages have been read. */
export interface MessageSource extends AsyncIterable<Message> {
  readonly warnings: readonly string[];
}

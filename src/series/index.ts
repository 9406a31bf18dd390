// SPDX-License-Identifier: GPL-2.0-or-later
// The series room. In: messages of any order and origin. Out: the patch series among them, versions apart, with
// trailers, prerequisites and what is missing; and the parser for their diffs.
export { assembleSeries } from './assemble.ts';
export { chooseSeries } from './choose.ts';
export { type FileDiff, type Hunk, parseDiff } from './diff.ts';
export { findPrerequisites } from './prerequisites.ts';
export { parseSubject, type Subject } from './subject.ts';

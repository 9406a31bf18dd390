// SPDX-License-Identifier: GPL-2.0-or-later
// Applied series made of edits, for tests of the semantics room: no git, the values are what the room takes.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { AppliedCommit, AppliedSeries, SourceTree } from '../../src/tree/values.ts';
import { sourceOf } from '../support/trees.ts';

/** One patch: path -> new text from the present one; null deletes; { from } renames. */
export type Edits = Record<string, ((text: string) => string) | string | null | { from: string }>;

/** The series of these patches on a tree. */
export function applied(tree: SourceTree, patches: Edits[]): AppliedSeries {
  const overlay = new Map<string, Buffer | null>();
  const textOf = (path: string): string | undefined => {
    const laid = overlay.get(path);
    return laid === undefined ? sourceOf(tree, path) : (laid?.toString('utf8') ?? undefined);
  };
  const commits = patches.map((edits, i): AppliedCommit => {
    const changes: AppliedCommit['changes'] = [];
    for (const [path, edit] of Object.entries(edits)) {
      const old = textOf(path);
      if (edit === null) {
        overlay.set(path, null);
        changes.push({ path, status: 'deleted' });
      } else if (typeof edit === 'object') {
        overlay.set(path, Buffer.from(textOf(edit.from) ?? ''));
        overlay.set(edit.from, null);
        changes.push({ path, oldPath: edit.from, status: 'renamed' });
      } else {
        const text = typeof edit === 'string' ? edit : edit(old ?? '');
        if (text === old) throw new Error(`the edit of ${path} changes nothing`);
        overlay.set(path, Buffer.from(text));
        changes.push({ path, status: old === undefined ? 'added' : 'modified' });
      }
    }
    return { number: i + 1, title: `patch ${i + 1}`, commit: '0'.repeat(40), changes, overlay: new Map(overlay) };
  });
  return { tree, base: tree.label, commits, diff: '' };
}

/** A small tree of our own; removed by the returned function. */
export function smallTree(files: Record<string, string>): { tree: SourceTree; remove: () => void } {
  const root = mkdtempSync(join(tmpdir(), 'rmapbot-semantics-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return { tree: { label: 'small', root, version: '1.0.0' }, remove: () => rmSync(root, { recursive: true }) };
}

// SPDX-License-Identifier: GPL-2.0-or-later
// Sources that are followed. In: a place. Out: its Follower; each kind is loaded when it is used.
import { InputError } from '../../errors.ts';
import { archiveNamed } from '../locate.ts';
import type { Follower, FollowPlace } from './values.ts';

export type { Arrival, Batch, Follower, FollowPlace } from './values.ts';

/** Reads a place as it is written in a configuration. InputError where it makes no sense. */
export function followPlace(kind: 'git' | 'nntp' | 'imap' | 'maildir', text: string): FollowPlace {
  if (kind === 'git' || kind === 'maildir') {
    if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) throw new InputError(`${kind}: expected a folder, not a URL`);
    return { kind, path: text };
  }
  const archive = archiveNamed(text);
  if (archive.kind === 'folder' || archive.kind === 'http' || archive.kind !== kind)
    throw new InputError(`${kind}: expected ${kind}://HOST/... or ${kind}s://HOST/...`);
  return archive;
}

/** Begins to follow; nothing is opened before the first poll. */
export async function follow(place: FollowPlace): Promise<Follower> {
  if ('path' in place)
    return place.kind === 'git'
      ? new (await import('./git.ts')).GitFollower(place.path)
      : new (await import('./maildir.ts')).MaildirFollower(place.path);
  if (place.kind === 'nntp') return new (await import('./nntp.ts')).NntpFollower(place);
  return new (await import('./imap.ts')).ImapFollower(place);
}

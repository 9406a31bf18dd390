// SPDX-License-Identifier: GPL-2.0-or-later
// What a followed source had in a range that has gone by: days of a public-inbox, numbers of a server; all of a Maildir.
import { InputError } from '../../errors.ts';
import { imapRange } from '../imap.ts';
import { numbersOf, parseRange } from '../locate.ts';
import { maildirMessages } from '../maildir.ts';
import { nntpRange } from '../nntp.ts';
import { epochsOf, inboxMessages } from '../public-inbox.ts';
import type { Arrival, FollowPlace } from './values.ts';

/** In: a place, "FROM..TO" as `--range` takes it. InputError where the place cannot be read, or takes no such range. */
export async function* pastArrivals(place: FollowPlace, text: string): AsyncGenerator<Arrival> {
  const range = parseRange(text);
  const found = async () => {
    if ('host' in place) {
      const { from, to } = numbersOf(range);
      return place.kind === 'nntp' ? nntpRange(place, from, to) : imapRange(place, from, to);
    }
    if (place.kind === 'maildir') return maildirMessages(place.path, place.path);
    const epochs = await epochsOf(place.path);
    if (epochs.length === 0) throw new InputError(`${place.path}: no public-inbox repository`);
    return inboxMessages(epochs, range);
  };
  for await (const { raw, name, tooLarge } of await found())
    yield { raw, name, ...(tooLarge === undefined ? {} : { tooLarge }) };
}

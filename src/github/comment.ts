// SPDX-License-Identifier: GPL-2.0-or-later
// The one comment of ours on a pull request, found again by a hidden marker in what we ourselves wrote, and edited in
// place; and short replies to commands, one for each. That somebody said "stop" is kept in the marker.
import type { Octokit } from '@octokit/rest';
import { z } from 'zod';
import { PAGES_MAX } from './limits.ts';
import { NO_RETRY, once } from './once.ts';
import type { Where } from './pull-request.ts';

const commentSchema = z.object({
  id: z.int(),
  body: z.string().nullish(),
  user: z.object({ login: z.string() }).nullable(),
  performed_via_github_app: z.object({ id: z.int() }).nullish(),
});

type Comment = z.output<typeof commentSchema>;

export interface CommentPlace {
  client: Octokit;
  where: Where;
  number: number;
  /** Who we are: the App, or the login that a token writes as. Anybody can copy a marker. */
  self: { app: number } | { login: string };
  /** As of `once`. */
  unitMs?: number | undefined;
}

const MARKER = '<!-- rmapbot:answer -->';
const STOPPED = '<!-- rmapbot:answer stopped -->';

export interface Sticky {
  id: number;
  body: string;
  stopped: boolean;
}

/** Our comment; undefined where there is none yet. */
export async function findSticky(place: CommentPlace): Promise<Sticky | undefined> {
  const found = await find(place, (body) => body.startsWith(MARKER) || body.startsWith(STOPPED));
  if (!found) return undefined;
  const { id, body } = found;
  return { id, body: body ?? '', stopped: (body ?? '').startsWith(STOPPED) };
}

/** Creates or edits it; what it says already is not written again. */
export async function putSticky(
  place: CommentPlace,
  known: Sticky | undefined,
  text: string,
  { stopped = false }: { stopped?: boolean } = {},
): Promise<void> {
  const body = `${stopped ? STOPPED : MARKER}\n${text}`;
  const { client, where } = place;
  const own = { owner: where.owner, repo: where.name };
  const sticky =
    known ??
    (await once(
      () => findSticky(place),
      () => create(place, body),
      place.unitMs,
    ));
  if (sticky.body !== body) await client.issues.updateComment({ ...own, comment_id: sticky.id, body });
}

/** Answers a comment, once. */
export async function reply(place: CommentPlace, comment: number, text: string): Promise<void> {
  const marker = `<!-- rmapbot:reply ${comment} -->`;
  await once(
    async () => {
      const known = await find(place, (body) => body.startsWith(marker));
      return known && { id: known.id, body: known.body ?? '', stopped: false };
    },
    () => create(place, `${marker}\n${text}`),
    place.unitMs,
  );
}

/** Shows the writer of a comment that it was read. GitHub itself keeps one of a kind. */
export async function react(
  { client, where }: Pick<CommentPlace, 'client' | 'where'>,
  comment: number,
  content: '+1' | 'confused',
): Promise<void> {
  await client.reactions.createForIssueComment({ owner: where.owner, repo: where.name, comment_id: comment, content });
}

async function create({ client, where, number }: CommentPlace, body: string): Promise<Sticky> {
  const own = { owner: where.owner, repo: where.name, issue_number: number };
  const { data } = await client.issues.createComment({ ...own, body, ...NO_RETRY });
  return { id: commentSchema.parse(data).id, body, stopped: false };
}

async function find(place: CommentPlace, is: (body: string) => boolean): Promise<Comment | undefined> {
  const { client, where, number } = place;
  const own = { owner: where.owner, repo: where.name, issue_number: number, per_page: 100 };
  for (let page = 1; page <= PAGES_MAX; page++) {
    const { data } = await client.issues.listComments({ ...own, page });
    const comments = data.map((one) => commentSchema.parse(one));
    const found = comments.find((one) => isOurs(place, one) && is(one.body ?? ''));
    if (found || data.length < 100) return found;
  }
  return undefined;
}

function isOurs({ self }: CommentPlace, { user, performed_via_github_app: app }: Comment): boolean {
  return 'app' in self ? app?.id === self.app : user?.login === self.login;
}

/** The login that a token writes as: a person's, or the bot of workflows, whose tokens may not ask. */
export async function loginOf(client: Octokit): Promise<string> {
  try {
    return (await client.users.getAuthenticated()).data.login;
  } catch (error) {
    if ([401, 403, 404].includes((error as { status?: number }).status ?? 0)) return 'github-actions[bot]';
    throw error;
  }
}

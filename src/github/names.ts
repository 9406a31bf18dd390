// SPDX-License-Identifier: GPL-2.0-or-later
// Names of GitHub's things, read strictly: what comes from a webhook, a comment or a command line becomes a part of a URL
// or a word of a command only where it matches these.
import { InputError } from '../errors.ts';

/** Logins have up to 39 characters (enterprise-managed ones "_" and more); names of repositories up to 100. */
const OWNER = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9_])?$/;
const REPOSITORY = /^(?!\.{1,2}$)(?!.*\.git$)[A-Za-z0-9._-]{1,100}$/i;
const PULL_REQUEST = /^([^/\s#]+)\/([^/\s#]+)#(\d{1,9})(?:@([0-9a-f]{40}))?$/;

export function isOwner(text: string): boolean {
  return OWNER.test(text);
}

export function isRepository(text: string): boolean {
  return REPOSITORY.test(text);
}

/** A full object id of SHA-1: GitHub has no other. */
export function isCommit(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

/** A pull request as people write it. */
export interface PullRequestName {
  owner: string;
  name: string;
  number: number;
  /** The head to take; without it the one of today. */
  head?: string;
}

/** Reads "owner/repo#N" or "owner/repo#N@COMMIT"; undefined where the text is none. */
export function pullRequestName(text: string): PullRequestName | undefined {
  const [, owner = '', name = '', number = '', head] = PULL_REQUEST.exec(text) ?? [];
  if (!isOwner(owner) || !isRepository(name) || Number(number) < 1) return undefined;
  return { owner, name, number: Number(number), ...(head === undefined ? {} : { head }) };
}

/** What reports call it, and what names exactly this state of it again. */
export function seriesId({ owner, name }: { owner: string; name: string }, number: number, head: string): string {
  return `${owner}/${name}#${number}@${head}`;
}

/** The jobs of one pull request. */
export function jobKey(repository: number, number: number): string {
  return `github:${repository}#${number}`;
}

/**
 * The base URL of an API: https, or http to this machine itself (a proxy, a test). Anything else, user names, queries
 * included, is an InputError.
 */
export function apiBase(text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new InputError(`the API's URL cannot be read: ${text.slice(0, 200)}`);
  }
  const here = /^(127(\.\d{1,3}){3}|localhost|\[::1\])$/.test(url.hostname);
  const odd = url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '';
  if (odd || !(url.protocol === 'https:' || (url.protocol === 'http:' && here))) {
    throw new InputError(`the API's URL must be https://HOST or https://HOST/api/v3: ${url.origin}`);
  }
  return new URL(url.href.replace(/\/+$/, ''));
}

/**
 * Where repositories are cloned from: github.com for api.github.com, SUB.ghe.com for api.SUB.ghe.com, and the host itself
 * for an Enterprise Server, whose API lies under /api/v3.
 */
export function serverOf(api: URL): string {
  return `${api.protocol}//${api.host.replace(/^api\.(?=github\.com$|[^.]+\.ghe\.com$)/, '')}`;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// The App: webhooks in, jobs out. Probot checks the signature over the bytes as they came, in constant time, before
// anything reads them; what is larger than GitHub ever sends is not even collected.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ApplicationFunction, createNodeMiddleware, Probot } from 'probot';
import { InputError } from '../errors.ts';
import { redact } from './access.ts';
import { EVENTS, reactionTo } from './events.ts';
import { numberOfRun } from './external-id.ts';
import { WEBHOOK_BYTES_MAX, WEBHOOK_SECRET_MIN } from './limits.ts';
import { apiBase } from './names.ts';
import type { JobPort } from './values.ts';

export interface WebhookSettings {
  /** As GithubSettings.apiUrl. */
  apiUrl?: string;
  appId: number;
  privateKey: string;
  webhookSecret: string;
  /** Without it /api/github/webhooks. */
  path?: string;
}

/** Answers a request to the webhooks' path and gives true; false for any other path. */
export type WebhookHandler = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

/** Where webhooks are taken if nothing else is said. */
export const WEBHOOK_PATH = '/api/github/webhooks';

/** The probot application. `log`: one line for each delivery that has consequences, and for each that failed. */
export function githubApp(appId: number | undefined, queue: JobPort, log: (line: string) => void): ApplicationFunction {
  return (app) => {
    app.on([...EVENTS], async ({ id, name, payload, octokit }) => {
      const { submit, cancel, suite } = reactionTo({ id, name, payload }, appId);
      if (suite) {
        const { owner, name: repo } = suite.repository;
        const { data } = await octokit.rest.checks.listForSuite({
          owner,
          repo,
          check_suite_id: suite.id,
          per_page: 100,
        });
        const numbers = data.check_runs.map(({ external_id }) => numberOfRun(external_id ?? ''));
        for (const number of new Set(numbers)) if (number !== undefined) submit.push(suite.make(number));
      }
      for (const job of submit) {
        const fresh = await queue.submit(job);
        log(`${name}: ${job.kind} ${job.key}${fresh ? '' : ', known already'} (delivery ${id})`);
      }
      for (const { which, why, ...rest } of cancel) await queue.cancel(which, { why, ...rest });
    });
    app.onError((error) => log(redact(`webhook failed: ${error.message}`)));
  };
}

/** Throws InputError where the settings cannot be used. */
export async function githubWebhooks(
  { apiUrl, appId, privateKey, webhookSecret, path = WEBHOOK_PATH }: WebhookSettings,
  queue: JobPort,
  log: (line: string) => void,
): Promise<WebhookHandler> {
  if (webhookSecret.length < WEBHOOK_SECRET_MIN)
    throw new InputError(`the webhook's secret has less than ${WEBHOOK_SECRET_MIN} characters`);
  const base = apiBase(apiUrl ?? 'https://api.github.com').href.replace(/\/$/, '');
  const probot = new Probot({ appId, privateKey, secret: webhookSecret, baseUrl: base, logLevel: 'fatal' });
  const handle = await createNodeMiddleware(githubApp(appId, queue, log), { probot, webhooksPath: path });
  return async (request, response) => {
    if (new URL(request.url ?? '/', 'http://here').pathname !== path) return false;
    let body: Buffer | undefined;
    try {
      body = request.method === 'POST' ? await bodyOf(request) : Buffer.alloc(0);
    } catch (error) {
      log(`webhook broken off: ${(error as Error).message}`);
      response.destroy();
      return true;
    }
    if (body === undefined) {
      response.writeHead(413, { connection: 'close' }).end();
      return true;
    }
    // What the middleware takes instead of reading itself.
    Object.assign(request, { body: {}, rawBody: body });
    await handle(request, response);
    return true;
  };
}

/** The body; undefined where it is too large. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > WEBHOOK_BYTES_MAX) return undefined;
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request) {
    size += (piece as Buffer).length;
    if (size > WEBHOOK_BYTES_MAX) return undefined;
    pieces.push(piece as Buffer);
  }
  return Buffer.concat(pieces);
}

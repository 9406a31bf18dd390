// SPDX-License-Identifier: GPL-2.0-or-later
// Secrets: of the environment, or of a file that the environment names (NAME_FILE, as Docker and systemd hand them over).
import { readFileSync } from 'node:fs';
import { InputError } from '../errors.ts';
import { SECRET_BYTES_MAX } from './limits.ts';

/** Every secret that the service knows, for the log to leave out. */
export const SECRETS = [
  'RMAPBOT_DATABASE_URL',
  'RMAPBOT_GITHUB_PRIVATE_KEY',
  'RMAPBOT_GITHUB_WEBHOOK_SECRET',
  'RMAPBOT_DASHBOARD_PASSWORD',
] as const;
export type SecretName = (typeof SECRETS)[number];

/** The secret, or undefined where neither variable is set. InputError, without the content, where the file cannot be read. */
export function secret(name: SecretName, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const value = env[name];
  if (value !== undefined && value !== '') return value;
  const file = env[`${name}_FILE`];
  if (file === undefined || file === '') return undefined;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new InputError(`${name}_FILE: cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  if (text.length > SECRET_BYTES_MAX) throw new InputError(`${name}_FILE: larger than ${SECRET_BYTES_MAX} bytes`);
  return text.trim();
}

/** The same, and InputError where it is not there. */
export function needed(name: SecretName, what: string, env: NodeJS.ProcessEnv = process.env): string {
  const value = secret(name, env);
  if (value === undefined) throw new InputError(`${what} needs ${name}, or ${name}_FILE with a file's path`);
  return value;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// All that a fresh clone needs before anything runs, by the machine's own Node, however old: the dependencies, and with
// them a Node that is new enough. Then runs the command given, with that Node and its tools first in PATH.
//   node scripts/setup.mjs COMMAND [ARGUMENT...]
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR = 24;
const root = fileURLToPath(new URL('..', import.meta.url));
const bin = path.join(root, 'node_modules', '.bin');
const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH}` };

/** npm leaves a copy of the lock file behind; older than the lock file itself means that it changed since. */
function installed() {
  const done = path.join(root, 'node_modules', '.package-lock.json');
  return existsSync(done) && statSync(done).mtimeMs >= statSync(path.join(root, 'package-lock.json')).mtimeMs;
}

function major() {
  const asked = spawnSync('node', ['--version'], { env, encoding: 'utf8' });
  return asked.status === 0 ? Number.parseInt(asked.stdout.replace('v', ''), 10) : 0;
}

function npm(...args) {
  console.error(`npm ${args.join(' ')} ...`);
  const run = spawnSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (run.status !== 0) {
    console.error(`setup: npm ${args[0]} failed; what npm said stands above`);
    process.exit(1);
  }
}

if (!installed()) npm('ci');
// Some npm configurations do not run install scripts; the package "node" brings its binary with one.
if (major() < NODE_MAJOR) npm('rebuild', 'node', '--ignore-scripts=false');
if (major() < NODE_MAJOR) {
  const { node } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).devDependencies;
  console.error(
    `setup: the package node@${node} did not bring Node ${NODE_MAJOR} for this machine; install it yourself`,
  );
  process.exit(1);
}

const [command, ...args] = process.argv.slice(2);
if (command !== undefined) {
  const child = spawn(command, args, { cwd: process.cwd(), env, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`setup: ${command}: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(signal === null ? code : 1));
}

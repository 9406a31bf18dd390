// SPDX-License-Identifier: GPL-2.0-or-later
// Runs one command: sets up what every command needs, maps what is thrown to one line and an exit code, cleans up.
import { exitOf } from './exit.ts';
import { keepYoungSpaceSmall } from './memory.ts';
import { program } from './program.ts';
import { openWorkspace } from './workspace.ts';

/** Never throws. Sets process.exitCode. In: arguments without node and script. */
export async function run(args: string[]): Promise<void> {
  keepYoungSpaceSmall();
  // Somebody who closes the pipe (head, less) has seen enough: no error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') process.stderr.write(`rmapbot: cannot write to standard output: ${error.code}\n`);
    process.exit(error.code === 'EPIPE' ? (process.exitCode ?? 0) : 2);
  });
  process.stderr.on('error', () => process.exit(process.exitCode ?? 4));
  const workspace = openWorkspace();
  try {
    await program().parseAsync(args, { from: 'user' });
  } catch (error) {
    const { code, line } = exitOf(error);
    if (line !== undefined) process.stderr.write(`rmapbot: ${line}\n`);
    if (code === 4 && process.env.RMAPBOT_TRACE === '1' && error instanceof Error) {
      process.stderr.write(`${error.stack}\n`);
    }
    process.exitCode = code;
  } finally {
    workspace.close();
  }
}

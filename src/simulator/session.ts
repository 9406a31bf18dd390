// SPDX-License-Identifier: GPL-2.0-or-later
// One worker process on one image that runs scenarios as they come up: for work whose next scenario depends on what the
// last one did. It boots once; if it dies, the next scenario starts another.
import type { ChildProcess } from 'node:child_process';
import type { Image } from '../kernel/values.ts';
import type { Scenario } from './grammar/values.ts';
import { bootMessage, type HostOptions, startProcess } from './host.ts';
import { LIMITS } from './limits.ts';
import { emptyRun } from './run.ts';
import type { Run } from './values.ts';
import type { FromWorker } from './worker-protocol.ts';

export class Session {
  readonly image: Image;
  readonly #options: HostOptions;
  #child: ChildProcess | undefined;
  #index = 0;

  constructor(image: Image, options: HostOptions = {}) {
    this.image = image;
    this.#options = options;
  }

  /** One scenario at a time. A process that dies or takes too long gives an inconclusive run. */
  async run(scenario: Scenario): Promise<Run> {
    const child = this.#child ?? this.#start();
    const index = this.#index++;
    const { promise, resolve } = Promise.withResolvers<Run>();
    const lost = (how: string): void => {
      this.close();
      resolve({ ...emptyRun(scenario.name, this.image.config), inconclusive: `the machine's process ${how}` });
    };
    const limit = (this.#options.scenarioMs ?? LIMITS.scenarioMs) + LIMITS.bootMs;
    const timer = setTimeout(() => lost(`was ended after ${Math.round(limit / 1000)} s`), limit);
    const onMessage = (message: FromWorker): void => {
      if (message.type === 'run' && message.index === index) resolve(message.run);
    };
    const onExit = (): void => lost('ended');
    child.on('message', onMessage).once('exit', onExit);
    child.send({ type: 'run', index, scenario }, (error) => error && lost('ended'));
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      child.off('message', onMessage).off('exit', onExit);
    }
  }

  close(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  #start(): ChildProcess {
    const child = startProcess(this.image, this.#options.machineModule);
    child.on('error', () => {}); // a process that could not be started fails when something is sent to it
    child.stderr?.resume();
    child.send(bootMessage(this.image, this.#options), () => {});
    this.#child = child;
    return child;
  }
}

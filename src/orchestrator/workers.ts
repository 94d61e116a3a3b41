import type { Agent } from '../agents/agent.ts';
import type { Kernel } from './kernel.ts';
import type { Consumer, Queue } from './queue/queue.ts';
import type { Worker } from './worker.ts';

export interface WorkersOptions {
  readonly agents: readonly Agent[];
  /** Runs at once per agent; null = as `agents.yaml` says. */
  readonly concurrency: number | null;
}

/** Takes attempts from the queue and has them run, in this process. */
export class Workers {
  readonly #kernel: Kernel;
  readonly #queue: Queue;
  readonly #worker: Worker;
  readonly #consumers: Consumer[] = [];
  #stopped = false;

  constructor(kernel: Kernel, queue: Queue, worker: Worker) {
    this.#kernel = kernel;
    this.#queue = queue;
    this.#worker = worker;
  }

  /** Begins once the queue is ready. */
  async start({ agents, concurrency }: WorkersOptions): Promise<void> {
    await this.#queue.ready();
    if (this.#stopped) return;
    for (const agent of agents) {
      const report = (error: unknown) => this.#kernel.report.error(`An attempt of ${agent.name} ended badly`, error);
      const settings = this.#kernel.settings().agents.of(agent.name);
      const rate = settings.ratePerMinute === null ? null : { jobs: settings.ratePerMinute, ms: 60_000 };
      this.#consumers.push(this.#queue.consume(agent.name, concurrency ?? settings.concurrency, (job) => this.#worker.run(agent, job), report, rate));
    }
  }

  /** Takes nothing new; what runs may end within `patience` ms, and is handed back after that. */
  async stop(patience: number): Promise<void> {
    this.#stopped = true;
    const ended = Promise.all(this.#consumers.map((consumer) => consumer.stop()));
    const cancel = this.#kernel.clock.at(this.#kernel.clock.now() + patience, () => this.#worker.handBack());
    await ended;
    cancel();
  }
}

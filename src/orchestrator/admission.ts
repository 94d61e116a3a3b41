import { instant } from '../ports.ts';
import type { DomainEvent } from '../store/events/index.ts';
import { isPaused } from '../store/projections/control.ts';
import type { TaskView } from '../store/projections/views.ts';
import { coalesced } from './coalesced.ts';
import type { Kernel } from './kernel.ts';
import type { Job, Queue } from './queue/queue.ts';

/** Keeps a small window of the backlog in the queue: the best work first, within pauses. */
export class Admission {
  readonly #kernel: Kernel;
  readonly #queue: Queue;
  /** Per agent: jobs handed to the queue whose start is not in the log yet. */
  readonly #handed = new Map<string, Map<string, Job>>();
  #open = false;

  constructor(kernel: Kernel, queue: Queue) {
    this.#kernel = kernel;
    this.#queue = queue;
  }

  open(): void {
    this.#open = true;
  }

  close(): void {
    this.#open = false;
  }

  /** Takes note of what need not be kept in the queue any more. */
  see(events: readonly DomainEvent[]): void {
    for (const { type, stream } of events) {
      if (type === 'TaskStarted' || type === 'TaskCancelled' || type === 'TaskDiscarded')
        for (const handed of this.#handed.values()) handed.delete(stream.slice('task:'.length));
    }
  }

  /** Fills each agent's window. */
  readonly admit = coalesced(async () => {
    if (!this.#open) return;
    for (const agent of this.#kernel.agents.list()) {
      if (!isPaused(this.#kernel.control(), agent.name)) await this.#fill(agent.name);
    }
  });

  /** The queue may have been emptied: what it does not hold any more is handed over again. It may also be away: then the next time. */
  async reconcile(): Promise<void> {
    if (!this.#open) return;
    try {
      for (const [agent, handed] of this.#handed) {
        if (handed.size > 0 && (await this.#queue.size(agent)) < handed.size) await this.#queue.add(agent, [...handed.values()]);
      }
      await this.admit();
    } catch (error) {
      this.#kernel.report.error('The queue could not be compared with the log', error);
    }
  }

  async #fill(agent: string): Promise<void> {
    const settings = this.#kernel.settings().agents.of(agent);
    const now = this.#kernel.clock.now();
    const handed = this.#handed.get(agent) ?? new Map<string, Job>();
    this.#handed.set(agent, handed);
    const window = Math.ceil(settings.concurrency * this.#kernel.settings().agents.limits.queueWindow);
    // Filled up by halves: a look at the backlog for each free place would cost more than the work.
    if (handed.size * 2 > window) return;
    const found = await this.#kernel.documents.find('task', {
      where: { runnable: true, 'request.agent': agent, readyAt: { lte: instant(now) } },
      orderBy: [
        ['rank', 'desc'],
        ['createdAt', 'asc'],
      ],
      limit: window + handed.size,
    });
    // Written by the fold of exactly this view.
    const runnable = new Map(found.map(({ id, data }) => [id, data as unknown as TaskView]));
    for (const [task, job] of handed) if (runnable.get(task)?.attempt !== job.attempt - 1) handed.delete(task);
    const jobs: Job[] = [];
    for (const task of runnable.values()) {
      if (handed.size >= window) break;
      if (handed.has(task.id)) continue;
      const job = { task: task.id, attempt: task.attempt + 1, priority: task.request.priority };
      handed.set(task.id, job);
      jobs.push(job);
    }
    if (jobs.length === 0) return;
    await this.#queue.add(agent, jobs);
  }
}

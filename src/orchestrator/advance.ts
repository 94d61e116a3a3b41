import { instant } from '../ports.ts';
import { VersionConflict } from '../store/errors.ts';
import { newEvent } from '../store/events/index.ts';
import type { Executor } from './executor.ts';
import { judgeAll } from './judge.ts';
import { about, type Kernel, KeyedQueue, loadTask } from './kernel.ts';
import { classifyFailure } from './recovery.ts';
import { type Alive, nextSteps, type Step, type TaskState } from './task.ts';

/** Does for each task what it needs next; one task's steps never race here. */
export class Advancer {
  readonly #kernel: Kernel;
  readonly #executor: Executor;
  readonly #alone: boolean;
  readonly #lanes = new KeyedQueue();

  /** @param alone no other process works on this log: what is not running here is not running anywhere */
  constructor(kernel: Kernel, executor: Executor, alone: boolean) {
    this.#kernel = kernel;
    this.#executor = executor;
    this.#alone = alone;
  }

  idle(): Promise<void> {
    return this.#lanes.idle();
  }

  advance(id: string): Promise<void> {
    return this.exclusive(id, async () => {
      const task = await loadTask(this.#kernel, id);
      // The commit a step makes brings us back for the next one.
      const step = task === null ? undefined : nextSteps(task, this.#kernel.clock.now(), this.#alive).find((needed) => needed.do !== 'admit');
      if (task !== null && step !== undefined) await this.#take(task, step);
    });
  }

  /** Runs `work` while nothing else moves this task on. Somebody faster elsewhere is not an error. */
  exclusive(id: string, work: () => Promise<void>): Promise<void> {
    return this.#lanes.run(id, async () => {
      try {
        await work();
      } catch (error) {
        if (!(error instanceof VersionConflict)) throw error;
      }
    });
  }

  async #take(task: TaskState, step: Step): Promise<void> {
    switch (step.do) {
      case 'admit':
        return;
      case 'judge':
        return judgeAll(this.#kernel, task);
      case 'execute':
        return this.#executor.execute(task, step.item);
      case 'recover-effect':
        return this.#executor.recover(task, step.item);
      case 'refuse': {
        const { id, revision } = step.item.item;
        const refused = newEvent(`task:${task.id}`, 'ItemRefused', { item: id, revision, reason: step.why }, about(task, 'system:director', 'director'));
        await this.#kernel.journal.append([refused], { [`task:${task.id}`]: task.version });
        return;
      }
      case 'lost-run':
        return this.#lostRun(task);
      default:
        return step satisfies never;
    }
  }

  async #lostRun(task: TaskState): Promise<void> {
    const { maxAttempts } = this.#kernel.settings().agents.of(task.request.agent);
    const next = classifyFailure('crash', task.failures + 1, task.simpler, null, this.#kernel.clock.now(), this.#kernel.random.number(), maxAttempts);
    const data = {
      attempt: task.attempt,
      class: 'crash' as const,
      message: 'The process running it ended.',
      next: next.next,
      retryAt: next.retryAt === null ? null : instant(next.retryAt),
    };
    await this.#kernel.journal.append([newEvent(`task:${task.id}`, 'TaskFailed', data, about(task, 'system:director', 'director'))], {
      [`task:${task.id}`]: task.version,
    });
  }

  readonly #alive: Alive = (what) => {
    if ('item' in what) return this.#executor.isRunning(what.item) || !(this.#alone || what.past);
    return !what.past && (what.worker === this.#kernel.process || !this.#alone);
  };
}

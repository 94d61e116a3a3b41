import { instant } from '../ports.ts';
import { VersionConflict } from '../store/errors.ts';
import { newEvent } from '../store/events/index.ts';
import { Draft } from './draft.ts';
import { executeItem } from './execute-item.ts';
import type { Executor } from './executor.ts';
import { judgeAll } from './judge.ts';
import { about, type Kernel, KeyedQueue } from './kernel.ts';
import { classifyFailure } from './recovery.ts';
import { type Alive, type ItemRecord, nextSteps, type Step, type TaskState } from './task.ts';

/** Events of one commit, about: a proposal of many items is worked off in several. */
const MOST_EVENTS = 100;

/** Does for each task what it needs next; one task's steps never race here. */
export class Advancer {
  readonly #kernel: Kernel;
  readonly #executor: Executor;
  readonly #alive: Alive;
  readonly #lanes = new KeyedQueue();

  constructor(kernel: Kernel, executor: Executor, alive: Alive) {
    this.#kernel = kernel;
    this.#executor = executor;
    this.#alive = alive;
  }

  idle(): Promise<void> {
    return this.#lanes.idle();
  }

  advance(id: string): Promise<void> {
    return this.exclusive(id, async () => {
      const { result: unsure } = await Draft.commit(this.#kernel, (draft) => this.goOn(draft, id));
      if (unsure !== null) await this.#executor.recover(unsure.task, unsure.item);
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

  /**
   * Adds to a commit what follows for a task from what it holds already: judged with the proposal, started with the decision.
   * @returns an effect whose outcome must be found out first, if there is one
   */
  async goOn(draft: Draft, id: string): Promise<{ readonly task: TaskState; readonly item: ItemRecord } | null> {
    for (let before = -1; draft.size > before && draft.size < MOST_EVENTS; ) {
      before = draft.size;
      const task = await draft.task(id);
      const step = task === null ? undefined : nextSteps(task, this.#kernel.clock.now(), this.#alive).find((needed) => needed.do !== 'admit');
      if (task === null || step === undefined) return null;
      if (step.do === 'recover-effect') return { task, item: step.item };
      await this.#take(draft, task, step);
    }
    return null;
  }

  async #take(draft: Draft, task: TaskState, step: Exclude<Step, { do: 'recover-effect' }>): Promise<void> {
    switch (step.do) {
      case 'admit':
        return;
      case 'judge':
        return judgeAll(this.#kernel, draft, task);
      case 'execute':
        return executeItem(this.#kernel, this.#executor, draft, task, step.item);
      case 'refuse': {
        const { id, revision } = step.item.item;
        return draft.add([newEvent(`task:${task.id}`, 'ItemRefused', { item: id, revision, reason: step.why }, about(task, 'system:director', 'director'))]);
      }
      case 'lost-run':
        return this.#lostRun(draft, task);
      default:
        return step satisfies never;
    }
  }

  #lostRun(draft: Draft, task: TaskState): void {
    const { maxAttempts } = this.#kernel.settings().agents.of(task.request.agent);
    const next = classifyFailure('crash', task.failures + 1, task.simpler, null, this.#kernel.clock.now(), this.#kernel.random.number(), maxAttempts);
    const data = {
      attempt: task.attempt,
      class: 'crash' as const,
      message: 'The process running it ended.',
      next: next.next,
      retryAt: next.retryAt === null ? null : instant(next.retryAt),
    };
    draft.add([newEvent(`task:${task.id}`, 'TaskFailed', data, about(task, 'system:director', 'director'))]);
  }
}

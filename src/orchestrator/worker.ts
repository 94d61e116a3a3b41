import type { z } from 'zod';
import type { Agent, Proposal } from '../agents/agent.ts';
import { ModelError } from '../agents/models/model.ts';
import { instant } from '../ports.ts';
import { VersionConflict } from '../store/errors.ts';
import { type DataOf, type Envelope, type NewEvent, newEvent } from '../store/events/index.ts';
import { type FailureClass, type Item, itemSchema } from '../store/events/task.ts';
import { isPaused } from '../store/projections/control.ts';
import { agentContext, type ContextOptions } from './agent-context.ts';
import { Draft } from './draft.ts';
import { brokenGuard } from './guards.ts';
import { about, type Kernel, loadTask, retryConflicts } from './kernel.ts';
import type { Job } from './queue/queue.ts';
import { classifyFailure } from './recovery.ts';
import type { TaskState } from './task.ts';
import { keptItems } from './turned-down.ts';

/** Runs one attempt of an agent: counted in the log before, its proposal or failure after. */
export class Worker {
  readonly #kernel: Kernel;
  readonly #options: ContextOptions;
  readonly #running = new Set<AbortController>();

  constructor(kernel: Kernel, options: ContextOptions) {
    this.#kernel = kernel;
    this.#options = options;
  }

  /** Runs the attempt, unless the log says it is not wanted any more. Never throws for what an agent does. */
  async run(agent: Agent, job: Job): Promise<void> {
    const task = await this.#start(agent, job);
    if (task === null) return;
    const { timeoutMs } = this.#kernel.settings().agents.of(agent.name);
    const limit = new AbortController();
    this.#running.add(limit);
    const cancel = this.#kernel.clock.at(this.#kernel.clock.now() + timeoutMs, () =>
      limit.abort(new RunError('timeout', `No proposal within ${timeoutMs / 1000} s.`)),
    );
    try {
      // A pause must also stop the next model call of a run under way.
      const paused = () => isPaused(this.#kernel.control(), agent.name);
      const { context, used } = agentContext(this.#kernel, this.#options, task, agent, paused, limit.signal);
      const input = parseOr(agent.input, task.request.input, 'bad-input', `The input of ${agent.name} does not fit`);
      const proposal = await orAborted(agent.run(input, context), limit.signal);
      await this.#propose(task, agent, proposal, used());
    } catch (error) {
      await this.#fail(task, error);
    } finally {
      cancel();
      this.#running.delete(limit);
    }
  }

  /** Ends every run under way; each task can be run again at once, by whoever is there. */
  handBack(): void {
    for (const run of this.#running) run.abort(new HandedBack());
  }

  /** Starting increments the stream, so of two workers one gets `VersionConflict` and leaves it. */
  async #start(agent: Agent, job: Job): Promise<TaskState | null> {
    const task = await loadTask(this.#kernel, job.task);
    if (task === null || task.status !== 'requested' || task.attempt + 1 !== job.attempt) return null;
    const by = about(task, `system:worker`, this.#kernel.process);
    const broken = await brokenGuard(this.#kernel, task);
    try {
      if (broken !== null) {
        await this.#kernel.journal.append([newEvent(stream(task), 'TaskCancelled', { reason: broken }, by)], { [stream(task)]: task.version });
        return null;
      }
      const { timeoutMs } = this.#kernel.settings().agents.of(agent.name);
      const until = instant(this.#kernel.clock.now() + timeoutMs + GRACE);
      await this.#kernel.journal.append(
        [newEvent(stream(task), 'TaskStarted', { attempt: job.attempt, agentVersion: agent.version, worker: this.#kernel.process, until }, by)],
        { [stream(task)]: task.version },
      );
    } catch (error) {
      if (error instanceof VersionConflict) return null;
      throw error;
    }
    return { ...task, attempt: job.attempt, agentVersion: agent.version, version: task.version + 1, status: 'running' };
  }

  async #propose(task: TaskState, agent: Agent, proposal: Proposal, by: string): Promise<void> {
    const { items, dropped } = this.#items(task, proposal);
    const data: DataOf<'TaskProposed'> = {
      attempt: task.attempt,
      agentVersion: agent.version,
      confidence: proposal.confidence,
      headline: proposal.headline.slice(0, 500),
      reasoning: (dropped > 0
        ? `${proposal.reasoning}\n${dropped} of its items were turned down before exactly like this and were left out.`
        : proposal.reasoning
      ).slice(0, 8000),
      reasons: proposal.reasons.slice(0, 30).map(({ name, points, detail }) => ({ name, points, detail: detail.slice(0, 500) })),
      items,
      quiet: proposal.quiet ?? false,
      by,
    };
    await this.#record(task, (by) => newEvent(stream(task), 'TaskProposed', data, { ...by, actor: `agent:${agent.name}@${agent.version}` }));
  }

  /** Numbers and checks the items; leaves out what a person turned down before, word for word (I5). */
  #items(task: TaskState, proposal: Proposal): { items: Item[]; dropped: number } {
    const ids = proposal.items.map((_, index) => `${task.id}.${task.items.length + index + 1}`);
    const keep = keptItems(task.items, proposal.items);
    const items = proposal.items.flatMap((proposed, index): Item[] => {
      const id = ids[index];
      if (!keep[index] || id === undefined) return [];
      const action = this.#kernel.actions.get(proposed.action);
      const request = parseOr(action.schema, proposed.request, 'unusable-output', `${proposed.action} cannot take what the agent proposed`);
      const after = (proposed.after ?? []).flatMap((place) => (keep[place] && place < index ? [ids[place] ?? ''] : []));
      return [
        parseOr(
          itemSchema,
          {
            id,
            revision: 1,
            action: proposed.action,
            target: proposed.target,
            request,
            summary: proposed.summary.slice(0, 500),
            features: { ...proposed.features },
            after,
          },
          'unusable-output',
          'An item is not well formed',
        ),
      ];
    });
    return { items, dropped: keep.filter((kept) => !kept).length };
  }

  async #fail(task: TaskState, error: unknown): Promise<void> {
    if (error instanceof HandedBack) {
      const data = { attempt: task.attempt, reason: 'The process running it was stopped.' };
      return this.#record(task, (by) => newEvent(stream(task), 'TaskHandedBack', data, by));
    }
    const { failure, message, asked } = classify(error);
    if (failure === 'bug') this.#kernel.report.error(`Agent ${task.request.agent} threw while working on task ${task.id}`, error);
    const { maxAttempts } = this.#kernel.settings().agents.of(task.request.agent);
    const next = classifyFailure(failure, task.failures + 1, task.simpler, asked, this.#kernel.clock.now(), this.#kernel.random.number(), maxAttempts);
    const data = {
      attempt: task.attempt,
      class: failure,
      message: message.slice(0, 500),
      next: next.next,
      retryAt: next.retryAt === null ? null : instant(next.retryAt),
    };
    await this.#record(task, (by) => newEvent(stream(task), 'TaskFailed', data, by));
  }

  /** Only while this very attempt is the running one: a stale worker writes nothing. What follows from it is in the same commit. */
  async #record(task: TaskState, event: (by: Envelope) => NewEvent): Promise<void> {
    await retryConflicts(() =>
      Draft.commit(this.#kernel, async (draft) => {
        const state = await draft.task(task.id);
        if (state === null || state.status !== 'running' || state.attempt !== task.attempt || state.worker !== this.#kernel.process) return;
        draft.add([event(about(state, 'system:worker', this.#kernel.process))]);
        await this.#kernel.goOn(draft, task.id);
      }),
    );
  }
}

/** The lease outlasts the agent's own limit by this much, ms. */
const GRACE = 5_000;

/** An error whose class is known where it is thrown. */
class RunError extends Error {
  readonly class: FailureClass;
  constructor(failure: FailureClass, message: string) {
    super(message);
    this.class = failure;
  }
}

/** The process ends; the agent is not to blame. */
class HandedBack extends Error {}

function classify(error: unknown): { failure: FailureClass; message: string; asked: number | null } {
  if (error instanceof RunError) return { failure: error.class, message: error.message, asked: null };
  if (error instanceof ModelError) return { failure: error.class, message: error.message, asked: error.retryAfter };
  return { failure: 'bug', message: error instanceof Error ? `${error.name}: ${error.message}` : String(error), asked: null };
}

function parseOr<T>(schema: z.ZodType<T>, value: unknown, failure: FailureClass, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new RunError(failure, `${what}: ${parsed.error.issues.map((issue) => `${issue.path.join('.') || 'it'}: ${issue.message}`).join('; ')}`);
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}

const stream = (task: TaskState): string => `task:${task.id}`;

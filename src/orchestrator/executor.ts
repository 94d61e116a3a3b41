import { instant } from '../ports.ts';
import { type Envelope, type NewEvent, newEvent } from '../store/events/index.ts';
import type { FailureClass } from '../store/events/task.ts';
import type { Expected } from '../store/log.ts';
import { Draft } from './draft.ts';
import { type Connector, EffectError, type ExternalAction } from './effects/action.ts';
import { footprint } from './effects/footprint.ts';
import { connectorNamed } from './effects/registry.ts';
import { about, type Kernel, loadTask, retryConflicts } from './kernel.ts';
import { Outbound } from './outbound.ts';
import { backoff, classifyFailure, RECOVERY } from './recovery.ts';
import { findItem, type ItemRecord, type TaskState } from './task.ts';

/** How often one footprint is sent again to a target that takes it as an idempotency key. */
const MAX_REPEATS = 5;

/** One attempt at an effect whose footprint is in the log. */
interface Attempt {
  readonly task: string;
  readonly record: ItemRecord;
  readonly number: number;
  readonly connector: Connector;
  readonly footprint: string;
  /** ms since 1970; nothing leaves after it. */
  readonly deadline: number;
}

/** Performs what was decided: the only place where anything leaves (I4). */
export class Executor {
  readonly outbound: Outbound;
  readonly #kernel: Kernel;
  readonly #fence: Readonly<Record<string, Expected>>;
  readonly #inFlight = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();

  /** @param fence what must hold for anything to be sent again: this process leads still */
  constructor(kernel: Kernel, fence: Readonly<Record<string, Expected>> = {}) {
    this.#kernel = kernel;
    this.#fence = fence;
    this.outbound = new Outbound(kernel);
  }

  start(): Promise<void> {
    return this.outbound.start();
  }

  isRunning(item: string): boolean {
    return this.outbound.isUnderway(item);
  }

  async idle(): Promise<void> {
    await Promise.allSettled(this.#inFlight.values());
  }

  /** Waits for running effects; those that outlast their deadline are left to recovery. */
  async stop(): Promise<void> {
    await this.idle();
    this.#stopping.abort();
    this.outbound.stop();
  }

  /** Puts the footprint into the draft; the effect goes off once that is in the log. */
  begin(draft: Draft, task: TaskState, record: ItemRecord, { connector }: ExternalAction): void {
    const { item } = record;
    const number = record.attempt + 1;
    const mark = footprint(task.request.agent, item, number);
    const deadline = this.#kernel.clock.now() + connector.timeout;
    const started = { item: item.id, revision: item.revision, attempt: number, footprint: mark, connector: connector.name, deadline: instant(deadline) };
    draft.add([newEvent(`task:${task.id}`, 'EffectStarted', started, about(task, 'system:executor', 'executor'))]);
    this.outbound.begin(item);
    draft.onceTrue({
      start: () => this.#perform({ task: task.id, record: { ...record, attempt: number }, number, connector, footprint: mark, deadline }),
      abandon: () => this.outbound.end(item.id),
    });
  }

  /** After a crash between footprint and outcome (I4): ask the target, repeat with its key, or ask a person. */
  async recover(task: TaskState, record: ItemRecord): Promise<void> {
    const action = this.#kernel.actions.get(record.item.action);
    if (action.kind !== 'external' || record.footprint === null || this.isRunning(record.item.id)) return;
    // The way that was taken then, which need not be the one taken now.
    const connector = connectorNamed(action, record.connector ?? '');
    await this.#unsure(task.id, record, connector, record.footprint, 'The process ended between sending and hearing back.', null);
  }

  /** @param from ms since 1970; null = at once */
  #perform(attempt: Attempt, from: number | null = null): void {
    const { record, connector, deadline } = attempt;
    const { item } = record;
    const limit = new AbortController();
    const cancel = this.#kernel.clock.at(deadline, () => limit.abort());
    const run = async () => {
      try {
        if (from !== null) await new Promise<void>((resolve) => this.#kernel.clock.at(from, resolve));
        const signal = AbortSignal.any([limit.signal, this.#stopping.signal]);
        const receipt = await connector
          .perform(item.request, { footprint: attempt.footprint, deadline, signal })
          .catch((error) => this.#failed(attempt, error));
        if (receipt === undefined) return;
        const done = { item: item.id, revision: item.revision, attempt: attempt.number, footprint: attempt.footprint, receipt };
        await this.#finish(attempt.task, item.id, (task, by) => [newEvent(`task:${task.id}`, 'EffectSucceeded', done, by)]);
      } finally {
        cancel();
        // A repeat of the same effect may have taken its place.
        if (this.#inFlight.get(item.id) === entry) {
          this.#inFlight.delete(item.id);
          this.outbound.end(item.id);
        }
      }
    };
    // Begun in a later turn: `entry` is known by then.
    const entry = Promise.resolve()
      .then(run)
      .catch((error) => this.#kernel.report.error(`The outcome of ${item.id} could not be recorded`, error));
    this.outbound.begin(item);
    this.#inFlight.set(item.id, entry);
  }

  async #failed({ task, record, connector, footprint: mark }: Attempt, error: unknown): Promise<undefined> {
    const failure =
      error instanceof EffectError ? error : new EffectError('bug', error instanceof Error ? error.message : String(error), { certain: false, cause: error });
    if (!failure.certain) {
      const state = await loadTask(this.#kernel, task);
      const current = state === null ? undefined : findItem(state, record.item.id);
      await this.#unsure(task, current ?? record, connector, mark, failure.message, failure.retryAfter);
      return;
    }
    await this.#finish(task, record.item.id, (state, by, current) => [this.#failure(state, by, current, failure.class, failure.message, failure.retryAfter)]);
  }

  /** It surely did not happen: try again later, or leave it to a person. */
  #failure(task: TaskState, by: Envelope, record: ItemRecord, failure: FailureClass, message: string, asked: number | null): NewEvent {
    const { item, attempt, failures } = record;
    const { effectAttempts } = this.#kernel.settings().agents.limits;
    const next = classifyFailure(failure, failures + 1, true, asked, this.#kernel.clock.now(), this.#kernel.random.number(), effectAttempts);
    const retryAt = next.retryAt === null ? null : instant(next.retryAt);
    const failed = { item: item.id, revision: item.revision, attempt, class: failure, message: message.slice(0, 500), retryAt };
    return newEvent(`task:${task.id}`, 'EffectFailed', failed, by);
  }

  /** It may have happened. Never a blind retry. */
  async #unsure(task: string, record: ItemRecord, connector: Connector | null, mark: string, message: string, asked: number | null): Promise<void> {
    const { item, attempt } = record;
    const stream = `task:${task}`;
    const key = { item: item.id, revision: item.revision, attempt, footprint: mark };
    const recovery = connector?.recovery ?? 'unknown';
    if (connector !== null && recovery === 'repeat' && record.repeats < MAX_REPEATS) {
      const from = this.#kernel.clock.now() + backoff(RECOVERY['api-error'], record.repeats + 1, asked, this.#kernel.random.number());
      const deadline = from + connector.timeout;
      const again = { ...key, deadline: instant(deadline) };
      const repeated = await this.#finish(task, item.id, (_task, by) => [newEvent(stream, 'EffectRepeated', again, by)], this.#fence);
      if (repeated) this.#perform({ task, record, number: attempt, connector, footprint: mark, deadline }, from);
      return;
    }
    if (typeof recovery === 'object') {
      const { happened, receipt } = await recovery.ask(mark, item.request);
      await this.#finish(task, item.id, (state, by, current) => [
        happened
          ? newEvent(stream, 'EffectSucceeded', { ...key, receipt }, by)
          : this.#failure(state, by, current, 'crash', `${message} The target says it did not happen.`, null),
      ]);
      return;
    }
    await this.#finish(task, item.id, (_task, by) => [newEvent(stream, 'EffectUnknown', { ...key, message: message.slice(0, 500) }, by)]);
  }

  /**
   * Records an outcome whatever else happened to the task meanwhile, whoever leads by now; only once per attempt.
   * @returns false when it was recorded before
   */
  async #finish(
    id: string,
    item: string,
    events: (task: TaskState, by: Envelope, current: ItemRecord) => readonly NewEvent[],
    expect: Readonly<Record<string, Expected>> = {},
  ): Promise<boolean> {
    const { recorded } = await retryConflicts(() =>
      Draft.commit(this.#kernel, async (draft) => {
        const task = await draft.task(id);
        const current = task === null ? undefined : findItem(task, item);
        if (task !== null && current?.status === 'executing') draft.add(events(task, about(task, 'system:executor', 'executor'), current), expect);
      }),
    );
    // Limits count what was sent from the documents: it stays "under way" until they hold it.
    if (recorded !== null) await this.#kernel.projector.reached(recorded.commit);
    return recorded !== null;
  }
}

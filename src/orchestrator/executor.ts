import { instant, newId } from '../ports.ts';
import { VersionConflict } from '../store/errors.ts';
import { type Envelope, type NewEvent, newEvent } from '../store/events/index.ts';
import type { FailureClass } from '../store/events/task.ts';
import type { Expected } from '../store/log.ts';
import { type Action, type Connector, EffectError, type ExternalAction, type InternalAction } from './effects/action.ts';
import { footprint } from './effects/footprint.ts';
import { connectorNamed } from './effects/registry.ts';
import type { Underway } from './facts.ts';
import { judge, judgement, type Verdict } from './judge.ts';
import { about, type Kernel, KeyedQueue, loadApproval, loadEntity, loadTask } from './kernel.ts';
import { backoff, classifyFailure, RECOVERY } from './recovery.ts';
import { findItem, type ItemRecord, type TaskState } from './task.ts';

/** How often one footprint is sent again to a target that takes it as an idempotency key. */
const MAX_REPEATS = 5;

/** Performs what was decided: the only place where anything leaves (I4). */
export class Executor {
  readonly #kernel: Kernel;
  readonly #inFlight = new Map<string, Underway & { readonly done: Promise<void> }>();
  /** Judged and about to start. */
  readonly #starting = new Map<string, Underway>();
  readonly #judging = new KeyedQueue();
  readonly #stopping = new AbortController();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  isRunning(item: string): boolean {
    return this.#inFlight.has(item) || this.#starting.has(item);
  }

  async idle(): Promise<void> {
    await this.#judging.idle();
    await Promise.allSettled([...this.#inFlight.values()].map(({ done }) => done));
  }

  /** Waits for running effects; those that outlast their deadline are left to recovery. */
  async stop(): Promise<void> {
    await this.idle();
    this.#stopping.abort();
  }

  /**
   * Takes one step with an approved item: asks policy once more, then does it.
   * An external effect goes on in the background once its footprint is in the log.
   */
  async execute(task: TaskState, record: ItemRecord): Promise<void> {
    const { item } = record;
    const action = this.#kernel.actions.get(item.action);
    const approvedBy = record.approval === null ? [] : await this.#approvers(record.approval);
    const verdict = await this.#judgeInTurn(task, record, action, approvedBy);
    const by = about(task, 'system:executor', 'executor');
    const key = { item: item.id, revision: item.revision };
    if (verdict.outcome === 'deny') {
      const reason = verdict.rules
        .filter((rule) => rule.outcome === 'deny')
        .map((rule) => rule.reason)
        .join(' ');
      return this.#append(task, [newEvent(stream(task), 'ItemRefused', { ...key, reason: clip(reason) }, by)]);
    }
    if (verdict.outcome !== 'allow' && record.approval !== null) {
      return this.#append(task, [newEvent(stream(task), 'ItemReturned', { ...key, why: 'The rules have changed since it was approved.' }, by)]);
    }
    if (verdict.outcome !== 'allow') {
      return this.#append(task, [newEvent(stream(task), 'ItemJudged', judgement(item, verdict), by)]);
    }
    if (verdict.deferUntil !== null) {
      const deferred = newEvent(stream(task), 'ItemDeferred', { ...key, until: instant(verdict.deferUntil), reason: clip(verdict.deferReason ?? '') }, by);
      const notice = verdict.limit === null ? [] : [newEvent('control', 'LimitReached', verdict.limit, { ...by, subject: null })];
      return this.#append(task, [deferred, ...notice]);
    }
    if (action.kind === 'internal') return this.#commitInternal(task, record, action, by);
    try {
      return await this.#startEffect(task, record, action, by);
    } finally {
      this.#starting.delete(item.id);
    }
  }

  /** One by one, and what may go is counted at once: limits are not overrun by effects that start together. */
  #judgeInTurn(task: TaskState, record: ItemRecord, action: Action, approvedBy: readonly string[]): Promise<Verdict> {
    if (action.kind === 'internal') return judge(this.#kernel, task, record, [], approvedBy);
    return this.#judging.run('judge', async () => {
      const verdict = await judge(this.#kernel, task, record, [...this.#inFlight.values(), ...this.#starting.values()], approvedBy);
      if (verdict.outcome === 'allow' && verdict.deferUntil === null) this.#starting.set(record.item.id, underway(record, this.#kernel.clock.now()));
      return verdict;
    });
  }

  async #approvers(approval: string): Promise<string[]> {
    const state = await loadApproval(this.#kernel, approval);
    if (state === null || state.decision === null) return [];
    return [state.decision.by, ...state.votes.flatMap(({ by, verdict }) => (verdict === 'approve' ? [by] : []))];
  }

  /** After a crash between footprint and outcome (I4): ask the target, repeat with its key, or ask a person. */
  async recover(task: TaskState, record: ItemRecord): Promise<void> {
    const action = this.#kernel.actions.get(record.item.action);
    if (action.kind !== 'external' || record.footprint === null) return;
    // The way that was taken then, which need not be the one taken now.
    const connector = connectorNamed(action, record.connector ?? '');
    await this.#unsure(task, record, connector, record.footprint, 'The process ended between sending and hearing back.', null);
  }

  async #commitInternal(task: TaskState, record: ItemRecord, action: InternalAction, by: Envelope): Promise<void> {
    const { item } = record;
    const key = { item: item.id, revision: item.revision };
    const planned = await action.plan(item.request, {
      item,
      task: task.id,
      agent: task.request.agent,
      depth: task.request.depth,
      now: this.#kernel.clock.now(),
      newId: () => newId(this.#kernel.random),
      load: async (ref) => {
        const entity = await loadEntity(this.#kernel, ref);
        return entity === null ? null : { version: entity.version, person: entity.person, data: entity.fields, removed: entity.removed };
      },
      envelope: { ...by, actor: `agent:${task.request.agent}@${task.agentVersion ?? '?'}` },
    });
    if ('events' in planned) {
      const reached = await this.#loopLimit(planned.events);
      if (reached !== null) {
        const notice = newEvent('control', 'LimitReached', { ...reached, until: null }, { ...by, subject: null });
        return this.#append(task, [newEvent(stream(task), 'ItemRefused', { ...key, reason: reached.detail }, by), notice]);
      }
      return this.#append(task, [newEvent(stream(task), 'ItemDone', key, by), ...planned.events], planned.expect);
    }
    if ('impossible' in planned) return this.#append(task, [newEvent(stream(task), 'ItemRefused', { ...key, reason: clip(planned.impossible) }, by)]);
    // I5: what it builds on has changed; a new revision is judged, and a person asked again where policy says so.
    const revised = newEvent(
      stream(task),
      'ItemRevised',
      { item: item.id, revision: item.revision + 1, before: item.request, after: planned.revised, why: clip(planned.conflict) },
      by,
    );
    return this.#append(task, [revised]);
  }

  /** Agents that ask for one another for ever, or too often (I10). */
  async #loopLimit(events: readonly NewEvent[]): Promise<{ limit: string; detail: string } | null> {
    const requested = events.flatMap((event) => (event.type === 'TaskRequested' ? [event.data] : []));
    if (requested.length === 0) return null;
    const { followUpDepth, tasksPerHour } = this.#kernel.settings().agents.limits;
    if (requested.some(({ depth }) => depth > followUpDepth))
      return { limit: 'followUpDepth', detail: `More than ${followUpDepth} tasks have asked for one another in a row.` };
    const since = instant(this.#kernel.clock.now() - 3_600_000);
    const made = await this.#kernel.documents.count('task', { agentMade: true, createdAt: { gt: since } });
    return made + requested.length > tasksPerHour
      ? { limit: 'tasksPerHour', detail: `Agents have asked for ${made} tasks within an hour; ${tasksPerHour} are allowed.` }
      : null;
  }

  async #startEffect(task: TaskState, record: ItemRecord, action: ExternalAction, by: Envelope): Promise<void> {
    const { item } = record;
    const attempt = record.attempt + 1;
    const mark = footprint(task.request.agent, item, attempt);
    const { connector } = action;
    const deadline = this.#kernel.clock.now() + connector.timeout;
    await this.#append(task, [
      newEvent(
        stream(task),
        'EffectStarted',
        { item: item.id, revision: item.revision, attempt, footprint: mark, connector: connector.name, deadline: instant(deadline) },
        by,
      ),
    ]);
    this.#perform(task.id, record, connector, mark, attempt, deadline);
  }

  #perform(task: string, record: ItemRecord, connector: Connector, mark: string, attempt: number, deadline: number, from: number | null = null): void {
    const { item } = record;
    const limit = new AbortController();
    const cancel = this.#kernel.clock.at(deadline, () => limit.abort());
    const run = async () => {
      try {
        if (from !== null) await new Promise<void>((resolve) => this.#kernel.clock.at(from, resolve));
        const signal = AbortSignal.any([limit.signal, this.#stopping.signal]);
        const receipt = await connector
          .perform(item.request, { footprint: mark, deadline, signal })
          .catch((error) => this.#failed(task, record, connector, mark, error));
        if (receipt === undefined) return;
        await this.#finish(task, record, (state, by) => [
          newEvent(stream(state), 'EffectSucceeded', { item: item.id, revision: item.revision, attempt, footprint: mark, receipt }, by),
        ]);
      } finally {
        cancel();
        // A repeat of the same effect may have taken its place.
        if (this.#inFlight.get(item.id) === entry) this.#inFlight.delete(item.id);
      }
    };
    const done = Promise.resolve()
      .then(run)
      .catch((error) => this.#kernel.report.error(`The outcome of ${item.id} could not be recorded`, error));
    const entry = { ...underway(record, this.#kernel.clock.now()), done };
    this.#inFlight.set(item.id, entry);
  }

  async #failed(taskId: string, record: ItemRecord, connector: Connector, mark: string, error: unknown): Promise<undefined> {
    const failure =
      error instanceof EffectError ? error : new EffectError('bug', error instanceof Error ? error.message : String(error), { certain: false, cause: error });
    if (!failure.certain) {
      const task = await loadTask(this.#kernel, taskId);
      if (task !== null) await this.#unsure(task, findItem(task, record.item.id) ?? record, connector, mark, failure.message, failure.retryAfter);
      return;
    }
    await this.#finish(taskId, record, (state, by, current) => [this.#failure(state, by, current, failure.class, failure.message, failure.retryAfter)]);
  }

  /** It surely did not happen: try again later, or leave it to a person. */
  #failure(task: TaskState, by: Envelope, record: ItemRecord, failure: FailureClass, message: string, asked: number | null): NewEvent {
    const { item, attempt, failures } = record;
    const { effectAttempts } = this.#kernel.settings().agents.limits;
    const next = classifyFailure(failure, failures + 1, true, asked, this.#kernel.clock.now(), this.#kernel.random.number(), effectAttempts);
    return newEvent(
      stream(task),
      'EffectFailed',
      {
        item: item.id,
        revision: item.revision,
        attempt,
        class: failure,
        message: clip(message),
        retryAt: next.retryAt === null ? null : instant(next.retryAt),
      },
      by,
    );
  }

  /** It may have happened. Never a blind retry. */
  async #unsure(task: TaskState, record: ItemRecord, connector: Connector | null, mark: string, message: string, asked: number | null): Promise<void> {
    const { item, attempt } = record;
    const key = { item: item.id, revision: item.revision, attempt };
    const recovery = connector?.recovery ?? 'unknown';
    if (connector !== null && recovery === 'repeat' && record.repeats < MAX_REPEATS) {
      const from = this.#kernel.clock.now() + backoff(RECOVERY['api-error'], record.repeats + 1, asked, this.#kernel.random.number());
      const deadline = from + connector.timeout;
      await this.#finish(task.id, record, (state, by) => [
        newEvent(stream(state), 'EffectRepeated', { ...key, footprint: mark, deadline: instant(deadline) }, by),
      ]);
      this.#perform(task.id, record, connector, mark, attempt, deadline, from);
      return;
    }
    if (typeof recovery === 'object') {
      const { happened, receipt } = await recovery.ask(mark, item.request);
      await this.#finish(task.id, record, (state, by, current) => [
        happened
          ? newEvent(stream(state), 'EffectSucceeded', { ...key, footprint: mark, receipt }, by)
          : this.#failure(state, by, current, 'crash', `${message} The target says it did not happen.`, null),
      ]);
      return;
    }
    await this.#finish(task.id, record, (state, by) => [newEvent(stream(state), 'EffectUnknown', { ...key, footprint: mark, message: clip(message) }, by)]);
  }

  /** Records an outcome whatever else happened to the task meanwhile; only once per attempt. */
  async #finish(id: string, record: ItemRecord, events: (task: TaskState, by: Envelope, current: ItemRecord) => readonly NewEvent[]): Promise<void> {
    for (;;) {
      const task = await loadTask(this.#kernel, id);
      const current = task === null ? undefined : findItem(task, record.item.id);
      if (task === null || current === undefined || current.status !== 'executing') return;
      try {
        const { commit } = await this.#kernel.journal.append(events(task, about(task, 'system:executor', 'executor'), current), {
          [stream(task)]: task.version,
        });
        // Limits count what was sent from the documents: it stays "under way" until they hold it.
        await this.#kernel.projector.reached(commit);
        return;
      } catch (error) {
        if (!(error instanceof VersionConflict)) throw error;
      }
    }
  }

  async #append(task: TaskState, events: readonly NewEvent[], expect: Readonly<Record<string, Expected>> = {}): Promise<void> {
    await this.#kernel.journal.append(events, { ...expect, [stream(task)]: task.version });
  }
}

const underway = ({ item }: ItemRecord, at: number): Underway => {
  const to = item.request['to'];
  return { at, to: typeof to === 'string' ? to : null };
};

const stream = (task: TaskState): string => `task:${task.id}`;
const clip = (text: string): string => (text.length > 500 ? `${text.slice(0, 499)}…` : text);

import { instant } from '../ports.ts';
import { type DomainEvent, type Envelope, newEvent } from '../store/events/index.ts';
import { VersionConflict } from '../store/errors.ts';
import type { Recorded } from '../store/journal.ts';
import type { KeyValueStore } from '../store/log.ts';
import type { TaskView } from '../store/projections/views.ts';
import { Admission } from './admission.ts';
import { coalesced } from './coalesced.ts';
import { recordContact } from './contact.ts';
import type { Executor } from './executor.ts';
import { Inbox } from './inbox.ts';
import { judgeAll } from './judge.ts';
import { about, KeyedQueue, type Kernel, loadTask } from './kernel.ts';
import type { Consumer, Queue } from './queue/queue.ts';
import { classifyFailure } from './recovery.ts';
import { Schedules } from './schedule.ts';
import { type Alive, nextSteps, type Step, type TaskState } from './task.ts';
import { wantedTasks } from './wake.ts';
import type { Worker } from './worker.ts';

/** How often the log is compared with the queue, whatever else happens, ms. */
const RECONCILE_EVERY = 3_000;

export interface DirectorParts {
  readonly kernel: Kernel;
  readonly queue: Queue;
  readonly executor: Executor;
  readonly worker: Worker;
  readonly marks: KeyValueStore;
  /** No other process works on this log: what is not running here is not running anywhere. */
  readonly alone: boolean;
}

/**
 * Reacts to the log: wakes agents, judges proposals, asks, performs, and puts right what a crash
 * left behind. It holds no truth: everything it does follows from the log, so doing it again
 * after a restart changes nothing.
 */
export class Director {
  readonly #parts: DirectorParts;
  readonly #kernel: Kernel;
  readonly #inbox: Inbox;
  readonly #admission: Admission;
  readonly #schedules: Schedules;
  readonly #lanes = new KeyedQueue();
  readonly #stops: (() => unknown)[] = [];
  readonly #consumers: Consumer[] = [];
  readonly #arm = coalesced(() => this.#setAlarm());
  readonly #fill = coalesced(() => this.#ask());
  #alarm: { at: number; cancel: () => void } | null = null;
  readonly #background = new Set<Promise<unknown>>();
  #stopped = false;

  constructor(parts: DirectorParts) {
    this.#parts = parts;
    this.#kernel = parts.kernel;
    this.#inbox = new Inbox(parts.kernel);
    this.#admission = new Admission(parts.kernel, parts.queue);
    this.#schedules = new Schedules(parts.kernel);
  }

  /** Recovers what the log says is unfinished, then follows it. The queue may become ready later. */
  async start(): Promise<void> {
    await this.#wakeMissed();
    this.#stops.push(this.#kernel.projector.onApplied((commits) => this.#react(commits)));
    await this.reconcile();
    this.#consumers.push(this.#parts.queue.onAlarm(async () => this.#timers()));
    this.#parts.queue.ready().then(
      () => this.#workersStart(),
      (error) => this.#kernel.report.error('The queue could not be started; agents do not work until it is', error),
    );
  }

  #workersStart(): void {
    if (this.#stopped) return;
    for (const agent of this.#kernel.agents.list()) {
      const { concurrency } = this.#kernel.settings().agents.of(agent.name);
      const report = (error: unknown) => this.#kernel.report.error(`An attempt of ${agent.name} ended badly`, error);
      this.#consumers.push(this.#parts.queue.consume(agent.name, concurrency, (job) => this.#parts.worker.run(agent, job), report));
    }
    this.#admission.open();
    this.#go('admission', this.#admission.admit);
  }

  /** Lets running work end and starts nothing new. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const stop of this.#stops) stop();
    this.#alarm?.cancel();
    this.#admission.close();
    await Promise.all(this.#consumers.map((consumer) => consumer.stop()));
    await Promise.allSettled(this.#background);
    await this.#lanes.idle();
    await this.#parts.executor.stop();
  }

  /** Compares everything open with what is under way, and does what is missing. */
  async reconcile(): Promise<void> {
    const open = await this.#kernel.documents.find('task', { where: { status: { in: ['running', 'proposed'] } }, orderBy: [['rank', 'desc']], limit: 2_000 });
    for (const { id } of open) this.#advance(id);
    await this.#timers();
    await this.#schedules.check();
    await this.#admission.reconcile();
    this.#go('inbox', this.#fill);
    this.#later(this.#kernel.clock.now() + RECONCILE_EVERY, () => this.#go('reconcile', () => this.reconcile()));
  }

  #later(at: number, run: () => void): void {
    if (this.#stopped) return;
    const cancel = this.#kernel.clock.at(at, () => {
      this.#stops.splice(this.#stops.indexOf(cancel), 1);
      if (!this.#stopped) run();
    });
    this.#stops.push(cancel);
  }

  /** Events between the last mark and now, in case the process ended before it woke an agent. */
  async #wakeMissed(): Promise<void> {
    const mark = await this.#parts.marks.get(MARK);
    const from = typeof mark?.value === 'number' ? mark.value : 0;
    for await (const commits of this.#kernel.journal.read(from)) {
      for (const { events } of commits) for (const event of events) await this.#wake(event);
      await this.#setMark(commits.at(-1)?.commit ?? from);
    }
  }

  async #setMark(commit: number): Promise<void> {
    await this.#parts.marks.set(MARK, commit, null);
  }

  #react(commits: readonly Recorded[]): void {
    const last = commits.at(-1)?.commit ?? 0;
    this.#go('wake', () =>
      this.#lanes.run('wake', async () => {
        for (const { events } of commits) for (const event of events) await this.#wake(event);
        await this.#setMark(last);
      }),
    );
    const tasks = new Set<string>();
    const approvals = new Set<string>();
    for (const event of commits.flatMap(({ events }) => events)) {
      if (event.stream.startsWith('task:')) tasks.add(event.stream.slice('task:'.length));
      if (event.type === 'ItemRefused' || event.type === 'TaskCancelled' || event.type === 'TaskDiscarded' || event.type === 'ItemRevised') this.#closeQuestions(event);
      if (event.stream.startsWith('approval:')) approvals.add(event.stream.slice('approval:'.length));
      if (event.type === 'SlotFired') this.#go('batch', () => this.#slot(event.data.schedule));
      if (event.type === 'EffectFailed' && event.data.class === 'bounced') this.#go('bounce', () => this.#bounced(event.stream, event.data.item));
      if (event.type === 'DocumentChanged' || event.type === 'DocumentRemoved') this.#go('guards', () => this.#guards(event.stream));
    }
    for (const id of tasks) this.#advance(id);
    if (tasks.size > 0 || approvals.size > 0 || commits.some(({ events }) => events.some((event) => event.stream === 'control'))) {
      this.#go('inbox', this.#fill);
      this.#go('admission', this.#admission.admit);
    }
    if (approvals.size > 0) this.#go('timers', () => this.#timers());
  }

  async #wake(event: DomainEvent): Promise<void> {
    for (const { id, request, envelope } of wantedTasks(this.#kernel, event)) {
      try {
        await this.#kernel.journal.append([newEvent(`task:${id}`, 'TaskRequested', request, envelope)], { [`task:${id}`]: 'absent' });
      } catch (error) {
        if (!(error instanceof VersionConflict)) throw error; // It was woken before.
      }
    }
  }

  #advance(id: string): void {
    this.#go(`task ${id}`, () => this.#lanes.run(id, () => this.#advanceTask(id)));
  }

  async #advanceTask(id: string): Promise<void> {
    const task = await loadTask(this.#kernel, id);
    if (task === null || this.#stopped) return;
    const steps = nextSteps(task, this.#kernel.clock.now(), this.#alive);
    for (const step of steps) {
      try {
        await this.#take(task, step);
      } catch (error) {
        // Somebody else moved it on: that commit brings it back here.
        if (!(error instanceof VersionConflict)) throw error;
        return;
      }
      // Each step changes the task; the commit it made brings us back for the next one.
      if (step.do !== 'admit') break;
    }
    await this.#arm();
  }

  async #take(task: TaskState, step: Step): Promise<void> {
    switch (step.do) {
      case 'admit':
        return;
      case 'judge':
        return judgeAll(this.#kernel, task);
      case 'execute':
        return this.#parts.executor.execute(task, step.item);
      case 'recover-effect':
        return this.#parts.executor.recover(task, step.item);
      case 'refuse': {
        const refused = newEvent(`task:${task.id}`, 'ItemRefused', { item: step.item.item.id, revision: step.item.item.revision, reason: step.why }, about(task, 'system:director', 'director'));
        await this.#kernel.journal.append([refused], { [`task:${task.id}`]: task.version });
        return;
      }
      case 'lost-run': {
        const { maxAttempts } = this.#kernel.settings().agents.of(task.request.agent);
        const now = this.#kernel.clock.now();
        const next = classifyFailure('crash', task.failures + 1, task.simpler, null, now, this.#kernel.random.number(), maxAttempts);
        const lost = newEvent(
          `task:${task.id}`,
          'TaskFailed',
          { attempt: task.attempt, class: 'crash', message: 'The process running it ended.', next: next.next, retryAt: next.retryAt === null ? null : instant(next.retryAt) },
          about(task, 'system:director', 'director'),
        );
        await this.#kernel.journal.append([lost], { [`task:${task.id}`]: task.version });
        return;
      }
      default:
        return step satisfies never;
    }
  }

  readonly #alive: Alive = (what) => {
    if ('item' in what) return this.#parts.executor.isRunning(what.item) || !(this.#parts.alone || what.past);
    return !what.past && (what.worker === this.#kernel.process || !this.#parts.alone);
  };

  /** Everything whose time has come, and an alarm for what comes next. */
  async #timers(): Promise<void> {
    const now = instant(this.#kernel.clock.now());
    const tasks = await this.#kernel.documents.find('task', { where: { dueAt: { lte: now } }, limit: 1_000 });
    for (const { id } of tasks) this.#advance(id);
    const approvals = await this.#kernel.documents.find('approval', { where: { dueAt: { lte: now } }, limit: 1_000 });
    for (const { id } of approvals) await this.#inbox.due(id);
    if (tasks.length > 0) await this.#admission.admit();
    await this.#arm();
  }

  async #setAlarm(): Promise<void> {
    const now = instant(this.#kernel.clock.now());
    const next = await Promise.all(['task', 'approval'].map((collection) => this.#kernel.documents.find(collection, { where: { dueAt: { gt: now } }, orderBy: [['dueAt', 'asc']], limit: 1 })));
    const moments = [...next.flatMap((found) => found.flatMap(({ data }) => (typeof data['dueAt'] === 'string' ? [new Date(data['dueAt']).getTime()] : []))), ...this.#schedules.next()];
    if (moments.length === 0 || this.#stopped) return;
    const at = Math.min(...moments);
    if (this.#alarm !== null && this.#alarm.at === at) return;
    this.#alarm?.cancel();
    // The clock rings while this process lives; the queue's alarm wakes whichever process is there.
    this.#alarm = { at, cancel: this.#kernel.clock.at(at, () => this.#go('timers', () => this.#ring())) };
    // Not waited for: the queue may take seconds to open.
    this.#go('alarm', () => this.#parts.queue.alarm('next', at));
  }

  async #ring(): Promise<void> {
    this.#alarm = null;
    await this.#schedules.check();
    await this.#timers();
  }

  async #ask(): Promise<void> {
    const wait = await this.#inbox.fill();
    if (wait !== null) this.#later(this.#kernel.clock.now() + wait, () => this.#go('inbox', this.#fill));
  }

  async #slot(schedule: string): Promise<void> {
    if (schedule === 'batch') await this.#inbox.askBatch();
  }

  #closeQuestions(event: DomainEvent): void {
    this.#go('questions', async () => {
      const task = await loadTask(this.#kernel, event.stream.slice('task:'.length));
      const asked = new Set(task?.items.flatMap((record) => record.approval ?? []));
      for (const approval of asked) await this.#inbox.closeIfIdle(approval);
    });
  }

  async #bounced(stream: string, item: string): Promise<void> {
    const task = await loadTask(this.#kernel, stream.slice('task:'.length));
    const target = task?.items.find((record) => record.item.id === item)?.item.target;
    if (target?.startsWith('lead:')) await recordContact(this.#kernel, target, 'bounced', { actor: 'system:executor', source: 'bounce' });
  }

  /** Tasks that wait for a document to stay as it is: gone when it did not. */
  async #guards(ref: string): Promise<void> {
    const found = await this.#kernel.documents.find('task', { where: { 'request.about': ref, status: { in: ['requested', 'proposed'] } }, limit: 100 });
    const entity = await this.#kernel.documents.get(ref.slice(0, ref.indexOf(':')), ref.slice(ref.indexOf(':') + 1));
    const fields = (entity?.data['fields'] ?? {}) as Record<string, unknown>;
    for (const { id, data } of found) {
      const { guards } = (data as unknown as TaskView).request;
      const broken = guards.find((guard) => JSON.stringify(fields[guard.field] ?? null) !== JSON.stringify(guard.equals));
      const started = (data as unknown as TaskView).items.some((record) => record.status === 'executing' || record.status === 'done');
      if (broken === undefined || started) continue;
      await this.#lanes.run(id, async () => {
        const task = await loadTask(this.#kernel, id);
        if (task === null || (task.status !== 'requested' && task.status !== 'proposed')) return;
        const by: Envelope = { ...about(task, 'system:director', 'director') };
        await this.#kernel.journal.append([newEvent(`task:${id}`, 'TaskCancelled', { reason: `Not needed any more: ${broken.field} has changed.` }, by)], { [`task:${id}`]: task.version }).catch((error) => {
          if (!(error instanceof VersionConflict)) throw error;
        });
      });
    }
  }

  /** Resolves when nothing is under way that time alone would not continue. */
  async idle(): Promise<void> {
    let head = -1;
    for (;;) {
      await Promise.allSettled(this.#background.values());
      await this.#lanes.idle();
      await this.#parts.executor.idle();
      await this.#kernel.projector.reached(await this.#kernel.journal.head());
      const now = await this.#kernel.journal.head();
      if (now === head && this.#background.size === 0) return;
      head = now;
    }
  }

  /** Nothing awaits it; what goes wrong is reported, and reconciliation comes back to it. */
  #go(what: string, work: () => Promise<unknown>): void {
    if (this.#stopped) return;
    const running: Promise<unknown> = work()
      .catch((error) => this.#kernel.report.error(`Director: ${what}`, error))
      .finally(() => this.#background.delete(running));
    this.#background.add(running);
  }
}

const MARK = 'director:woken-up-to';

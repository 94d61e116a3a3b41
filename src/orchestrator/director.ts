import { instant } from '../ports.ts';
import type { Document } from '../store/documents.ts';
import { VersionConflict } from '../store/errors.ts';
import type { DomainEvent, Recorded } from '../store/events/index.ts';
import type { Journal } from '../store/journal.ts';
import type { Expected, KeyValueStore } from '../store/log.ts';
import { Admission } from './admission.ts';
import { Advancer } from './advance.ts';
import { Background } from './background.ts';
import { coalesced } from './coalesced.ts';
import { recordContact } from './contact.ts';
import type { Executor } from './executor.ts';
import { checkGuards } from './guards.ts';
import { Inbox } from './inbox.ts';
import { type Kernel, loadTask } from './kernel.ts';
import { present } from './presence.ts';
import type { Consumer, Queue } from './queue/queue.ts';
import { Schedules } from './schedule.ts';
import type { Alive } from './task.ts';
import { Timers } from './timers.ts';
import { Waker } from './waker.ts';

/** How often the log is compared with what is under way, whatever else happens, ms. */
const RECONCILE_EVERY = 3_000;
/** Tasks looked at in one round; the longest untouched come first. */
const RECONCILED = 2_000;

/** After these there may be something to ask, or room for a question. */
const ASKING: ReadonlySet<DomainEvent['type']> = new Set([
  ...(['TaskProposed', 'TaskFailed', 'TaskCancelled', 'TaskDiscarded', 'ItemJudged', 'ItemReturned', 'ItemRevised', 'EffectResolved'] as const),
  ...(['ApprovalDecided', 'ApprovalSnoozed', 'ApprovalExpired', 'ApprovalClosed', 'ApprovalReminded'] as const),
]);
/** After these a task may be ready to run, or a place in the queue free. */
const RUNNING: ReadonlySet<DomainEvent['type']> = new Set([
  ...([
    'TaskRequested',
    'TaskStarted',
    'TaskFailed',
    'TaskHandedBack',
    'TaskRetried',
    'TaskCancelled',
    'TaskDiscarded',
    'ItemRejected',
    'AgentResumed',
  ] as const),
]);
/** After these something may come due earlier than what is waited for. */
const WAITING: ReadonlySet<DomainEvent['type']> = new Set([
  ...(['TaskRequested', 'TaskFailed', 'ItemApproved', 'ItemDeferred', 'EffectFailed', 'PolicyLoaded'] as const),
  ...(['ApprovalRequested', 'ApprovalSnoozed', 'ApprovalReminded'] as const),
]);

export interface DirectorParts {
  readonly kernel: Kernel;
  readonly queue: Queue;
  readonly executor: Executor;
  /** Where it notes how far it came, and where processes say that they are alive. */
  readonly marks: KeyValueStore;
  readonly elsewhere: Elsewhere;
  /** What each of its commits expects, so that none of them holds once another process leads. */
  readonly fence: Readonly<Record<string, Expected>>;
}

/** What may be under way in other processes. */
export interface Elsewhere {
  /** They run agents. */
  readonly runs: boolean;
  /** One that led before may still be sending. */
  readonly sends: boolean;
}

/**
 * Reacts to the log: wakes agents, judges proposals, asks, performs, and puts right what a crash
 * left behind. It holds no truth: everything it does follows from the log, so doing it again
 * after a restart changes nothing.
 */
export class Director {
  readonly #parts: DirectorParts;
  readonly #kernel: Kernel;
  readonly #background: Background;
  readonly #waker: Waker;
  readonly #advancer: Advancer;
  readonly #inbox: Inbox;
  readonly #admission: Admission;
  readonly #timers: Timers;
  #bell: Consumer | null = null;
  /** Processes that run something by the log, and do not say any more that they are alive. */
  #gone: ReadonlySet<string> = new Set();
  #superseded = false;
  #stopListening = () => {};

  constructor(parts: DirectorParts) {
    const { queue, executor, marks, fence } = parts;
    const kernel = { ...parts.kernel, journal: fenced(parts.kernel.journal, fence) };
    this.#parts = parts;
    this.#kernel = kernel;
    this.#background = new Background(kernel.clock, kernel.report);
    this.#waker = new Waker(kernel, marks);
    this.#advancer = new Advancer(kernel, executor, this.#alive);
    this.#inbox = new Inbox(kernel);
    this.#admission = new Admission(kernel, queue);
    this.#timers = new Timers(kernel, queue, new Schedules(kernel), this.#background, {
      task: (id) => {
        this.#advance(id);
        this.#background.go('admission', this.#admission.admit);
      },
      approval: (id) => this.#inbox.due(id),
    });
  }

  /** Recovers what the log says is unfinished, then follows it. The queue may become ready later. */
  async start(): Promise<void> {
    await this.#parts.executor.start();
    this.#stopListening = this.#kernel.projector.onApplied((commits) => this.#react(commits));
    await this.#waker.start();
    await this.#reconcile();
    this.#bell = this.#parts.queue.onAlarm(this.#timers.ring);
    this.#parts.queue.ready().then(
      () => this.#startAdmission(),
      (error) => this.#kernel.report.error('The queue could not be started; agents do not work until it is', error),
    );
  }

  /** What follows for a task, into a commit of somebody else; what goes wrong here is done again by the next look at the task. */
  readonly goOn: Kernel['goOn'] = async (draft, task) => {
    if (this.#background.stopped || this.#superseded) return;
    draft.add([], this.#parts.fence);
    draft.onceTrue({
      start: () => {},
      // Nothing is added by this process any more: the rest of the commit is somebody's to make true.
      abandon: (error) => {
        if (error instanceof VersionConflict && error.stream in this.#parts.fence) this.#superseded = true;
      },
    });
    try {
      await this.#advancer.goOn(draft, task);
    } catch (error) {
      this.#kernel.report.error(`The next step of task ${task} could not be taken`, error);
    }
  };

  /** Lets running work end and starts nothing new. */
  async stop(): Promise<void> {
    this.#stopListening();
    this.#admission.close();
    await this.#bell?.stop();
    await this.#background.stop();
    await this.#advancer.idle();
    await this.#parts.executor.stop();
    await this.#waker.stop();
  }

  /** Resolves when nothing is under way that time alone would not continue. */
  async idle(): Promise<void> {
    for (let before = -1; ; ) {
      await this.#background.idle();
      await this.#advancer.idle();
      await this.#parts.executor.idle();
      const head = await this.#kernel.journal.head();
      await this.#kernel.projector.reached(head);
      if (head === before && !this.#background.busy) return;
      before = head;
    }
  }

  #startAdmission(): void {
    if (this.#background.stopped) return;
    this.#admission.open();
    this.#background.go('admission', this.#admission.admit);
  }

  readonly #alive: Alive = (what) => {
    const { elsewhere, executor } = this.#parts;
    if ('item' in what) return executor.isRunning(what.item) || (elsewhere.sends && !what.past);
    if (what.past || what.worker === null) return false;
    return what.worker === this.#kernel.process || (elsewhere.runs && !this.#gone.has(what.worker));
  };

  /** Compares everything open with what is under way, does what is missing, and comes back, whatever went wrong. */
  async #reconcile(): Promise<void> {
    try {
      await this.#compare();
    } finally {
      this.#background.later(this.#kernel.clock.now() + RECONCILE_EVERY, 'reconcile', () => this.#reconcile());
    }
  }

  async #compare(): Promise<void> {
    await this.#waker.catchUp();
    // What moved within the last round is under way.
    const before = instant(this.#kernel.clock.now() - RECONCILE_EVERY);
    const open = await this.#kernel.documents.find('task', {
      where: { status: { in: ['running', 'proposed'] }, updatedAt: { lte: before } },
      orderBy: [['updatedAt', 'asc']],
      limit: RECONCILED,
    });
    if (this.#parts.elsewhere.runs) await this.#lookForWorkers(open);
    for (const { id } of open) this.#advance(id);
    await this.#timers.ring();
    await this.#admission.reconcile();
    this.#background.go('inbox', this.#fillInbox);
  }

  async #lookForWorkers(running: readonly Document[]): Promise<void> {
    const workers = new Set(running.flatMap(({ data }) => (typeof data['worker'] === 'string' ? [data['worker']] : [])));
    this.#gone = workers.difference(await present(this.#parts.marks, workers));
  }

  #react(commits: readonly Recorded[]): void {
    this.#background.go('wake', () => this.#waker.see(commits));
    const events = commits.flatMap((commit) => commit.events);
    const types = new Set(events.map(({ type }) => type));
    const some = (wanted: ReadonlySet<DomainEvent['type']>) => !types.isDisjointFrom(wanted);
    this.#admission.see(events);
    for (const event of events) this.#reactTo(event);
    for (const id of new Set(events.flatMap(({ stream }) => (stream.startsWith('task:') ? [stream.slice('task:'.length)] : [])))) this.#advance(id);
    if (some(ASKING)) this.#background.go('inbox', this.#fillInbox);
    if (some(RUNNING)) this.#background.go('admission', this.#admission.admit);
    if (some(WAITING)) this.#background.go('alarm', this.#timers.arm);
  }

  #reactTo(event: DomainEvent): void {
    switch (event.type) {
      case 'SlotFired':
        if (event.data.schedule === 'batch') this.#background.go('batch', () => this.#inbox.askBatch());
        return;
      case 'EffectFailed': {
        const { class: failure, item } = event.data;
        if (failure === 'bounced') this.#background.go('bounce', () => this.#bounced(event.stream, item));
        return;
      }
      case 'DocumentChanged':
      case 'DocumentRemoved':
        return this.#background.go('guards', () => checkGuards(this.#kernel, this.#advancer, event.stream));
      case 'ItemRefused':
      case 'ItemRevised':
      case 'TaskCancelled':
      case 'TaskDiscarded':
        return this.#background.go('questions', () => this.#closeQuestions(event.stream));
      default:
        return;
    }
  }

  #advance(id: string): void {
    this.#background.go(`task ${id}`, () => this.#advancer.advance(id));
  }

  readonly #fillInbox = coalesced(async () => {
    const wait = await this.#inbox.fill();
    if (wait !== null) this.#background.later(this.#kernel.clock.now() + wait, 'inbox', this.#fillInbox);
  });

  async #closeQuestions(stream: string): Promise<void> {
    const task = await loadTask(this.#kernel, stream.slice('task:'.length));
    const asked = new Set(task?.items.flatMap((record) => record.approval ?? []));
    for (const approval of asked) await this.#inbox.closeIfIdle(approval);
  }

  async #bounced(stream: string, item: string): Promise<void> {
    const task = await loadTask(this.#kernel, stream.slice('task:'.length));
    const target = task?.items.find((record) => record.item.id === item)?.item.target;
    if (target?.startsWith('lead:')) await recordContact(this.#kernel, target, 'bounced', { actor: 'system:executor', source: 'bounce' });
  }
}

const fenced = (journal: Journal, fence: Readonly<Record<string, Expected>>): Journal => ({
  ...journal,
  append: (events, expect = {}) => journal.append(events, { ...expect, ...fence }),
});

import { instant, newId } from '../ports.ts';
import { VersionConflict } from '../store/errors.ts';
import type { BoundItem } from '../store/events/approval.ts';
import { type NewEvent, newEvent } from '../store/events/index.ts';
import type { Expected } from '../store/log.ts';
import type { ApprovalView, TaskView } from '../store/projections/views.ts';
import { scoreOf } from '../store/projections/views.ts';
import type { ApprovalState } from './approval.ts';
import { itemHash } from './effects/footprint.ts';
import { type Kernel, loadApproval, loadTask, retryConflicts } from './kernel.ts';
import { findItem, type ItemRecord, type TaskState } from './task.ts';

/** Items on one batch card; the rest comes on the next. */
const BATCH_SIZE = 50;
/** How long better work still under way may keep a question back, ms. */
const PATIENCE = 3_000;

/** Puts items to a person: one card a task, at most so many at once, best first; the small ones in batches. */
export class Inbox {
  readonly #kernel: Kernel;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /**
   * Asks for as many tasks as there is room for.
   * @returns ms after which it should be called again, or null
   */
  async fill(): Promise<number | null> {
    const { documents, clock } = this.#kernel;
    const room = this.#kernel.settings().agents.limits.waitingCards - (await this.#waiting());
    if (room <= 0) return null;
    const best = await this.#find('task', { asking: true }, room);
    if (best.length === 0) return null;
    const oldest = Math.min(...best.map((task) => new Date(task.updatedAt).getTime()));
    const wait = oldest + PATIENCE - clock.now();
    if (wait > 0) {
      const asking = best.length < room ? best.length : await documents.count('task', { asking: true });
      const coming = (await documents.count('task', { status: 'running' })) + (await documents.count('task', { runnable: true, until: null }));
      // More is coming in than fits: let the agents finish, so that the best are asked first.
      if (coming > 0 && asking + coming > room) return wait;
    }
    await Promise.all(best.map((task) => this.ask(task.id)));
    return null;
  }

  async #waiting(): Promise<number> {
    const open = { status: 'waiting', batch: false };
    const snoozed = await this.#kernel.documents.count('approval', { ...open, snoozedUntil: { gt: instant(this.#kernel.clock.now()) } });
    return (await this.#kernel.documents.count('approval', open)) - snoozed;
  }

  /** One card with all items of a task that are to be asked. */
  async ask(taskId: string, replaces: string | null = null): Promise<string | null> {
    return retryConflicts(async () => {
      const task = await loadTask(this.#kernel, taskId);
      const records = task?.items.filter((record) => record.status === 'asking') ?? [];
      if (task === null || records.length === 0) return null;
      return this.#request([{ task, records }], false, replaces);
    });
  }

  /** One card with the small decisions that have gathered. */
  async askBatch(): Promise<void> {
    const tasks = await this.#find('task', { batching: true }, BATCH_SIZE);
    const gathered: { task: TaskState; records: ItemRecord[] }[] = [];
    for (const { id } of tasks) {
      const task = await loadTask(this.#kernel, id);
      const records = task?.items.filter((record) => record.status === 'batching') ?? [];
      if (task !== null && records.length > 0) gathered.push({ task, records });
    }
    if (gathered.length > 0) await this.#request(gathered, true, null);
  }

  /** Wakes, reminds or expires a question whose time has come. */
  async due(id: string): Promise<void> {
    try {
      const approval = await loadApproval(this.#kernel, id);
      if (approval === null || approval.status !== 'waiting') return;
      const now = this.#kernel.clock.now();
      const past = (moment: string | null) => moment !== null && new Date(moment).getTime() <= now;
      if (past(approval.expiresAt)) return await this.#expire(approval);
      if (past(approval.snoozedUntil) || past(approval.remindAt)) {
        const { escalate, remindAfter } = this.#kernel.settings().policies.approval;
        const count = approval.reminders + 1;
        // Asked, reminded, then somebody else hears of it.
        const escalated = escalate !== null && now >= new Date(approval.createdAt).getTime() + escalate.after;
        const nextAt =
          escalate === null ? remindAfter && now + remindAfter * 2 ** count : escalated ? null : new Date(approval.createdAt).getTime() + escalate.after;
        const event = newEvent(
          `approval:${id}`,
          'ApprovalReminded',
          { count, nextAt: nextAt === null ? null : instant(nextAt), to: escalated ? escalate.to : [] },
          this.#envelope(approval),
        );
        await this.#kernel.journal.append([event], { [`approval:${id}`]: approval.version });
      }
    } catch (error) {
      if (!(error instanceof VersionConflict)) throw error;
    }
  }

  /** Closes a question none of whose items waits any more. */
  async closeIfIdle(id: string): Promise<void> {
    try {
      const approval = await loadApproval(this.#kernel, id);
      if (approval === null || approval.status !== 'waiting') return;
      for (const { task } of approval.items) {
        const state = await loadTask(this.#kernel, task);
        if (state?.items.some((record) => record.approval === id && record.status === 'waiting')) return;
      }
      await this.#kernel.journal.append(
        [newEvent(`approval:${id}`, 'ApprovalClosed', { why: 'what it asked about was cancelled' }, this.#envelope(approval))],
        { [`approval:${id}`]: approval.version },
      );
    } catch (error) {
      if (!(error instanceof VersionConflict)) throw error;
    }
  }

  async #expire(approval: ApprovalState): Promise<void> {
    const by = this.#envelope(approval);
    const events: NewEvent[] = [newEvent(`approval:${approval.id}`, 'ApprovalExpired', { silence: approval.silence }, by)];
    const expect: Record<string, Expected> = { [`approval:${approval.id}`]: approval.version };
    for (const bound of approval.items) {
      const task = await loadTask(this.#kernel, bound.task);
      const record = task === null ? undefined : findItem(task, bound.item);
      if (task === null || record?.approval !== approval.id || record.status !== 'waiting') continue;
      expect[`task:${task.id}`] = task.version;
      const envelope = { ...by, subject: task.person, correlation: task.correlation };
      const key = { item: bound.item, revision: record.item.revision };
      events.push(
        approval.silence === 'reject'
          ? newEvent(`task:${task.id}`, 'ItemRejected', { ...key, approval: approval.id, reason: 'Nobody answered in time.', again: false }, envelope)
          : newEvent(`task:${task.id}`, 'ItemReturned', { ...key, why: 'Nobody answered in time.' }, envelope),
      );
    }
    await this.#kernel.journal.append(events, expect);
  }

  async #request(asked: readonly { task: TaskState; records: readonly ItemRecord[] }[], batch: boolean, replaces: string | null): Promise<string> {
    const { clock, random } = this.#kernel;
    const { approval } = this.#kernel.settings().policies;
    const id = newId(random, 10);
    const now = clock.now();
    const tasks = asked.map(({ task }) => task);
    const persons = new Set(tasks.map(({ person }) => person));
    const records = asked.flatMap((each) => each.records);
    const first = tasks[0];
    const by = {
      actor: 'system:director',
      source: 'director',
      cause: first === undefined ? null : `task:${first.id}@${first.version}`,
      correlation: first?.correlation ?? id,
      subject: persons.size === 1 ? ([...persons][0] ?? null) : null,
    };
    const items: BoundItem[] = asked.flatMap(({ task, records: each }) =>
      each.map(({ item }) => ({ task: task.id, item: item.id, revision: item.revision, hash: itemHash(item) })),
    );
    const values = tasks.flatMap((task) => task.request.value ?? []);
    const scores = tasks.flatMap((task) => scoreOf(task) ?? []);
    const request = newEvent(
      `approval:${id}`,
      'ApprovalRequested',
      {
        items,
        batch,
        approvers: sharedApprovers(records),
        quorum: Math.max(1, ...records.map((record) => record.quorum)),
        expiresAt: instant(now + approval.expiresAfter),
        remindAt: approval.remindAfter === null ? null : instant(now + approval.remindAfter),
        silence: approval.silence,
        value: values.length === 0 ? null : Math.max(...values),
        score: scores.length === 0 ? null : Math.max(...scores),
        highRisk: records.some((record) => record.highRisk),
        replaces,
      },
      by,
    );
    const marks = asked.flatMap(({ task, records: each }) =>
      each.map(({ item }) =>
        newEvent(
          `task:${task.id}`,
          'ItemAsked',
          { item: item.id, revision: item.revision, approval: id },
          { ...by, correlation: task.correlation, subject: task.person },
        ),
      ),
    );
    const expect = Object.fromEntries([[`approval:${id}`, 'absent' as const], ...tasks.map((task) => [`task:${task.id}`, task.version] as const)]);
    await this.#kernel.journal.append([request, ...marks], expect);
    return id;
  }

  async #find(collection: 'task', where: Record<string, boolean>, limit: number): Promise<TaskView[]> {
    const found = await this.#kernel.documents.find(collection, {
      where,
      orderBy: [
        ['rank', 'desc'],
        ['createdAt', 'asc'],
      ],
      limit,
    });
    // Written by the fold of exactly this view.
    return found.map(({ data }) => data as unknown as TaskView);
  }

  #envelope(approval: ApprovalState) {
    return {
      actor: 'system:director',
      source: 'director',
      cause: `approval:${approval.id}@${approval.version}`,
      correlation: approval.correlation,
      subject: approval.person,
    };
  }
}

/** Who may answer for every one of the items; policy makes sure that somebody may. */
function sharedApprovers(records: readonly ItemRecord[]): string[] {
  const [first, ...rest] = records.map((record) => record.approvers);
  const shared = (first ?? []).filter((person) => rest.every((others) => others.includes(person)));
  return shared.length > 0 ? shared : ['owner'];
}

/** Waiting questions, single ones first, best first. */
export async function waitingApprovals(kernel: Kernel): Promise<ApprovalView[]> {
  const found = await kernel.documents.find('approval', {
    where: { status: 'waiting' },
    orderBy: [
      ['batch', 'asc'],
      ['rank', 'desc'],
      ['createdAt', 'asc'],
    ],
  });
  return found.map(({ data }) => data as unknown as ApprovalView);
}

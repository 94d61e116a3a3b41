import { instant } from '../ports.ts';
import type { Background } from './background.ts';
import { coalesced } from './coalesced.ts';
import type { Kernel } from './kernel.ts';
import type { Queue } from './queue/queue.ts';
import type { Schedules } from './schedule.ts';

/** Due tasks or questions handled in one go. */
const AT_ONCE = 1_000;

interface DueHandlers {
  readonly task: (id: string) => void;
  readonly approval: (id: string) => Promise<void>;
}

/**
 * Time is in the log: every hold, retry, reminder, expiry and slot is a fact with a due time.
 * Here they are found when they come due; alarms only say when to look.
 */
export class Timers {
  readonly #kernel: Kernel;
  readonly #queue: Queue;
  readonly #schedules: Schedules;
  readonly #background: Background;
  readonly #handle: DueHandlers;
  #alarm: { at: number; cancel: () => void } | null = null;

  constructor(kernel: Kernel, queue: Queue, schedules: Schedules, background: Background, handle: DueHandlers) {
    this.#kernel = kernel;
    this.#queue = queue;
    this.#schedules = schedules;
    this.#background = background;
    this.#handle = handle;
  }

  /** Everything whose time has come, and an alarm for what comes next. */
  readonly ring = coalesced(async () => {
    await this.#schedules.check();
    const due = { where: { dueAt: { lte: instant(this.#kernel.clock.now()) } }, limit: AT_ONCE };
    for (const { id } of await this.#kernel.documents.find('task', due)) this.#handle.task(id);
    for (const { id } of await this.#kernel.documents.find('approval', due)) await this.#handle.approval(id);
    await this.arm();
  });

  /** Sets the alarm for the next moment anything is due. */
  readonly arm = coalesced(async () => {
    const after = { where: { dueAt: { gt: instant(this.#kernel.clock.now()) } }, orderBy: [['dueAt', 'asc'] as const], limit: 1 };
    const found = [...(await this.#kernel.documents.find('task', after)), ...(await this.#kernel.documents.find('approval', after))];
    const at = Math.min(
      ...this.#schedules.next(),
      ...found.flatMap(({ data }) => (typeof data['dueAt'] === 'string' ? [new Date(data['dueAt']).getTime()] : [])),
    );
    if (!Number.isFinite(at) || this.#alarm?.at === at) return;
    this.#alarm?.cancel();
    // The clock rings while this process lives; the queue's alarm wakes whichever process is there.
    const cancel = this.#background.later(at, 'timers', () => {
      this.#alarm = null;
      return this.ring();
    });
    this.#alarm = { at, cancel };
    // Not waited for: the queue may take seconds to open.
    this.#background.go('alarm', () => this.#queue.alarm('next', at));
  });
}

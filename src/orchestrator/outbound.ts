import { instant } from '../ports.ts';
import type { DomainEvent } from '../store/events/index.ts';
import type { Item } from '../store/events/task.ts';
import { contentHash } from '../store/projections/project.ts';
import type { Kernel } from './kernel.ts';
import type { SentFacts, SentWithin } from './policy/facts.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Something that left or is on its way: what limits count. */
interface Leaving {
  /** ms since 1970 */
  readonly at: number;
  readonly to: string | null;
  readonly content: string;
}

export const recipientOf = ({ request }: Item): string | null => (typeof request['to'] === 'string' ? request['to'] : null);

/** Moments of one recipient, or of all, oldest first. */
class Window {
  readonly #moments: number[] = [];
  #first = 0;

  add(at: number): void {
    this.#moments.push(at);
    // Nearly always the latest; a clock that went back is put right.
    for (let index = this.#moments.length - 1; index > this.#first && (this.#moments[index - 1] ?? 0) > at; index -= 1) {
      this.#moments[index] = this.#moments[index - 1] ?? at;
      this.#moments[index - 1] = at;
    }
  }

  since(from: number): SentWithin {
    let low = this.#first;
    for (let high = this.#moments.length; low < high; ) {
      const middle = (low + high) >> 1;
      if ((this.#moments[middle] ?? 0) > from) high = middle;
      else low = middle + 1;
    }
    return { count: this.#moments.length - low, oldest: this.#moments[low] ?? null };
  }

  /** @returns false when nothing is left */
  forget(until: number): boolean {
    while (this.#first < this.#moments.length && (this.#moments[this.#first] ?? 0) <= until) this.#first += 1;
    if (this.#first > 1_000 && this.#first * 2 > this.#moments.length) {
      this.#moments.splice(0, this.#first);
      this.#first = 0;
    }
    return this.#first < this.#moments.length;
  }
}

/**
 * What left within the last day and what is on its way. In memory, so that counting against a limit
 * and taking a place under it are one step: of two effects that start together, one is the later.
 */
export class Outbound {
  readonly #kernel: Kernel;
  readonly #underway = new Map<string, Leaving>();
  readonly #all = new Window();
  readonly #perRecipient = new Map<string, Window>();
  #tidiedAt = 0;
  #stopListening = () => {};

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  async start(): Promise<void> {
    // First listen, then read: what is applied meanwhile is buffered, and known by its id.
    const known = new Set<string>();
    const missed: Extract<DomainEvent, { type: 'EffectSucceeded' }>[] = [];
    let reading = true;
    this.#stopListening = this.#kernel.projector.onApplied((commits) => {
      for (const { events } of commits) {
        for (const event of events) {
          if (event.type !== 'EffectSucceeded') continue;
          if (reading) missed.push(event);
          else this.#left(event);
        }
      }
    });
    const since = instant(this.#kernel.clock.now() - DAY);
    for (const { id, data } of await this.#kernel.documents.find('outbound', { where: { at: { gt: since } }, orderBy: [['at', 'asc']] })) {
      known.add(id);
      if (typeof data['at'] === 'string') this.#count(new Date(data['at']).getTime(), typeof data['to'] === 'string' ? data['to'] : null);
    }
    reading = false;
    for (const event of missed) if (!known.has(event.data.item)) this.#left(event);
  }

  stop(): void {
    this.#stopListening();
  }

  begin(item: Item): void {
    this.#underway.set(item.id, { at: this.#kernel.clock.now(), to: recipientOf(item), content: contentHash(item.request) });
  }

  /** What left must be in the documents by then, so that it is counted without a gap. */
  end(item: string): void {
    this.#underway.delete(item);
  }

  isUnderway(item: string): boolean {
    return this.#underway.has(item);
  }

  /** What limits must know before one more leaves. */
  facts(item: Item): SentFacts {
    const now = this.#kernel.clock.now();
    const to = recipientOf(item);
    const content = contentHash(item.request);
    const others = [...this.#underway].flatMap(([id, leaving]) => (id === item.id ? [] : [leaving]));
    const toSame = to === null ? [] : others.filter((leaving) => leaving.to === to);
    const together = (sent: SentWithin, running: readonly Leaving[]): SentWithin =>
      running.length === 0
        ? sent
        : { count: sent.count + running.length, oldest: Math.min(sent.oldest ?? Number.POSITIVE_INFINITY, ...running.map(({ at }) => at)) };
    return {
      sentLastHour: together(this.#all.since(now - HOUR), others),
      sentLastDay: together(this.#all.since(now - DAY), others),
      sentToRecipientLastDay: together((to === null ? undefined : this.#perRecipient.get(to)?.since(now - DAY)) ?? NEVER, toSame),
      sameContentSentAt: latest(toSame.filter((leaving) => leaving.content === content)),
    };
  }

  #left({ stream, data, at }: Extract<DomainEvent, { type: 'EffectSucceeded' }>): void {
    const running = this.#underway.get(data.item);
    if (running !== undefined) return this.#count(new Date(at).getTime(), running.to);
    // It left elsewhere, before this process led: its recipient is in the documents.
    const moment = new Date(at).getTime();
    this.#kernel.documents.get('outbound', data.item).then(
      (document) => this.#count(moment, typeof document?.data['to'] === 'string' ? document.data['to'] : null),
      (error) => this.#kernel.report.error(`Who got ${data.item} of ${stream} could not be read`, error),
    );
  }

  #count(at: number, to: string | null): void {
    this.#all.add(at);
    if (to !== null) {
      const window = this.#perRecipient.get(to) ?? new Window();
      this.#perRecipient.set(to, window);
      window.add(at);
    }
    if (at - this.#tidiedAt < HOUR) return;
    this.#tidiedAt = at;
    this.#all.forget(at - DAY);
    for (const [recipient, window] of this.#perRecipient) if (!window.forget(at - DAY)) this.#perRecipient.delete(recipient);
  }
}

const latest = (leaving: readonly Leaving[]): number | null => (leaving.length === 0 ? null : Math.max(...leaving.map(({ at }) => at)));

const NEVER: SentWithin = { count: 0, oldest: null };
/** Where nothing is about to leave: limits are looked at when it is. */
export const NOT_LEAVING: SentFacts = { sentLastHour: NEVER, sentLastDay: NEVER, sentToRecipientLastDay: NEVER, sameContentSentAt: null };

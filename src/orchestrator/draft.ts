import { type Clock, instant } from '../ports.ts';
import type { DomainEvent, NewEvent, Recorded } from '../store/events/index.ts';
import type { Journal } from '../store/journal.ts';
import type { Expected } from '../store/log.ts';
import type { EntityState } from '../store/projections/entity.ts';
import type { ApprovalState } from './approval.ts';
import { evolveStream, type Known, type States } from './states.ts';
import type { TaskState } from './task.ts';

/** Something that waits for the commit: `start` once it is durable, `abandon` when it did not become true. Neither throws. */
export interface Consequence {
  start(): void;
  abandon(error: unknown): void;
}

/** What a draft reads and appends by. */
interface Parts {
  readonly journal: Pick<Journal, 'append'>;
  readonly states: Pick<States, 'load'>;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * One commit in the making. Each step decides on the state that the events before it lead to, so
 * several steps of a task, and of several tasks, become true together; nothing leaves before they did (I4).
 */
export class Draft {
  readonly #parts: Parts;
  readonly #events: NewEvent[] = [];
  readonly #expect: Record<string, Expected> = {};
  /** Version in the log of each stream read here. */
  readonly #bases = new Map<string, number>();
  readonly #states = new Map<string, Known>();
  readonly #asked = new Map<string, Promise<unknown>>();
  readonly #consequences: Consequence[] = [];

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#events.length;
  }

  /** The task as it would be after this commit. What is decided on it holds only if nobody else moved it on. */
  task(id: string): Promise<TaskState | null> {
    // Folded from a stream of that name.
    return this.#guarded(`task:${id}`) as Promise<TaskState | null>;
  }

  approval(id: string): Promise<ApprovalState | null> {
    return this.#guarded(`approval:${id}`) as Promise<ApprovalState | null>;
  }

  /** The document as it would be; whether it must still be so is for whoever changes it to say. */
  entity(ref: string): Promise<EntityState | null> {
    return this.#load(ref) as Promise<EntityState | null>;
  }

  /** @param expect for streams beside those read here; the first word on a stream stands */
  add(events: readonly NewEvent[], expect: Readonly<Record<string, Expected>> = {}): void {
    for (const [stream, expected] of Object.entries(expect)) this.#expect[stream] ??= expected;
    for (const event of events) {
      this.#events.push(event);
      const known = this.#states.get(event.stream);
      if (known !== undefined) this.#states.set(event.stream, evolveStream(event.stream, known, this.#provisional(event, (known?.version ?? 0) + 1)));
    }
  }

  /** Asks the world at most once for the whole commit. */
  once<T>(key: string, ask: () => Promise<T>): Promise<T> {
    const asked = this.#asked.get(key) ?? ask();
    this.#asked.set(key, asked);
    // Asked under this key with this very function.
    return asked as Promise<T>;
  }

  onceTrue(consequence: Consequence): void {
    this.#consequences.push(consequence);
  }

  /** Makes everything true, then starts what waited for it. */
  async #append(): Promise<Recorded | null> {
    const recorded = this.#events.length === 0 ? null : await this.#parts.journal.append(this.#events, this.#expect);
    for (const consequence of this.#consequences) consequence.start();
    return recorded;
  }

  /**
   * Lets `work` fill a draft and appends it.
   * @returns the commit, or null when there was nothing to append; and what `work` returned
   * @throws VersionConflict: nothing became true, decide again; and whatever `work` throws
   */
  static async commit<T>(parts: Parts, work: (draft: Draft) => Promise<T>): Promise<{ readonly recorded: Recorded | null; readonly result: T }> {
    const draft = new Draft(parts);
    try {
      const result = await work(draft);
      return { recorded: await draft.#append(), result };
    } catch (error) {
      for (const consequence of draft.#consequences) consequence.abandon(error);
      throw error;
    }
  }

  async #guarded(stream: string): Promise<Known> {
    const state = await this.#load(stream);
    this.#expect[stream] ??= this.#bases.get(stream) ?? 0;
    return state;
  }

  async #load(stream: string): Promise<Known> {
    const known = this.#states.get(stream);
    if (known !== undefined) return known;
    const stored = await this.#parts.states.load(stream);
    const mine = this.#events.filter((event) => event.stream === stream);
    const state = mine.reduce<Known>((before, event) => evolveStream(stream, before, this.#provisional(event, (before?.version ?? 0) + 1)), stored);
    this.#bases.set(stream, stored?.version ?? 0);
    this.#states.set(stream, state);
    return state;
  }

  /** As it will be read from the log, but for the number of the commit. */
  #provisional(event: NewEvent, version: number): DomainEvent {
    return { ...event, version, commit: 0, at: instant(this.#parts.clock.now()) };
  }
}

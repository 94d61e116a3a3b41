import { ENTITIES } from '../store/entities.ts';
import { VersionConflict } from '../store/errors.ts';
import type { DomainEvent } from '../store/events/index.ts';
import type { Journal } from '../store/journal.ts';
import { type EntityState, evolveEntity } from '../store/projections/entity.ts';
import { type ApprovalState, evolveApproval } from './approval.ts';
import { evolveTask, type TaskState } from './task.ts';

/** What a stream is folded into, by the kind of its name. */
interface Folded {
  task: TaskState;
  approval: ApprovalState;
  entity: EntityState;
}
type Kind = keyof Folded;
export type Known = Folded[Kind] | null;

const EVOLVE: { readonly [K in Kind]: (state: Folded[K] | null, event: DomainEvent) => Folded[K] | null } = {
  task: evolveTask,
  approval: evolveApproval,
  entity: evolveEntity,
};

function kindOf(stream: string): Kind | null {
  const name = stream.slice(0, Math.max(0, stream.indexOf(':')));
  return name === 'task' || name === 'approval' ? name : Object.hasOwn(ENTITIES, name) ? 'entity' : null;
}

/** The state of a stream after one more of its events; null where nothing is folded from it. */
export function evolveStream(stream: string, state: Known, event: DomainEvent): Known {
  const kind = kindOf(stream);
  // A state under a stream's name was folded from that stream.
  return kind === null ? null : (EVOLVE[kind] as (state: Known, event: DomainEvent) => Known)(state, event);
}

interface Entry {
  readonly version: number;
  readonly state: Known;
}

/** Streams kept at hand. */
const KEPT = 2_000;

/**
 * Tasks, approvals and documents as this process last saw them, so that a step need not read its
 * stream again. A state may be old for a moment, never wrong: whoever decides on it appends with
 * its version, and on a conflict it is read anew (I2).
 */
export class States {
  readonly #journal: Journal;
  readonly #known = new Map<string, Entry>();
  /** The journal to append by: what it writes is known here at once. */
  readonly journal: Journal;

  constructor(journal: Journal) {
    this.#journal = journal;
    this.journal = {
      ...journal,
      append: async (events, expect = {}) => {
        try {
          const recorded = await journal.append(events, expect);
          this.see(recorded.events);
          return recorded;
        } catch (error) {
          if (error instanceof VersionConflict) for (const stream of Object.keys(expect)) this.#known.delete(stream);
          throw error;
        }
      },
    };
  }

  /** @returns null when the stream has no event */
  async load(stream: string): Promise<Known> {
    const known = this.#known.get(stream);
    if (known !== undefined) {
      this.#keep(stream, known); // the least used goes first
      return known.state;
    }
    const events = await this.#journal.readStream(stream);
    const state = events.reduce<Known>((before, event) => evolveStream(stream, before, event), null);
    // What was appended while it was read is newer.
    const newer = this.#known.get(stream);
    if (newer !== undefined && newer.version >= events.length) return newer.state;
    if (events.length > 0) this.#keep(stream, { version: events.length, state });
    return state;
  }

  /** Events that became true here or elsewhere, in order. Those seen before change nothing. */
  see(events: readonly DomainEvent[]): void {
    for (const event of events) {
      // What was opened with a key that is gone must not stay at hand.
      if (event.type === 'PersonForgotten') this.#known.clear();
      if (kindOf(event.stream) === null) continue;
      const { version, state } = this.#known.get(event.stream) ?? { version: 0, state: null };
      if (event.version === version + 1) this.#keep(event.stream, { version: event.version, state: evolveStream(event.stream, state, event) });
      // Something between was missed.
      else if (event.version > version) this.#known.delete(event.stream);
    }
  }

  #keep(stream: string, entry: Entry): void {
    this.#known.delete(stream);
    this.#known.set(stream, entry);
    const [oldest] = this.#known.keys();
    if (this.#known.size > KEPT && oldest !== undefined) this.#known.delete(oldest);
  }
}

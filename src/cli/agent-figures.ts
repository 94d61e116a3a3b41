import type { DomainEvent } from '../store/events/index.ts';

/** What an agent did so far, from the log. */
export interface AgentFigures {
  readonly proposals: number;
  /** Items a person approved as they were, changed and approved, or rejected. */
  readonly approved: number;
  readonly edited: number;
  readonly rejected: number;
  /** Settled costs of models, millionths of a US dollar. */
  readonly costMicros: number;
}

type Counts = { -readonly [K in keyof AgentFigures]: AgentFigures[K] };

/** Counts event after event, in the order of the log. */
export class AgentCounter {
  readonly #figures = new Map<string, Counts>();
  /** Task → agent. */
  readonly #agents = new Map<string, string>();
  /** `ITEM@REVISION` a person wrote. */
  readonly #edits = new Set<string>();
  /** Reserved call → agent. */
  readonly #calls = new Map<string, string>();

  add(event: DomainEvent): void {
    const byHuman = event.actor.startsWith('human:');
    switch (event.type) {
      case 'TaskRequested':
        this.#agents.set(event.stream, event.data.agent);
        return;
      case 'TaskProposed':
        this.#of(event.stream).proposals += 1;
        return;
      case 'ItemRevised':
        if (byHuman) this.#edits.add(`${event.data.item}@${event.data.revision}`);
        return;
      case 'ItemApproved':
        if (byHuman) this.#of(event.stream)[this.#edits.has(`${event.data.item}@${event.data.revision}`) ? 'edited' : 'approved'] += 1;
        return;
      case 'ItemRejected':
        if (byHuman) this.#of(event.stream).rejected += 1;
        return;
      case 'SpendReserved':
        this.#calls.set(event.data.call, event.data.agent);
        return;
      case 'SpendSettled': {
        const agent = this.#calls.get(event.data.call);
        if (agent !== undefined) this.#named(agent).costMicros += event.data.costMicros;
        this.#calls.delete(event.data.call);
        return;
      }
      default:
    }
  }

  figures(agent: string): AgentFigures {
    return this.#named(agent);
  }

  #of(stream: string): Counts {
    return this.#named(this.#agents.get(stream) ?? '');
  }

  #named(agent: string): Counts {
    const known = this.#figures.get(agent) ?? { proposals: 0, approved: 0, edited: 0, rejected: 0, costMicros: 0 };
    this.#figures.set(agent, known);
    return known;
  }
}

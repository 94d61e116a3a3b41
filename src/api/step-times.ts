import type { DomainEvent, EventType } from '../store/events/index.ts';

/** Steps a task goes through: each from one of the first events to one of the last, of the same task or item. */
const STEPS: Readonly<Record<string, { readonly from: readonly EventType[]; readonly to: readonly EventType[] }>> = {
  /** It could run → it runs. */
  queue: { from: ['TaskRequested', 'TaskFailed', 'TaskRetried', 'TaskHandedBack'], to: ['TaskStarted'] },
  agent: { from: ['TaskStarted'], to: ['TaskProposed', 'TaskFailed'] },
  /** A person is asked → they, or time, have answered. */
  decision: { from: ['ItemAsked'], to: ['ItemApproved', 'ItemRejected'] },
  /** Decided → its footprint is written: holds, limits and quiet hours. */
  hold: { from: ['ItemApproved'], to: ['EffectStarted'] },
  effect: { from: ['EffectStarted'], to: ['EffectSucceeded', 'EffectFailed', 'EffectUnknown'] },
};

export interface StepTime {
  readonly step: string;
  readonly seconds: number;
}

/** Moments remembered of steps that have begun and not ended. */
const MAX_OPEN = 20_000;

/** Times steps, event after event in the order of the log. */
export class StepTimes {
  readonly #begun = new Map<string, number>();

  /** @returns the steps that end with this event */
  add(event: DomainEvent): readonly StepTime[] {
    // A model says itself how long it took.
    if (event.type === 'ModelAnswered') return [{ step: 'model', seconds: event.data.latencyMs / 1000 }];
    const about = 'item' in event.data ? event.data.item : event.stream;
    const at = new Date(event.at).getTime();
    return Object.entries(STEPS).flatMap(([step, { from, to }]) => {
      const key = `${step} ${about}`;
      const begun = this.#begun.get(key);
      const ended = begun !== undefined && to.includes(event.type);
      if (ended) this.#begun.delete(key);
      if (from.includes(event.type)) this.#begin(key, Math.max(at, notBefore(event)));
      return ended ? [{ step, seconds: Math.max(0, at - begun) / 1000 }] : [];
    });
  }

  #begin(key: string, at: number): void {
    this.#begun.set(key, at);
    if (this.#begun.size > MAX_OPEN) this.#begun.delete(this.#begun.keys().next().value ?? '');
  }
}

/** Work that is planned for later does not wait before its time. */
function notBefore(event: DomainEvent): number {
  const moment = event.type === 'TaskRequested' ? event.data.notBefore : event.type === 'TaskFailed' ? event.data.retryAt : null;
  return moment === null ? 0 : new Date(moment).getTime();
}

import { createHook } from 'node:async_hooks';
import type { Clock } from '../../src/ports.ts';

/** Rounds of the event loop with no request to the system under way, after which nothing will happen by itself. */
const QUIET_ROUNDS = 5;

// Requests that end by themselves: files, hashes, keys. Sockets, servers and timers wait for somebody else.
const endsByItself = (type: string) => /^FSREQ|REQ$|REQUEST$/.test(type) && type !== 'HTTPCLIENTREQUEST';
const underWay = new Set<number>();
createHook({
  trackPromises: false,
  init: (id, type) => endsByItself(type) && underWay.add(id),
  destroy: (id) => underWay.delete(id),
}).enable();

/** Lets everything that needs no time to pass come to its end. */
export async function settle(): Promise<void> {
  for (let quiet = 0; quiet < QUIET_ROUNDS; ) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    quiet = underWay.size > 0 ? 0 : quiet + 1;
  }
}

interface Alarm {
  readonly at: number;
  readonly run: () => void;
}

/**
 * Time that moves only when told to, and only when all that could happen before has happened: the
 * same calls give the same run, alarm by alarm (I11). Alarms of the same moment ring as they were set.
 */
export class VirtualClock implements Clock {
  readonly #alarms = new Set<Alarm>();
  #now: number;
  /** Waits until all that an alarm set going has happened. */
  settled: () => Promise<void> = settle;

  constructor(start: string) {
    this.#now = Date.parse(start);
  }

  now(): number {
    return this.#now;
  }

  at(at: number, run: () => void): () => void {
    const alarm = { at, run };
    this.#alarms.add(alarm);
    return () => this.#alarms.delete(alarm);
  }

  /** Moves `ms` ahead; on the way every alarm rings at its time and what follows from it settles. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.#ringUntil(end);
    this.#now = end;
  }

  /** Wakes `ms` later at once, as a laptop does that was closed: what came due meanwhile rings then. */
  async leap(ms: number): Promise<void> {
    await this.settled();
    this.#now += ms;
    await this.#ringUntil(this.#now);
  }

  /** Moves from alarm to alarm until none is left, or `atMost` ms have passed; ends at the last one that rang. */
  runUntilIdle(atMost: number): Promise<void> {
    return this.#ringUntil(this.#now + atMost);
  }

  async #ringUntil(end: number): Promise<void> {
    await this.settled();
    for (let next = this.#next(); next && next.at <= end; next = this.#next()) {
      this.#alarms.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await this.settled();
    }
  }

  #next(): Alarm | undefined {
    let first: Alarm | undefined;
    for (const alarm of this.#alarms) if (!first || alarm.at < first.at) first = alarm;
    return first;
  }
}

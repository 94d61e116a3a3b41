import type { Clock } from '../ports.ts';
import type { Reporter } from './kernel.ts';

/** Work nobody waits for. What goes wrong is reported; reconciliation comes back to it. */
export class Background {
  readonly #clock: Clock;
  readonly #report: Reporter;
  readonly #running = new Set<Promise<unknown>>();
  readonly #alarms = new Set<() => void>();
  #stopped = false;

  constructor(clock: Clock, report: Reporter) {
    this.#clock = clock;
    this.#report = report;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  go(what: string, work: () => Promise<unknown>): void {
    if (this.#stopped) return;
    const running: Promise<unknown> = work()
      .catch((error) => this.#report.error(`Director: ${what}`, error))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** @returns how to cancel it */
  later(at: number, what: string, work: () => Promise<unknown>): () => void {
    if (this.#stopped) return () => {};
    const cancel = this.#clock.at(at, () => {
      this.#alarms.delete(cancel);
      this.go(what, work);
    });
    this.#alarms.add(cancel);
    return () => {
      this.#alarms.delete(cancel);
      cancel();
    };
  }

  get busy(): boolean {
    return this.#running.size > 0;
  }

  /** Resolves when nothing runs. */
  async idle(): Promise<void> {
    while (this.busy) await Promise.allSettled(this.#running);
  }

  /** Starts nothing new and waits for what runs. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const cancel of this.#alarms) cancel();
    await this.idle();
  }
}

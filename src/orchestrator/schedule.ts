import { instant } from '../ports.ts';
import { VersionConflict } from '../store/errors.ts';
import { newEvent } from '../store/events/index.ts';
import type { Kernel } from './kernel.ts';
import { latestSlot, nextSlot } from './policy/slots.ts';

interface Cron {
  readonly cron: string;
  readonly timeZone: string;
}

/**
 * Fires each slot of each schedule once: `schedule:ID@SLOT` must not exist. Slots missed while
 * nothing ran collapse into the latest one.
 */
export class Schedules {
  readonly #kernel: Kernel;
  /** Schedule → its latest slot known to have fired, ms. */
  readonly #fired = new Map<string, number>();
  /** Schedule → its next slot, and what it was computed from. */
  readonly #slots = new Map<string, { readonly at: number; readonly of: string }>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  #all(): Readonly<Record<string, Cron>> {
    const { company, policies } = this.#kernel.settings();
    return { batch: { cron: policies.batch.schedule, timeZone: policies.batch.timeZone ?? company.timeZone } };
  }

  /** Fires what is due. */
  async check(): Promise<void> {
    const now = this.#kernel.clock.now();
    for (const [id, { cron, timeZone }] of Object.entries(this.#all())) {
      const slot = latestSlot(cron, timeZone, now);
      if (this.#fired.get(id) === slot) continue;
      await this.#fire(id, slot);
      this.#fired.set(id, slot);
    }
  }

  /** When each schedule fires next, ms since 1970. */
  next(): number[] {
    return Object.entries(this.#all()).map(([id, cron]) => this.#next(id, cron));
  }

  /** Computed again only when the slot has passed or the schedule changed: it is asked for after every commit. */
  #next(id: string, { cron, timeZone }: Cron): number {
    const now = this.#kernel.clock.now();
    const known = this.#slots.get(id);
    if (known !== undefined && known.at > now && known.of === `${cron} ${timeZone}`) return known.at;
    const at = nextSlot(cron, timeZone, now);
    this.#slots.set(id, { at, of: `${cron} ${timeZone}` });
    return at;
  }

  async #fire(id: string, slot: number): Promise<void> {
    const stream = `schedule:${id}@${instant(slot).replaceAll(':', '')}`;
    const envelope = { actor: 'system:director', source: 'schedule', cause: null, correlation: stream, subject: null };
    try {
      await this.#kernel.journal.append([newEvent(stream, 'SlotFired', { schedule: id, slot: instant(slot) }, envelope)], { [stream]: 'absent' });
    } catch (error) {
      if (!(error instanceof VersionConflict)) throw error; // It has fired before.
    }
  }
}

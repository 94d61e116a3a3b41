import { VersionConflict } from '../store/errors.ts';
import { newEvent } from '../store/events/index.ts';
import type { Expected, KeyValueStore } from '../store/log.ts';
import type { Kernel } from './kernel.ts';

/** The stream that says who leads: one event per term. */
const STREAM = 'leader';
const LEASE = 'director:lease';
/** How long a leader that says nothing any more is waited for, and how often it says so, ms. */
const LEASE_MS = 4_000;
const BEAT_MS = 1_000;

/** One process leading, from its event in the log to the next process's. */
export interface Term {
  readonly epoch: number;
  /** Every commit of the leader expects this: once somebody else has taken over, none of them holds. */
  readonly fence: Readonly<Record<string, Expected>>;
}

export interface LeadershipParts {
  readonly kernel: Pick<Kernel, 'journal' | 'clock' | 'process' | 'projector' | 'report'>;
  readonly leases: KeyValueStore;
  /** Begins to lead. */
  readonly take: (term: Term) => Promise<void>;
  /** Stops; called once for each `take`, also when that failed. */
  readonly leave: () => Promise<void>;
}

/**
 * Of all processes on one log one leads, the others stand by and take over within seconds. The
 * lease only says when to try; what makes it safe is the term in the log, which every commit of the
 * leader expects unchanged. A leader that was paused past its lease cannot write when it wakes.
 */
export class Leadership {
  readonly #parts: LeadershipParts;
  /** Version of the lease while this process leads. */
  #lease: number | null = null;
  #epoch = 0;
  #stopped = false;
  #beat: Promise<void> = Promise.resolve();
  #cancel = () => {};
  #stopListening = () => {};

  constructor(parts: LeadershipParts) {
    this.#parts = parts;
  }

  get leads(): boolean {
    return this.#lease !== null;
  }

  /** Resolves after the first try to lead. */
  async start(): Promise<void> {
    this.#stopListening = this.#parts.kernel.projector.onApplied((commits) => {
      const superseded = commits.some(({ events }) => events.some((event) => event.type === 'LeadershipTaken' && event.data.epoch > this.#epoch));
      if (superseded) this.#turn(() => this.#stepDown());
    });
    this.#turn(() => this.#tick());
    await this.#beat;
    this.#next();
  }

  /** Resolves when no change of leaders is under way here. */
  idle(): Promise<void> {
    return this.#beat;
  }

  /** Hands over: the next process need not wait for the lease to run out. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    this.#stopListening();
    this.#turn(async () => {
      const led = this.leads;
      await this.#stepDown();
      if (led) await this.#parts.leases.delete(LEASE);
    });
    await this.#beat;
  }

  #next(): void {
    if (this.#stopped) return;
    this.#cancel = this.#parts.kernel.clock.at(this.#parts.kernel.clock.now() + BEAT_MS, () => {
      this.#turn(() => this.#tick());
      void this.#beat.then(() => this.#next());
    });
  }

  /** One thing at a time: a term ends before the next begins. */
  #turn(work: () => Promise<void>): void {
    this.#beat = this.#beat.then(work).catch((error) => this.#parts.kernel.report.error('Leading: the next beat tries again', error));
  }

  async #tick(): Promise<void> {
    if (this.#stopped) return;
    if (this.#lease !== null) {
      this.#lease = await this.#parts.leases.set(LEASE, this.#parts.kernel.process, LEASE_MS, this.#lease);
      if (this.#lease !== null) return;
      // This process was away for too long: the term is over, whoever has the next one.
      await this.#parts.leave();
    }
    if ((await this.#parts.leases.get(LEASE)) !== null) return;
    const term = await this.#takeTerm();
    if (term === null) return;
    this.#lease = await this.#parts.leases.set(LEASE, this.#parts.kernel.process, LEASE_MS, 0);
    if (this.#lease === null) return;
    this.#epoch = term.epoch;
    try {
      await this.#parts.take(term);
    } catch (error) {
      await this.#stepDown();
      throw error;
    }
  }

  async #takeTerm(): Promise<Term | null> {
    const { journal, process } = this.#parts.kernel;
    const terms = await journal.readStream(STREAM);
    const epoch = terms.length + 1;
    const envelope = { actor: 'system:director', source: 'director', cause: null, correlation: `${STREAM}@${epoch}`, subject: null };
    try {
      await journal.append([newEvent(STREAM, 'LeadershipTaken', { epoch, process }, envelope)], { [STREAM]: terms.length });
      return { epoch, fence: { [STREAM]: epoch } };
    } catch (error) {
      if (error instanceof VersionConflict) return null;
      throw error;
    }
  }

  async #stepDown(): Promise<void> {
    if (this.#lease === null) return;
    this.#lease = null;
    await this.#parts.leave();
  }
}

/** Some process leads, as far as its lease says. */
export const isLed = async (leases: KeyValueStore): Promise<boolean> => (await leases.get(LEASE)) !== null;

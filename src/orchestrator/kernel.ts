import type { Registry } from '../agents/registry.ts';
import type { Clock, Random } from '../ports.ts';
import type { Settings } from '../settings/load-settings.ts';
import type { DocumentStore } from '../store/documents.ts';
import { VersionConflict } from '../store/errors.ts';
import type { Envelope } from '../store/events/index.ts';
import type { Journal } from '../store/journal.ts';
import type { BlobStore } from '../store/log.ts';
import type { ControlState } from '../store/projections/control.ts';
import type { EntityState } from '../store/projections/entity.ts';
import type { Projections } from '../store/projections/projector.ts';
import type { SealedBlobs } from '../store/sealed-blobs.ts';
import type { ApprovalState } from './approval.ts';
import type { Draft } from './draft.ts';
import type { Actions } from './effects/registry.ts';
import type { States } from './states.ts';
import type { TaskState } from './task.ts';

/** Where what goes wrong in the background is told; never receives personal data or secrets. */
export interface Reporter {
  info(message: string, details?: Record<string, unknown>): void;
  error(message: string, error: unknown): void;
}

/** Everything the shells of the orchestrator work with; put together in `main.ts`. */
export interface Kernel {
  readonly journal: Journal;
  readonly states: States;
  readonly documents: DocumentStore;
  readonly blobs: BlobStore;
  readonly sealedBlobs: SealedBlobs;
  readonly projector: Projections;
  readonly clock: Clock;
  readonly random: Random;
  readonly agents: Registry;
  readonly actions: Actions;
  /** As last loaded; a wrong file leaves the old ones in force. */
  readonly settings: () => Settings;
  /** Pauses, learned rules, live or practice, as the documents have them. */
  readonly control: () => ControlState;
  /** A keyed hash that outlives forgetting: the same text gives the same id, and nobody else can compute it. */
  readonly pseudonym: (text: string) => string;
  /** Adds to a commit what follows for a task from what it holds, where this process is the one that leads; elsewhere the leader does so later. */
  readonly goOn: (draft: Draft, task: string) => Promise<void>;
  /** Names this process in the log. */
  readonly process: string;
  readonly report: Reporter;
}

// Each was folded from a stream of that name.
export const loadTask = (kernel: Kernel, id: string) => kernel.states.load(`task:${id}`) as Promise<TaskState | null>;
export const loadApproval = (kernel: Kernel, id: string) => kernel.states.load(`approval:${id}`) as Promise<ApprovalState | null>;
export const loadEntity = (kernel: Kernel, ref: string) => kernel.states.load(ref) as Promise<EntityState | null>;

/** The envelope of an event that belongs to a task. */
export const about = (task: TaskState, actor: string, source: string): Envelope => ({
  actor,
  source,
  cause: `task:${task.id}@${task.version}`,
  correlation: task.correlation,
  subject: task.person,
});

/** Load, decide, append; again when somebody else was faster (I2). */
export async function retryConflicts<T>(attempt: () => Promise<T>, tries = 20): Promise<T> {
  for (let left = tries; ; left -= 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof VersionConflict) || left <= 1) throw error;
    }
  }
}

/** Runs work one after the other per key, so that two events about one task never race here. */
export class KeyedQueue {
  readonly #tails = new Map<string, Promise<unknown>>();

  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.#tails.set(key, mine);
    const clear = () => {
      if (this.#tails.get(key) === mine) this.#tails.delete(key);
    };
    mine.then(clear, clear);
    return mine;
  }

  /** Resolves when nothing runs or waits. */
  async idle(): Promise<void> {
    while (this.#tails.size > 0) await Promise.allSettled(this.#tails.values());
  }
}

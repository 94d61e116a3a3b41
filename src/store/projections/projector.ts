import type { Clock } from '../../ports.ts';
import type { DocumentStore } from '../documents.ts';
import { ENTITIES } from '../entities.ts';
import type { DomainEvent, Recorded } from '../events/index.ts';
import type { Journal } from '../journal.ts';
import type { Subscription } from '../log.ts';
import { Fold } from './project.ts';

type Listener = (commits: readonly Recorded[]) => void;

/** What the rest of the system wants of the projections, whoever keeps them up. */
export interface Projections {
  /** Resolves when the documents hold commit `number`. */
  reached(number: number): Promise<void>;
  /** Called after the documents hold these commits, in order. Returns how to stop. */
  onApplied(listener: Listener): () => void;
}

/** Keeps the documents up with the log, and tells others once they are. */
export class Projector implements Projections {
  readonly #journal: Journal;
  readonly #documents: DocumentStore;
  readonly #listeners = new Set<Listener>();
  readonly #waiting: { number: number; resolve: () => void }[] = [];
  #fold = new Fold();
  #position = 0;
  #subscription: Subscription | null = null;

  constructor(journal: Journal, documents: DocumentStore) {
    this.#journal = journal;
    this.#documents = documents;
  }

  /** Folds what is missing, then follows the log. Resolves when caught up with the log as it was. */
  async start(onError: (error: unknown) => void): Promise<void> {
    await this.catchUp();
    this.#subscription = this.#journal.subscribe(this.#position, (commits) => this.#apply(commits), onError);
  }

  /** Folds what is missing and stops there. */
  async catchUp(): Promise<void> {
    // A power cut may take the end of a log that nobody was promised; the documents must not hold it.
    if ((await this.#documents.checkpoint()) > (await this.#journal.head())) await rebuild(this.#journal, this.#documents, () => {});
    this.#position = await this.#documents.checkpoint();
    for await (const commits of this.#journal.read(this.#position)) await this.#apply(commits);
  }

  async stop(): Promise<void> {
    await this.#subscription?.stop();
  }

  onApplied(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  reached(number: number): Promise<void> {
    if (this.#position >= number) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ number, resolve }));
  }

  async #apply(commits: readonly Recorded[]): Promise<void> {
    const last = commits.at(-1);
    if (last === undefined) return;
    try {
      await foldInto(this.#fold, this.#documents, commits);
      const forgotten = commits.flatMap(({ events }) => events.flatMap((event) => (event.type === 'PersonForgotten' ? [event.data.person] : [])));
      if (forgotten.length > 0) {
        // Ahead of the checkpoint, so that the person's documents are found; folding twice changes nothing.
        await this.#documents.apply({ checkpoint: this.#position, put: this.#fold.take() });
        this.#fold = new Fold();
      }
      await this.#documents.apply({ checkpoint: last.commit, put: [...this.#fold.take(), ...(await this.#refold(forgotten))] });
    } catch (error) {
      // What was folded but not written must be folded again from what is stored.
      this.#fold = new Fold();
      throw error;
    }
    this.#position = last.commit;
    for (const entry of this.#waiting.filter(({ number }) => number <= this.#position)) {
      this.#waiting.splice(this.#waiting.indexOf(entry), 1);
      entry.resolve();
    }
    for (const listener of this.#listeners) listener(commits);
  }

  /** With the key gone, everything folded from a person's events is folded again. */
  async #refold(persons: readonly string[]) {
    const fresh = new Fold(Number.POSITIVE_INFINITY);
    for (const person of persons) {
      for (const collection of [...Object.keys(ENTITIES), 'task', 'approval']) {
        const written = await this.#documents.find(collection, { where: { person } });
        for (const { id } of written) for (const event of await this.#journal.readStream(`${collection}:${id}`)) fresh.fold(event);
      }
    }
    return fresh.take();
  }
}

async function foldInto(fold: Fold, documents: DocumentStore, commits: readonly Recorded[]): Promise<void> {
  const events: DomainEvent[] = commits.flatMap((commit) => commit.events);
  for (const [collection, ids] of fold.need(events)) for (const document of await documents.getMany(collection, ids)) fold.load(document);
  for (const event of events) fold.fold(event);
}

/**
 * Folds the whole log anew and swaps (I1).
 * @param progress called with the commit number reached
 */
export async function rebuild(journal: Journal, documents: DocumentStore, progress: (commit: number) => void): Promise<void> {
  await documents.replace(async (write) => {
    // Nothing can be loaded back from the shadow set, so everything stays in memory until the end.
    const fold = new Fold(Number.POSITIVE_INFINITY);
    let checkpoint = 0;
    for await (const commits of journal.read(0)) {
      for (const { events } of commits) for (const event of events) fold.fold(event);
      checkpoint = commits.at(-1)?.commit ?? checkpoint;
      progress(checkpoint);
    }
    await write({ checkpoint, put: fold.take() });
  });
}

/** For a command that owns the data folder for a moment: folds what is missing when asked. */
export function foldOnDemand(journal: Journal, documents: DocumentStore): Projections {
  const projector = new Projector(journal, documents);
  return { reached: () => projector.catchUp(), onApplied: (listener) => projector.onApplied(listener) };
}

/**
 * For a command beside a running server: the server keeps the documents up.
 * @param patience ms after which it stops waiting; what was appended is safe in the log
 */
export function foldedElsewhere(documents: DocumentStore, clock: Clock, patience = 3_000): Projections {
  const pause = () => new Promise<void>((resolve) => clock.at(clock.now() + 20, resolve));
  return {
    async reached(number) {
      const end = clock.now() + patience;
      while ((await documents.checkpoint()) < number && clock.now() < end) await pause();
    },
    onApplied: () => () => {},
  };
}

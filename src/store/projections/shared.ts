import type { Clock } from '../../ports.ts';
import type { DocumentStore } from '../documents.ts';
import type { Recorded } from '../events/index.ts';
import type { Journal } from '../journal.ts';
import type { Subscription } from '../log.ts';
import { type Projections, Projector } from './projector.ts';

type Listener = (commits: readonly Recorded[]) => void;

/** Between two looks at how far the documents have come, ms. */
const PAUSE = 10;

/**
 * The documents that several processes share: one of them folds, the others wait for it. Whichever
 * this one is, and whenever that changes, its listeners hear of every commit once and in order.
 */
export class SharedProjections implements Projections {
  readonly #journal: Journal;
  readonly #documents: DocumentStore;
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  readonly #listeners = new Set<Listener>();
  #waiting: { readonly number: number; readonly resolve: () => void }[] = [];
  /** What listeners have heard of. */
  #position = 0;
  #folding: Projector | null = null;
  #following: { stop(): Promise<void> } | null = null;

  constructor(journal: Journal, documents: DocumentStore, clock: Clock, onError: (error: unknown) => void) {
    this.#journal = journal;
    this.#documents = documents;
    this.#clock = clock;
    this.#onError = onError;
  }

  /** Begins to follow, from what the documents hold now. */
  async start(): Promise<void> {
    this.#position = await this.#documents.checkpoint();
    this.#follow();
  }

  /** From now on this process folds. Resolves once the documents are up with the log as it was. */
  async fold(): Promise<void> {
    await this.#leave();
    // Folded by another process after this one last looked.
    const folded = await this.#documents.checkpoint();
    for await (const commits of this.#journal.read(this.#position)) {
      this.#tell(commits.filter(({ commit }) => commit <= folded));
      if ((commits.at(-1)?.commit ?? 0) >= folded) break;
    }
    const projector = new Projector(this.#journal, this.#documents);
    projector.onApplied((commits) => this.#tell(commits));
    this.#folding = projector;
    await projector.start(this.#onError);
  }

  /** From now on another process folds. */
  async follow(): Promise<void> {
    await this.#leave();
    this.#follow();
  }

  stop(): Promise<void> {
    return this.#leave();
  }

  reached(number: number): Promise<void> {
    if (this.#position >= number) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ number, resolve }));
  }

  onApplied(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #leave(): Promise<void> {
    const [folding, following] = [this.#folding, this.#following];
    this.#folding = null;
    this.#following = null;
    await folding?.stop();
    await following?.stop();
  }

  #follow(): void {
    let stopped = false;
    let wake = () => {};
    const pause = () =>
      new Promise<void>((resolve) => {
        const cancel = this.#clock.at(this.#clock.now() + PAUSE, resolve);
        wake = () => {
          cancel();
          resolve();
        };
      });
    const subscription: Subscription = this.#journal.subscribe(
      this.#position,
      async (commits) => {
        const last = commits.at(-1)?.commit ?? 0;
        while (!stopped && (await this.#documents.checkpoint()) < last) await pause();
        if (!stopped) this.#tell(commits);
      },
      this.#onError,
    );
    this.#following = {
      async stop() {
        stopped = true;
        wake();
        await subscription.stop();
      },
    };
  }

  #tell(commits: readonly Recorded[]): void {
    const news = commits.filter(({ commit }) => commit > this.#position);
    const last = news.at(-1);
    if (last === undefined) return;
    this.#position = last.commit;
    const ready = this.#waiting.filter(({ number }) => number <= last.commit);
    this.#waiting = this.#waiting.filter(({ number }) => number > last.commit);
    for (const { resolve } of ready) resolve();
    for (const listener of this.#listeners) listener(news);
  }
}

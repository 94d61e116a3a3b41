import type { ChangeStream, Collection } from 'mongodb';
import type { Clock } from '../../ports.ts';
import { COMMITS, type CommitDocument } from './commits.ts';
import type { Connection } from './connect.ts';

/** Between two looks at the end of the log, ms: often while much happens; with a change stream only in case it is silent. */
const OFTEN = 50;
const SELDOM = 250;
const WITH_STREAM = 5_000;
/** After so many looks without news the next come seldom. */
const QUIET = 40;
/** Before a change stream that broke is opened again, ms. */
const REOPEN = 1_000;

/**
 * Tells whoever listens that there may be something new in the log: at once what this process appended,
 * what others did by a change stream, or, on a standalone and while the stream is down, by looking.
 */
export class News {
  readonly #commits: Collection<CommitDocument>;
  readonly #clock: Clock;
  readonly #streams: boolean;
  readonly #listeners = new Set<() => void>();
  /** The last commit that listeners were told of. */
  #told = 0;
  #quiet = 0;
  #stream: ChangeStream | null = null;
  #streamOpensAt = 0;
  #cancel = () => {};
  #closed = false;

  constructor({ db, server }: Connection, clock: Clock) {
    this.#commits = db.collection<CommitDocument>(COMMITS, { readConcern: { level: 'majority' } });
    this.#clock = clock;
    this.#streams = server.replicaSet !== null;
  }

  /** @returns a function that ends it */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#begin();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#end();
    };
  }

  /** The log has come to commit `number`. */
  tell(number: number): void {
    if (number <= this.#told) return;
    this.#told = number;
    this.#quiet = 0;
    for (const listener of this.#listeners) listener();
  }

  close(): void {
    this.#closed = true;
    this.#listeners.clear();
    this.#end();
  }

  #begin(): void {
    this.#openStream();
    this.#next();
  }

  #end(): void {
    this.#cancel();
    this.#closeStream();
  }

  #next(): void {
    const pause = this.#stream !== null ? WITH_STREAM : this.#quiet < QUIET ? OFTEN : SELDOM;
    this.#cancel();
    this.#cancel = this.#clock.at(this.#clock.now() + pause, () => {
      void this.#look().then(() => {
        if (this.#listeners.size > 0) this.#next();
      });
    });
  }

  async #look(): Promise<void> {
    this.#openStream();
    this.#quiet += 1;
    try {
      const last = await this.#commits.findOne({}, { projection: { _id: 1 }, sort: { _id: -1 } });
      if (last !== null) this.tell(last._id);
    } catch {
      // Whoever listens reads now, and hears of what is wrong.
      for (const listener of this.#listeners) listener();
    }
  }

  /** What it says is only that there is news; what that is, is read from the log. So one that broke needs no resuming. */
  #openStream(): void {
    if (!this.#streams || this.#stream !== null || this.#closed || this.#clock.now() < this.#streamOpensAt) return;
    const stream = this.#commits.watch([{ $match: { operationType: 'insert' } }, { $project: { documentKey: 1 } }]);
    this.#stream = stream;
    stream.on('change', (change) => {
      if ('documentKey' in change) this.tell(change.documentKey._id);
    });
    stream.on('error', () => this.#broke(stream));
    stream.on('close', () => this.#broke(stream));
  }

  /** From here on by looking, until it can be opened again. */
  #broke(stream: ChangeStream): void {
    if (this.#stream !== stream) return;
    this.#closeStream();
    this.#streamOpensAt = this.#clock.now() + REOPEN;
    this.#quiet = 0;
    if (this.#listeners.size > 0) this.#next();
  }

  #closeStream(): void {
    const stream = this.#stream;
    this.#stream = null;
    stream?.removeAllListeners();
    // The driver reports what is cut off by closing.
    stream?.on('error', () => {});
    stream?.close().catch(() => {});
  }
}

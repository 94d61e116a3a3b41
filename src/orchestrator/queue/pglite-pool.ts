import { EventEmitter } from 'node:events';
import type { PgPool, PgPoolClient, PgQueryResult } from 'bullmq';
import { PgliteWorker } from './pglite-worker.ts';

/** One of the pool's "connections": all share the one session that PGlite has. */
class PgliteClient extends EventEmitter implements PgPoolClient {
  readonly query: PglitePool['query'];
  readonly release: () => void;

  constructor(query: PglitePool['query'], release: (client: PgliteClient) => void) {
    super();
    this.query = query;
    this.release = () => release(this);
  }
}

/**
 * A `pg.Pool` as far as BullMQ's PostgreSQL backend uses one, over a PGlite in a thread: plain and
 * parameterised queries, LISTEN/NOTIFY, and a session that lives as long as the thread. The socket
 * server that PGlite offers for real drivers loses notifications, so nothing here goes through it.
 *
 * A thread that dies is replaced by one with empty queues, which is asked again what was not answered;
 * BullMQ listens again as after a lost connection.
 */
export class PglitePool extends EventEmitter implements PgPool {
  /** A connection inside the process cannot drop unseen, so workers may wait long without polling. */
  readonly options = { keepAlive: true };
  readonly #image: Uint8Array;
  readonly #clients = new Set<PgliteClient>();
  #worker: PgliteWorker;

  /** @param image of a data folder with BullMQ's tables, packed. When no PostgreSQL comes of it, every query is rejected. */
  constructor(image: Uint8Array) {
    super();
    this.setMaxListeners(0); // every queue and worker listens for errors
    this.#image = image;
    this.#worker = this.#start();
  }

  // Bound: BullMQ's clients share it.
  readonly query = async <R>(text: string, values?: readonly unknown[]): Promise<PgQueryResult<R>> => {
    const { promise, resolve, reject } = Promise.withResolvers<readonly unknown[]>();
    this.#worker.ask({ text, values, resolve, reject, again: false });
    return { rows: (await promise) as R[] }; // typed by who wrote the statement, as with node-postgres
  };

  async connect(): Promise<PgliteClient> {
    const client = new PgliteClient(this.query, (released) => this.#clients.delete(released));
    this.#clients.add(client);
    return client;
  }

  /** Ends the thread at once. Nothing in it had to last. */
  async end(): Promise<void> {
    // In node-postgres' words, which BullMQ knows.
    await this.#worker.stop(new Error('The queue is closed: cannot use a pool after calling end on the pool.'));
  }

  #start(): PgliteWorker {
    return new PgliteWorker(this.#image, {
      notified: (notification) => {
        for (const client of this.#clients) client.emit('notification', notification);
      },
      died: (error, worked, unanswered) => {
        // One that never came up would not do so the next time.
        if (worked) this.#worker = this.#start();
        for (const request of unanswered) {
          if (request.again) request.reject(error);
          else this.#worker.ask({ ...request, again: true });
        }
        for (const emitter of [this, ...this.#clients]) if (emitter.listenerCount('error') > 0) emitter.emit('error', error);
      },
    });
  }
}

import { EventEmitter } from 'node:events';
import type { PGlite } from '@electric-sql/pglite';
import type { PgPool, PgPoolClient, PgQueryResult } from 'bullmq';

/** `bigint` arrives as text, as node-postgres gives it and BullMQ expects it. */
const INT8 = 20;
const parsers = { [INT8]: (text: string) => text };

async function query<R>(db: PGlite, text: string, params?: readonly unknown[]): Promise<PgQueryResult<R>> {
  if (params) return db.query<R>(text, [...params], { parsers });
  // Only the simple protocol takes several statements at once, as migrations have them.
  const results = await db.exec(text, { parsers });
  const last = results.at(-1);
  // `exec` types rows loosely where `query` lets the caller say: the same rows either way.
  return { rows: (last?.rows ?? []) as R[] };
}

/** One of the pool's "connections": all share the one session that PGlite has. */
class PgliteClient extends EventEmitter implements PgPoolClient {
  readonly #db: PGlite;
  readonly #stopHearing: () => void;

  constructor(db: PGlite) {
    super();
    this.#db = db;
    this.#stopHearing = db.onNotification((channel, payload) => this.emit('notification', { channel, payload }));
  }

  query<R>(text: string, params?: readonly unknown[]): Promise<PgQueryResult<R>> {
    return query(this.#db, text, params);
  }

  release(): void {
    this.#stopHearing();
  }
}

/**
 * A `pg.Pool` as far as BullMQ's PostgreSQL backend uses one, over an in-process PGlite: plain and
 * parameterised queries, LISTEN/NOTIFY, and a session that lives as long as the pool. The socket
 * server that PGlite offers for real drivers loses notifications, so nothing here goes through it.
 */
export class PglitePool extends EventEmitter implements PgPool {
  /** A connection inside the process cannot drop unseen, so workers may wait long without polling. */
  readonly options = { keepAlive: true };
  readonly #db: PGlite;

  constructor(db: PGlite) {
    super();
    this.#db = db;
    this.setMaxListeners(0); // every queue and worker listens for errors
  }

  query<R>(text: string, params?: readonly unknown[]): Promise<PgQueryResult<R>> {
    return query(this.#db, text, params);
  }

  async connect(): Promise<PgliteClient> {
    return new PgliteClient(this.#db);
  }

  async end(): Promise<void> {
    await this.#db.close();
  }
}

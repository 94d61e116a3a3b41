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

/** Statements between two rounds of upkeep: about 1,000 jobs, after which it takes 15 ms. */
const UPKEEP_EVERY = 5_000;

/**
 * What a server's background processes would do. Without it 1,000 jobs leave 9 MB behind for good:
 * dead rows, dead columns of BullMQ's temporary tables, and the log of writes.
 */
const UPKEEP = ['VACUUM (SKIP_DATABASE_STATS) job, event, meta, pg_class, pg_attribute, pg_type, pg_depend', 'CHECKPOINT'];

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
  #statements = 0;

  constructor(db: PGlite) {
    super();
    this.#db = db;
    this.setMaxListeners(0); // every queue and worker listens for errors
  }

  query<R>(text: string, params?: readonly unknown[]): Promise<PgQueryResult<R>> {
    this.#statements += 1;
    if (this.#statements % UPKEEP_EVERY === 0) void this.#upkeep();
    return query(this.#db, text, params);
  }

  async #upkeep(): Promise<void> {
    try {
      for (const statement of UPKEEP) await this.#db.exec(statement);
    } catch (error) {
      if (!this.#db.closed) this.emit('error', error);
    }
  }

  async connect(): Promise<PgliteClient> {
    return new PgliteClient(this.#db);
  }

  async end(): Promise<void> {
    await this.#db.close();
  }
}

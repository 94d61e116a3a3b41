import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { Clock } from '../../ports.ts';
import { CountersignError } from '../errors.ts';
import { type Flush, WriteAheadLog } from './flush.ts';
import { isBusy, isSqliteError, notKept, unavailable } from './problems.ts';

export interface DatabaseOptions {
  readonly clock: Clock;
  /** How what was written survives a power cut before it is acknowledged (I3); `null`: it survives `kill -9`, for what can be made again. */
  readonly flush: Flush | null;
  /**
   * What is deleted is overwritten at once (`ON`), only where that costs no further write, so that
   * `scrub` has the rest to do (`FAST`), or not (`OFF`: nothing is ever deleted, or nothing of it is personal).
   */
  readonly secureDelete: 'ON' | 'FAST' | 'OFF';
  /** Bytes; larger for larger rows. */
  readonly pageSize?: 8192;
  /** Statements that create what is missing; run in one transaction at opening. */
  readonly schema: string;
}

/** What the owner of a database does around each write transaction. `begun` and `committing` run inside it. */
export interface Hooks {
  begun?(): void;
  committing?(): void;
  /** What it returns is called once the transaction is durable. */
  committed?(): () => void;
  /** Nothing of the transaction was kept. */
  rolledBack?(): void;
}

/** A write that waits for its transaction. */
class Pending<T> {
  readonly bytes: number;
  readonly reject: (error: unknown) => void;
  readonly #work: () => T;
  readonly #resolve: (result: T) => void;

  constructor(work: () => T, bytes: number, resolve: (result: T) => void, reject: (error: unknown) => void) {
    this.#work = work;
    this.bytes = bytes;
    this.#resolve = resolve;
    this.reject = reject;
  }

  /** Works in the transaction. @returns what tells the caller, once that is committed */
  run(): () => void {
    try {
      const result = this.#work();
      return () => this.#resolve(result);
    } catch (error) {
      if (isSqliteError(error)) throw error;
      return () => this.reject(error);
    }
  }
}

/** A pending write, whatever it gives its caller. */
type AnyPending = Pick<Pending<unknown>, 'run' | 'bytes' | 'reject'>;

/** One transaction takes at most so much, to stay under 10 ms; a single larger work goes alone. */
const GROUP_WORKS = 800;
const GROUP_BYTES = 1024 * 1024;
/** How long another process may hold the lock before writers and readers are told, and the pause between tries, ms. */
const LONGEST_WAIT = 10_000;
const PAUSE = 5;
const KEPT_STATEMENTS = 200;

/**
 * One file. Writes that come within one turn of the event loop share a transaction, so they share
 * its flush to disk. A lock that another process holds is waited for without blocking.
 */
export class Database {
  readonly #db: DatabaseSync;
  readonly #file: string;
  readonly #clock: Clock;
  readonly #secureDelete: DatabaseOptions['secureDelete'];
  readonly #statements = new Map<string, StatementSync>();
  readonly #waits = new Map<() => void, () => void>();
  #pending: AnyPending[] = [];
  #draining: Promise<void> | null = null;
  #ahead: WriteAheadLog | null = null;
  #closed = false;
  hooks: Hooks = {};

  private constructor(file: string, { clock, secureDelete }: DatabaseOptions) {
    this.#file = file;
    this.#clock = clock;
    this.#secureDelete = secureDelete;
    this.#db = new DatabaseSync(file, { timeout: 0 });
  }

  /** @throws CountersignError `StoreUnavailable` */
  static async open(file: string, options: DatabaseOptions): Promise<Database> {
    const { flush, secureDelete, pageSize = 4096, schema } = options;
    let database: Database;
    try {
      database = new Database(file, options);
    } catch (error) {
      throw unavailable(file, error);
    }
    try {
      // Another process may be opening the same new file.
      await database.read(() => {
        // fullfsync: on macOS fsync alone does not reach the disk; elsewhere it changes nothing.
        database.#db.exec(`PRAGMA page_size = ${pageSize}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = 1; PRAGMA checkpoint_fullfsync = 1;
          PRAGMA secure_delete = ${secureDelete}; PRAGMA cache_size = -8000; PRAGMA trusted_schema = 0;`);
      });
      await database.write(() => database.#db.exec(schema));
      // The first write has brought the files themselves to the disk; from here on that is done here, beside the event loop.
      database.exec('PRAGMA synchronous = NORMAL');
      database.#ahead = flush === null ? null : await WriteAheadLog.open(file, flush);
    } catch (error) {
      database.#db.close();
      throw error;
    }
    return database;
  }

  exec(sql: string): void {
    this.#db.exec(sql);
  }

  /** Prepared once, kept while it is used. */
  prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#db.prepare(sql);
    const [oldest] = this.#statements.keys();
    if (this.#statements.size >= KEPT_STATEMENTS && oldest !== undefined) this.#statements.delete(oldest);
    this.#statements.set(sql, statement);
    return statement;
  }

  run(sql: string, ...values: readonly SQLInputValue[]): number {
    return Number(this.prepare(sql).run(...values).changes);
  }

  /** Runs a look-up, again while another process holds the lock. @throws CountersignError `StoreUnavailable` */
  async read<T>(work: () => T): Promise<T> {
    for (let waited = 0; ; waited += PAUSE) {
      if (this.#closed) throw closed(this.#file);
      try {
        return work();
      } catch (error) {
        if (!isSqliteError(error)) throw error;
        if (!isBusy(error) || waited >= LONGEST_WAIT) throw unavailable(this.#file, error);
      }
      await this.#pause();
    }
  }

  /**
   * Runs work inside a write transaction and resolves once that is durable. Work must check first
   * and write then: after its first write it may not throw by itself, for neighbours share its transaction.
   * @param bytes about how much it writes
   * @throws CountersignError `StoreUnavailable`: nothing of it was kept; and whatever `work` throws
   */
  write<T>(work: () => T, bytes = 0): Promise<T> {
    if (this.#closed) return Promise.reject(closed(this.#file));
    if (this.#ahead?.failure) return Promise.reject(notKept(this.#file, this.#ahead.failure));
    return new Promise<T>((resolve, reject) => {
      this.#pending.push(new Pending(work, bytes, resolve, reject));
      this.#draining ??= this.#drain();
    });
  }

  /** Another connection has committed whenever this number changes. */
  changes(): number {
    return Number(this.prepare('PRAGMA data_version').get()?.['data_version']);
  }

  /** Leaves nothing that was deleted in the files: neither in free pages nor in the write-ahead log. */
  async scrub(): Promise<void> {
    await this.read(() => {
      if (this.#secureDelete === 'FAST') this.#db.exec('VACUUM');
      const result = this.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
      if (result?.['busy'] !== 0) throw Object.assign(new Error('a reader holds the write-ahead log'), { code: 'ERR_SQLITE_ERROR', errcode: 5 });
    });
  }

  /** Finishes what is pending. */
  async close(): Promise<void> {
    if (this.#closed) return;
    await this.#draining;
    await this.#ahead?.close();
    this.#closed = true;
    for (const wake of this.#waits.keys()) wake();
    this.#db.close();
  }

  async #drain(): Promise<void> {
    let waited = 0;
    await turn();
    while (this.#pending.length > 0) {
      const group = this.#nextGroup();
      try {
        const settle = this.#transact(group);
        this.#pending = this.#pending.slice(group.length);
        this.#tellOnceDurable(group, settle);
        waited = 0;
      } catch (error) {
        if (isBusy(error) && waited < LONGEST_WAIT) {
          waited += PAUSE;
          await this.#pause();
          continue;
        }
        this.#pending = this.#pending.slice(group.length);
        const problem = isSqliteError(error) ? unavailable(this.#file, error) : error;
        for (const { reject } of group) reject(problem);
      }
      await turn();
    }
    this.#draining = null;
  }

  /** Tells the callers, and whoever waits for news, only then (I3). What is written meanwhile shares the next flush. */
  #tellOnceDurable(group: readonly AnyPending[], settle: readonly (() => void)[]): void {
    const durable = this.hooks.committed?.();
    const done = () => {
      for (const tell of settle) tell();
      durable?.();
    };
    if (this.#ahead === null) return done();
    this.#ahead.reached(done, (error) => {
      for (const { reject } of group) reject(notKept(this.#file, error));
    });
  }

  #nextGroup(): readonly AnyPending[] {
    let bytes = 0;
    let count = 0;
    for (const entry of this.#pending) {
      bytes += entry.bytes;
      if (count > 0 && (bytes > GROUP_BYTES || count >= GROUP_WORKS)) break;
      count += 1;
    }
    return this.#pending.slice(0, count);
  }

  /** @returns what tells the callers, once all of it is durable */
  #transact(group: readonly AnyPending[]): (() => void)[] {
    this.prepare('BEGIN IMMEDIATE').run();
    try {
      this.hooks.begun?.();
      const settle = group.map((pending) => pending.run());
      this.hooks.committing?.();
      this.prepare('COMMIT').run();
      return settle;
    } catch (error) {
      // After some errors SQLite has rolled back by itself.
      if (this.#db.isTransaction) this.prepare('ROLLBACK').run();
      this.hooks.rolledBack?.();
      throw error;
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#waits.get(done)?.();
        this.#waits.delete(done);
        resolve();
      };
      this.#waits.set(done, this.#clock.at(this.#clock.now() + PAUSE, done));
    });
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const closed = (file: string) => new CountersignError('StoreUnavailable', `${file} is closed.`);

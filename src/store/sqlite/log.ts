import type { StatementSync } from 'node:sqlite';
import type { Clock } from '../../ports.ts';
import { EMPTY, foreignCommit, goOn, openNext, parseCommit, sealCommit } from '../commit.ts';
import { CountersignError } from '../errors.ts';
import { follow, type Source } from '../follow.ts';
import type { Appended, Commit, EventLog, Head, NewCommit, SealedCommit, StreamEvent } from '../log.ts';
import { Database } from './database.ts';
import { type Flush, flushInBackground } from './flush.ts';
import { numberOf, type Row, textOf } from './row.ts';
import { StreamHeads } from './stream-heads.ts';

/**
 * `commits` is the truth, `events` only finds them. `head` is the last commit once more, so that
 * one cut off the end is missed.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS commits (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, hash TEXT NOT NULL, text TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS events (stream TEXT NOT NULL, version INTEGER NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (stream, version)) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS head (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL, hash TEXT NOT NULL) STRICT;
  INSERT OR IGNORE INTO head VALUES (1, ${EMPTY.number}, '${EMPTY.hash}');`;

const POLL = 50;
const BATCH = 500;
/** A batch ends early once it holds so many characters. */
const BATCH_LENGTH = 4 * 1024 * 1024;

export async function openSqliteLog(file: string, clock: Clock, flush: Flush = flushInBackground): Promise<EventLog> {
  return new SqliteLog(await Database.open(file, { clock, flush, secureDelete: 'OFF', schema: SCHEMA }), clock);
}

class SqliteLog implements EventLog {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  readonly #heads: StreamHeads;
  readonly #following: StatementSync;
  /** First commit of each transaction that is not on the disk yet. */
  readonly #unkept = new Set<number>();
  /** The last commit, as far as this transaction has come. */
  #head = EMPTY;
  #stopPolling = () => {};

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    this.#following = database.prepare('SELECT number, hash, text FROM commits WHERE number > ? ORDER BY number LIMIT ?');
    // Twice as fast as an object per row, where the whole log is read.
    this.#following.setReturnArrays(true);
    this.#heads = new StreamHeads((stream) => {
      const row = database.prepare('SELECT version FROM events WHERE stream = ? ORDER BY version DESC LIMIT 1').get(stream);
      return row === undefined ? 0 : numberOf(row, 'version');
    });
    let before = EMPTY;
    database.hooks = {
      begun: () => {
        before = this.#storedHead();
        // Another process has written since: what is known of the streams is old.
        if (before.number !== this.#head.number) this.#heads.clear();
        this.#head = before;
      },
      committing: () => {
        if (this.#head !== before) database.run('UPDATE head SET number = ?, hash = ?', this.#head.number, this.#head.hash);
      },
      committed: () => {
        if (this.#head === before) return () => {};
        const first = before.number + 1;
        this.#unkept.add(first);
        return () => {
          this.#unkept.delete(first);
          this.#notify();
        };
      },
      rolledBack: () => {
        this.#heads.clear();
        this.#head = EMPTY;
      },
    };
  }

  append(commit: NewCommit): Promise<Appended> {
    const bytes = commit.events.reduce((sum, { sealed }) => sum + 1000 + (sealed?.length ?? 0), 0);
    return this.#database.write(() => this.#append(commit), bytes);
  }

  #append(commit: NewCommit): Appended {
    let sealed: ReturnType<typeof sealCommit>;
    try {
      sealed = sealCommit(this.#head, commit, this.#heads.get);
    } catch (error) {
      // Its own first writing may be what it conflicts with.
      const first = this.#find(commit.id);
      if (first !== null) return first;
      throw error;
    }
    const { number, hash, text } = sealed.commit;
    const written = this.#database.run('INSERT INTO commits VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING', number, commit.id, hash, text);
    const first = written === 1 ? null : this.#find(commit.id);
    if (first !== null) return first;
    const insert = this.#database.prepare('INSERT INTO events VALUES (?, ?, ?)');
    for (const [index, { stream }] of commit.events.entries()) insert.run(stream, sealed.versions[index] ?? 0, number);
    for (const [stream, version] of sealed.heads) this.#heads.set(stream, version);
    this.#head = { number, hash };
    return { number, versions: sealed.versions };
  }

  adopt(commits: readonly SealedCommit[]): Promise<void> {
    const bytes = commits.reduce((sum, { text }) => sum + text.length, 0);
    return this.#database.write(() => this.#adopt(commits), bytes);
  }

  #adopt(commits: readonly SealedCommit[]): void {
    const versions = new Map<string, number>();
    const fresh: { readonly sealed: SealedCommit; readonly commit: Commit }[] = [];
    let head = this.#head;
    for (const sealed of commits) {
      const { number, hash } = sealed;
      if (number <= this.#head.number) {
        const row = this.#database.prepare('SELECT hash FROM commits WHERE number = ?').get(number);
        if (row === undefined || textOf(row, 'hash') !== hash) throw foreignCommit(number, 'another one stands here under that number');
        continue;
      }
      const commit = openNext(head, sealed);
      if (typeof commit === 'string') throw foreignCommit(number, commit);
      const changed = goOn(commit, (stream) => versions.get(stream) ?? this.#heads.get(stream));
      if (typeof changed === 'string') throw foreignCommit(number, changed);
      for (const [stream, version] of changed) versions.set(stream, version);
      fresh.push({ sealed, commit });
      head = { number, hash };
    }
    // From here on nothing is refused any more: neighbours share the transaction.
    for (const { sealed, commit } of fresh) this.#insert(sealed, commit);
    for (const [stream, version] of versions) this.#heads.set(stream, version);
    this.#head = head;
  }

  #insert({ number, hash, text }: SealedCommit, { id, events }: Commit): void {
    this.#database.run('INSERT INTO commits VALUES (?, ?, ?, ?)', number, id, hash, text);
    const insert = this.#database.prepare('INSERT INTO events VALUES (?, ?, ?)');
    for (const { stream, version } of events) insert.run(stream, version, number);
  }

  #find(id: string): Appended | null {
    const row = this.#database.prepare('SELECT number, hash, text FROM commits WHERE id = ?').get(id);
    if (row === undefined) return null;
    const { number, events } = parseCommit(sealedOf(row));
    return { number, versions: events.map(({ version }) => version) };
  }

  async *read(after: number, batch = BATCH): AsyncGenerator<readonly Commit[]> {
    for await (const sealed of this.readSealed(after, batch)) yield sealed.map(parseCommit);
  }

  async *readSealed(after: number, batch = BATCH): AsyncGenerator<readonly SealedCommit[]> {
    let position = after;
    for (;;) {
      const commits = await this.#next(position, batch);
      const last = commits.at(-1);
      if (last === undefined) return;
      yield commits;
      position = last.number;
    }
  }

  #next(after: number, batch: number): Promise<SealedCommit[]> {
    return this.#database.read(() => {
      const commits: SealedCommit[] = [];
      let length = 0;
      for (const row of this.#following.iterate(after, batch)) {
        const commit = { number: numberOf(row, '0'), hash: textOf(row, '1'), text: textOf(row, '2') };
        commits.push(commit);
        length += commit.text.length;
        if (length >= BATCH_LENGTH) break;
      }
      return commits;
    });
  }

  async readStream(stream: string, afterVersion = 0): Promise<readonly StreamEvent[]> {
    const rows = await this.#database.read(() =>
      this.#database
        .prepare('SELECT number, hash, text FROM commits WHERE number IN (SELECT number FROM events WHERE stream = ? AND version > ?) ORDER BY number')
        .all(stream, afterVersion),
    );
    const found: StreamEvent[] = [];
    for (const row of rows) {
      const { number, at, events } = parseCommit(sealedOf(row));
      for (const event of events) if (event.stream === stream && event.version > afterVersion) found.push({ ...event, commit: number, at });
    }
    found.forEach(({ version, commit }, index) => {
      if (version === afterVersion + index + 1) return;
      throw new CountersignError(
        'LogDamaged',
        `${stream} has version ${version} in commit ${commit} where ${afterVersion + index + 1} was expected: the log was changed by something else, verify it.`,
      );
    });
    return found;
  }

  head(): Promise<Head> {
    return this.#database.read(() => this.#storedHead());
  }

  #storedHead(): Head {
    const row = this.#database.prepare('SELECT number, hash FROM head').get() ?? {};
    return { number: numberOf(row, 'number'), hash: textOf(row, 'hash') };
  }

  subscribe(after: number, handle: (commits: readonly Commit[]) => Promise<void>, onError?: (error: unknown) => void) {
    const source: Source = {
      // Whoever follows the log acts on it: it hears of nothing that a power cut could take back.
      next: async (position) => {
        const commits = await this.#next(position, BATCH);
        const [unkept = Number.POSITIVE_INFINITY] = this.#unkept;
        return commits.filter(({ number }) => number < unkept).map(parseCommit);
      },
      onNews: (listener) => {
        this.#listeners.add(listener);
        if (this.#listeners.size === 1) this.#poll();
        return () => {
          this.#listeners.delete(listener);
          if (this.#listeners.size === 0) this.#stopPolling();
        };
      },
    };
    return follow(source, this.#clock, after, handle, onError);
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Sees what another process has appended; 2 µs a look. */
  #poll(known = -1): void {
    this.#stopPolling = this.#clock.at(this.#clock.now() + POLL, () => {
      const changes = this.#changes();
      if (changes !== known) this.#notify();
      if (this.#listeners.size > 0) this.#poll(changes);
    });
  }

  #changes(): number {
    try {
      return this.#database.changes();
    } catch {
      // Whoever listens reads now, and hears of what is wrong.
      return 0;
    }
  }

  async close(): Promise<void> {
    this.#stopPolling();
    await this.#database.close();
  }
}

const sealedOf = (row: Row): SealedCommit => ({ number: numberOf(row, 'number'), hash: textOf(row, 'hash'), text: textOf(row, 'text') });

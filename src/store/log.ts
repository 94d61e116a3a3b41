import type { Instant } from '../ports.ts';
import type { Json, JsonObject } from './json.ts';

/**
 * What a writer knows of a stream: its version (0 = no event yet), that it exists, that it does
 * not, or nothing.
 */
export type Expected = number | 'exists' | 'absent' | 'any';

/** An event on its way into the log: personal fields already sealed, data plain JSON. */
export interface EncodedEvent {
  readonly stream: string;
  readonly type: string;
  /** Version of the data's schema, for upcasting. */
  readonly schema: number;
  readonly data: JsonObject;
  /** Ciphertext (base64) of the event's personal fields, or null. */
  readonly sealed: string | null;
  /** Whose key sealed it (a person's id), or null. */
  readonly subject: string | null;
  /** `agent:NAME@VERSION`, `human:SURFACE:USER`, `system:PART`. */
  readonly actor: string;
  /** Where it came in: `form:contact`, `csv:leads.csv`, `page`, `cli`, `director` … */
  readonly source: string;
  /** `STREAM@VERSION` of the event that caused this one, or null. */
  readonly cause: string | null;
  /** One id for everything that follows from one intake or command. */
  readonly correlation: string;
}

/** An event as it stands in the log. */
export interface RecordedEvent extends EncodedEvent {
  /** 1, 2, 3 … within its stream, without gaps (I2). */
  readonly version: number;
}

/** An event as read from its stream, with what its commit knows. */
export interface StreamEvent extends RecordedEvent {
  readonly commit: number;
  readonly at: Instant;
}

export interface NewCommit {
  /** Made by the writer, unique: the same commit sent again after a lost reply changes nothing. */
  readonly id: string;
  readonly at: Instant;
  readonly events: readonly EncodedEvent[];
  /** One entry per stream written to, or only read; a stream left out is `any`. */
  readonly expect: Readonly<Record<string, Expected>>;
}

export interface Commit {
  /** 1, 2, 3 … without gaps (I2). */
  readonly number: number;
  readonly id: string;
  readonly at: Instant;
  /** SHA-256 (hex) of the previous commit's hash, a newline, and this commit's exact text. */
  readonly hash: string;
  readonly events: readonly RecordedEvent[];
}

/** A commit as stored: `text` is the exact JSON that was hashed. */
export interface SealedCommit {
  readonly number: number;
  readonly hash: string;
  readonly text: string;
}

export interface Appended {
  readonly number: number;
  /** The version each event got, in the order of the commit's events. */
  readonly versions: readonly number[];
}

export interface Head {
  /** 0 when the log is empty. */
  readonly number: number;
  /** 64 zeros when the log is empty. */
  readonly hash: string;
}

export interface Subscription {
  /** Resolves when no handler runs any more and none will. */
  stop(): Promise<void>;
}

/** The append-only log (I1, I2, I3). Adapters pass `test/contracts/log.ts` whole. */
export interface EventLog {
  /**
   * Appends all events or none. Resolves once they survive `kill -9` (I3).
   * @throws VersionConflict when `expect` does not hold; nothing was written.
   */
  append(commit: NewCommit): Promise<Appended>;
  /** Commits after number `after`, in order, in batches of at most `batch` (default 500). */
  read(after: number, batch?: number): AsyncIterable<readonly Commit[]>;
  /** The same with the exact texts, for `verify`, backup and migration. */
  readSealed(after: number, batch?: number): AsyncIterable<readonly SealedCommit[]>;
  /** All events of one stream after `afterVersion` (default 0), in order. */
  readStream(stream: string, afterVersion?: number): Promise<readonly StreamEvent[]>;
  head(): Promise<Head>;
  /**
   * Takes over commits of another log exactly as they are, durably; those it has already change nothing, so what broke off
   * can be done again. Nobody else may append meanwhile.
   * @throws CountersignError `ForeignCommits`: they do not continue its head, or are not what it has, or their chain is broken; nothing was written
   */
  adopt(commits: readonly SealedCommit[]): Promise<void>;
  /**
   * Calls `handle` with every commit after `after`, in order and one batch at a time, now and
   * as they come, those appended by other processes too. A handler that throws is called
   * again with the same batch after a pause (1 s at most); `onError` hears of it.
   */
  subscribe(after: number, handle: (commits: readonly Commit[]) => Promise<void>, onError?: (error: unknown) => void): Subscription;
  close(): Promise<void>;
}

/** Content too large for an event (events are at most 64 KB), by the SHA-256 of its bytes. */
export interface BlobStore {
  /** Stores bytes durably and returns their SHA-256 (hex). Storing the same again changes nothing. */
  put(bytes: Uint8Array): Promise<string>;
  get(hash: string): Promise<Uint8Array | null>;
  delete(hash: string): Promise<void>;
  /** The hashes of all there are, in batches, in their order. */
  all(): AsyncIterable<readonly string[]>;
}

/** Keys of persons, kept outside the log. Destroying one forgets the person. */
export interface KeyStore {
  /** Durable before it resolves. `add` of an existing person keeps the old key and returns it. */
  add(person: string, key: Uint8Array): Promise<Uint8Array>;
  /** The keys there are, by person; one look-up for a whole batch. */
  getMany(persons: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>;
  /** Gone for good once it resolves. */
  destroy(person: string): Promise<void>;
  /** Every key there is, by person, in batches. */
  all(): AsyncIterable<ReadonlyMap<string, Uint8Array>>;
}

/** Values with an end, for short memory, sessions and rate counters. */
export interface KeyValueStore {
  get(key: string): Promise<{ value: Json; version: number } | null>;
  /**
   * @param ttl milliseconds until it is gone, or null for ever
   * @param expectedVersion 0 = must not exist; left out = whatever is there
   * @returns the new version, or null when `expectedVersion` did not hold
   */
  set(key: string, value: Json, ttl: number | null, expectedVersion?: number): Promise<number | null>;
  delete(key: string): Promise<void>;
  /** Every value without an end, by key, in batches. */
  lasting(): AsyncIterable<ReadonlyMap<string, Json>>;
  close(): Promise<void>;
}

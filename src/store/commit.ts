import { hash } from 'node:crypto';
import { CountersignError, VersionConflict } from './errors.ts';
import type { Appended, Commit, Expected, Head, NewCommit, RecordedEvent, SealedCommit } from './log.ts';

/** The head of an empty log. */
export const EMPTY: Head = { number: 0, hash: '0'.repeat(64) };

/** Of a commit's text: a document of MongoDB holds 16 MB, and any store must be able to take over the log of any other. */
export const MAX_COMMIT_BYTES = 7 * 1024 * 1024;

export interface Sealed extends Appended {
  readonly commit: SealedCommit;
  /** The new version of each stream written to. */
  readonly heads: ReadonlyMap<string, number>;
}

/**
 * Makes the next commit after `head`: checks what the writer expects, gives each event its
 * version, and hashes the exact text that is stored.
 * @param versionOf the version a stream has now, 0 when it has no event
 * @throws VersionConflict; CountersignError `InvalidCommit` when it holds no event, or more than `MAX_COMMIT_BYTES`
 */
export function sealCommit(head: Head, { id, at, events, expect }: NewCommit, versionOf: (stream: string) => number): Sealed {
  if (events.length === 0) throw new CountersignError('InvalidCommit', `Commit ${id} holds no event: a commit says what became true, at least one thing.`);
  for (const stream of Object.keys(expect)) check(stream, expect[stream] ?? 'any', versionOf(stream));
  const number = head.number + 1;
  const heads = new Map<string, number>();
  const versions: number[] = [];
  const recorded = events.map(({ stream, type, schema, data, sealed, subject, actor, source, cause, correlation }): RecordedEvent => {
    // A store would keep another name than was given: two streams could become one.
    if (!stream.isWellFormed() || stream.includes('\0'))
      throw new CountersignError('InvalidCommit', `${JSON.stringify(stream)} cannot name a stream: it must be well-formed text.`);
    const version = (heads.get(stream) ?? versionOf(stream)) + 1;
    heads.set(stream, version);
    versions.push(version);
    return { stream, version, type, schema, data, sealed, subject, actor, source, cause, correlation };
  });
  const text = JSON.stringify({ number, id, at, events: recorded });
  // Without counting bytes where it cannot be too many.
  if (text.length > MAX_COMMIT_BYTES / 3 && Buffer.byteLength(text) > MAX_COMMIT_BYTES) {
    throw new CountersignError(
      'InvalidCommit',
      `Commit ${id} has ${Buffer.byteLength(text)} bytes, at most ${MAX_COMMIT_BYTES} are allowed: divide its ${events.length} events among several commits.`,
    );
  }
  return { number, versions, heads, commit: { number, hash: chainHash(head.hash, text), text } };
}

/** Opens the next commit after `head` as it stands in another log. @returns it, or why it is not the next */
export function openNext(head: Head, sealed: SealedCommit): Commit | string {
  const number = head.number + 1;
  if (sealed.number !== number) return `commit ${number} is missing, after ${head.number} comes ${sealed.number}`;
  if (sealed.hash !== chainHash(head.hash, sealed.text)) return 'its text, its hash or its place was altered';
  const inside: Omit<Commit, 'hash'> = JSON.parse(sealed.text);
  return inside.number === number ? { ...inside, hash: sealed.hash } : `its text says that it is commit ${inside.number}`;
}

/** @returns the new version of each stream a commit writes to, or why its versions do not go on from those there are */
export function goOn({ events }: Commit, versionOf: (stream: string) => number): ReadonlyMap<string, number> | string {
  const heads = new Map<string, number>();
  for (const { stream, version } of events) {
    const expected = (heads.get(stream) ?? versionOf(stream)) + 1;
    if (version !== expected) return `${stream} goes on with version ${version} where ${expected} was expected`;
    heads.set(stream, version);
  }
  return heads;
}

/** @throws CountersignError `ForeignCommits`; nothing was written */
export const foreignCommit = (number: number, why: string): CountersignError =>
  new CountersignError(
    'ForeignCommits',
    `Commit ${number} does not continue the log here: ${why}. Nothing was written. Only an empty store, or one that holds the beginning of the same log, can take it over.`,
  );

const chainHash = (previous: string, text: string): string => hash('sha256', `${previous}\n${text}`);

function check(stream: string, expected: Expected, version: number): void {
  const holds = expected === 'any' || (expected === 'absent' ? version === 0 : expected === 'exists' ? version > 0 : version === expected);
  if (!holds)
    throw new VersionConflict(
      stream,
      typeof expected === 'number' ? `version ${expected}` : expected === 'absent' ? 'no event' : 'at least one event',
      version,
    );
}

/** A stored commit, opened. What was stored was made by `sealCommit`; `verifyLog` proves it. */
export function parseCommit({ number, hash: sealed, text }: SealedCommit): Commit {
  const { id, at, events }: Pick<Commit, 'id' | 'at' | 'events'> = JSON.parse(text);
  return { number, id, at, hash: sealed, events };
}

/** Follows a log commit by commit and tells what breaks the chain. */
export class Chain {
  #head: Head = EMPTY;
  #events = 0;
  readonly #versions = new Map<string, number>();

  get head(): Head {
    return this.#head;
  }

  get events(): number {
    return this.#events;
  }

  /** Takes the next commit. @returns why it breaks the chain, or null */
  accept(sealed: SealedCommit): string | null {
    const commit = openNext(this.#head, sealed);
    if (typeof commit === 'string') return commit;
    const heads = goOn(commit, (stream) => this.#versions.get(stream) ?? 0);
    if (typeof heads === 'string') return heads;
    for (const [stream, version] of heads) this.#versions.set(stream, version);
    this.#events += commit.events.length;
    this.#head = { number: sealed.number, hash: sealed.hash };
    return null;
  }
}

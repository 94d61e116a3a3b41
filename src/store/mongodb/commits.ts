import type { ClientSession, Collection, Db, Document, Filter } from 'mongodb';
import { EMPTY, parseCommit } from '../commit.ts';
import { CountersignError } from '../errors.ts';
import type { Appended, Head, SealedCommit } from '../log.ts';
import type { Connection } from './connect.ts';
import { eventKey, idKey } from './key.ts';
import { DUPLICATE, isDuplicate } from './problems.ts';

/** One commit, one document: `_id` is its number, `text` the exact JSON that was hashed. */
export interface CommitDocument {
  readonly _id: number;
  readonly hash: string;
  readonly text: string;
  /**
   * The writer's id, and each event's stream and version. A commit is found by these; that they are unique
   * only backs up the order of `_id`: an index sees neither what is twice in one document nor a version left out.
   */
  readonly keys: readonly string[];
}

/** All but the text. */
export type Passed = Omit<CommitDocument, 'text'>;

/** `count` were written; what stopped the next: its number is taken, or one of its keys, or the server refuses it. */
export interface Inserted {
  readonly count: number;
  readonly stoppedBy: 'number' | 'key' | CountersignError | null;
}

/** The last commit once more, beside the log, so that one cut off the end is missed. */
interface Mark {
  readonly _id: string;
  readonly number: number;
  readonly hash: string;
}

export const COMMITS = 'commits';
export const KEYS_INDEX = 'keys';
/** I3: on the disks of most members, so that neither `kill -9` nor an election takes it back. */
export const DURABLE = { w: 'majority', j: true } as const;
/** After so long without an answer a request counts as lost, ms. */
const TIMEOUT = 10_000;
const PAGE = 5_000;

/**
 * The commits as a writer sees them: one request after the other, each of which sees at least what those
 * before it saw, whichever member has become primary meanwhile (causal consistency).
 */
export class Commits {
  readonly #db: Db;
  readonly #commits: Collection<CommitDocument>;
  readonly #state: Collection<Mark>;
  readonly #session: ClientSession;
  readonly #alone: boolean;

  constructor({ client, db, server }: Connection) {
    this.#db = db;
    this.#commits = db.collection<CommitDocument>(COMMITS);
    this.#state = db.collection<Mark>('state');
    this.#session = client.startSession({ causalConsistency: true });
    this.#alone = server.replicaSet === null;
  }

  /** Writes these, one after the other, durably. */
  async insert(documents: readonly CommitDocument[]): Promise<Inserted> {
    const reply = await this.#db.command({ insert: COMMITS, documents, ordered: true, writeConcern: DURABLE }, this.#options);
    return insertedOf(reply, documents.length);
  }

  /**
   * Writes these at once, not durably yet, behind others of which it is not known whether they are: where an election took
   * those back they are written again, in the same request, so that none is ever written behind a gap.
   * @returns null when others are in the place of those
   */
  async insertBehind(before: readonly CommitDocument[], documents: readonly CommitDocument[]): Promise<Inserted | null> {
    const updates = [...before, ...documents].map(({ _id, hash, text, keys }) => ({ q: { _id, hash }, u: { $setOnInsert: { text, keys } }, upsert: true }));
    const reply = await this.#db.command({ update: COMMITS, updates, ordered: true, writeConcern: { w: 1 } }, this.#options);
    const { count, stoppedBy } = insertedOf(reply, updates.length);
    return count < before.length ? null : { count: count - before.length, stoppedBy };
  }

  /** Whether the log holds this commit, durably and with all before it. Waits for what is on its way to the disk. */
  async isDurable({ number, hash }: Head): Promise<boolean> {
    if (!this.#alone) {
      // Side by side: the write makes the primary flush at once what the look waits for.
      const [there] = await Promise.all([this.#holds(number, hash), this.#flush()]);
      return there;
    }
    // A standalone shows what a crash would still take back: what is there before and after a flush stays.
    if (!(await this.#holds(number, hash))) return false;
    await this.#flush();
    return this.#holds(number, hash);
  }

  async #flush(): Promise<void> {
    await this.#state.updateOne({ _id: 'flush' }, { $inc: { number: 1 } }, { upsert: true, writeConcern: DURABLE, timeoutMS: TIMEOUT });
  }

  async #holds(number: number, hash: string): Promise<boolean> {
    const options = { ...this.#options, readConcern: { level: 'majority' }, projection: { _id: 1 } } as const;
    return number === 0 || (await this.#commits.findOne({ _id: number, hash }, options)) !== null;
  }

  /** The last commit, durable. @throws CountersignError `LogDamaged`: something was cut off the end */
  async tail(): Promise<Head> {
    for (;;) {
      const [last] = await this.#find({}, { _id: 1, hash: 1 }, -1, 1, 'majority');
      const tail = last === undefined ? EMPTY : { number: last._id, hash: last.hash };
      const mark = await this.mark();
      if (mark.number > tail.number) throw cutOff(tail.number, mark.number);
      if (await this.isDurable(tail)) return tail;
    }
  }

  /**
   * What was written after `head`, or null when the log does not hold `head` itself.
   * @param limit the first so many, with their texts, whether they are durable or not; left out: all that are durable
   */
  async after(head: Head, limit: number): Promise<readonly CommitDocument[] | null>;
  async after(head: Head): Promise<readonly Passed[] | null>;
  async after(head: Head, limit?: number): Promise<readonly Passed[] | null> {
    const found: Passed[] = [];
    for (let from = head.number; ; ) {
      const page =
        limit === undefined
          ? await this.#find({ _id: { $gte: from } }, { hash: 1, keys: 1 }, 1, PAGE, 'majority')
          : await this.#find({ _id: { $gte: from } }, {}, 1, limit + 1, 'local');
      const first = page[0];
      if (from === head.number && head.number > 0 && (first?._id !== head.number || first.hash !== head.hash)) return null;
      for (const document of page) if (document._id > (found.at(-1)?._id ?? head.number)) found.push(document);
      if (limit !== undefined || page.length < PAGE) return found.slice(0, limit);
      from = page.at(-1)?._id ?? from;
    }
  }

  #find(filter: Filter<CommitDocument>, projection: Document, direction: 1 | -1, limit: number, level: 'majority' | 'local'): Promise<CommitDocument[]> {
    return this.#commits.find(filter, { ...this.#options, readConcern: { level }, projection, sort: { _id: direction }, limit }).toArray();
  }

  /** The hashes of the commits with these numbers. */
  async hashes(numbers: readonly number[]): Promise<ReadonlyMap<number, string>> {
    const found = await this.#find({ _id: { $in: [...numbers] } }, { hash: 1 }, 1, 0, 'majority');
    return new Map(found.map(({ _id, hash }) => [_id, hash]));
  }

  /** Which of these events there are. @returns their keys, and perhaps others */
  async existing(keys: readonly string[]): Promise<ReadonlySet<string>> {
    const there = new Set<string>();
    for (let start = 0; start < keys.length; start += PAGE) {
      const found = await this.#find({ keys: { $in: keys.slice(start, start + PAGE) } }, { _id: 0, keys: 1 }, 1, 0, 'majority');
      for (const document of found) for (const key of document.keys) there.add(key);
    }
    return there;
  }

  /** Which commits with these ids are in the log, durably. */
  async written(ids: readonly string[]): Promise<ReadonlyMap<string, Appended>> {
    const found = await this.#find({ keys: { $in: ids.map(idKey) } }, {}, 1, 0, 'majority');
    const kept = await Promise.all(found.map(async ({ _id, hash }) => !this.#alone || (await this.isDurable({ number: _id, hash }))));
    return new Map(
      found
        .filter((_, index) => kept[index])
        .map((document) => {
          const { id, number, events } = parseCommit(sealedOf(document));
          return [id, { number, versions: events.map(({ version }) => version) }];
        }),
    );
  }

  /** The last commit that was ever marked. */
  async mark(): Promise<Head> {
    const mark = await this.#state.findOne({ _id: 'head' }, { readConcern: { level: 'majority' } });
    return mark === null ? EMPTY : { number: mark.number, hash: mark.hash };
  }

  async setMark({ number, hash }: Head): Promise<void> {
    try {
      await this.#state.updateOne({ _id: 'head', number: { $lt: number } }, { $set: { number, hash } }, { upsert: true });
    } catch (error) {
      // Another process marked a later one.
      if (!isDuplicate(error)) throw error;
    }
  }

  close(): Promise<void> {
    return this.#session.endSession();
  }

  get #options() {
    return { session: this.#session, timeoutMS: TIMEOUT };
  }
}

export const sealedOf = ({ _id, hash, text }: Pick<CommitDocument, '_id' | 'hash' | 'text'>): SealedCommit => ({ number: _id, hash, text });

/** What a commit is found by. */
interface Named {
  readonly id: string;
  readonly events: readonly { readonly stream: string; readonly version: number }[];
}

export const documentOf = ({ number, hash, text }: SealedCommit, { id, events }: Named): CommitDocument => ({
  _id: number,
  hash,
  text,
  keys: [idKey(id), ...events.map(({ stream, version }) => eventKey(stream, version))],
});

function insertedOf(reply: Document, length: number): Inserted {
  const [problem] = Array.isArray(reply['writeErrors']) ? reply['writeErrors'] : [];
  if (problem === undefined) return { count: length, stoppedBy: null };
  const stoppedBy =
    problem.code !== DUPLICATE
      ? new CountersignError('StoreUnavailable', `MongoDB refuses a commit, which was not written: ${problem.errmsg}`)
      : '_id' in (problem.keyPattern ?? {})
        ? 'number'
        : 'key';
  return { count: Number(problem.index), stoppedBy };
}

const cutOff = (reached: number, marked: number) =>
  new CountersignError(
    'LogDamaged',
    `The log ends at commit ${reached}, but ${marked} were written: nothing is appended to it. Restore the database from a backup of one moment (countersign backup, mongodump --oplog); ` +
      `if commits ${reached + 1} to ${marked} are lost for good, delete {_id: "head"} from the collection state.`,
  );

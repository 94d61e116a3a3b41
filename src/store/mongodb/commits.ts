import type { ClientSession, Collection, Db, Filter } from 'mongodb';
import { EMPTY, parseCommit } from '../commit.ts';
import { CountersignError } from '../errors.ts';
import type { Appended, Head, SealedCommit } from '../log.ts';
import type { Connection } from './connect.ts';
import { eventKey, idKey, parseKey } from './key.ts';
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

/** What a writer must know of somebody else's commit. */
export interface Passed extends Head {
  readonly id: string;
  readonly versions: readonly (readonly [stream: string, version: number])[];
}

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
 * The commits as a writer sees them: one request after the other, and each sees at least what those before it
 * saw, whichever member has become primary meanwhile (causal consistency). What is not on most members yet is not
 * seen at all: to build on it could leave a gap where it is rolled back.
 */
export class Commits {
  readonly #db: Db;
  readonly #commits: Collection<CommitDocument>;
  readonly #state: Collection<Mark>;
  readonly #session: ClientSession;
  readonly #alone: boolean;

  constructor({ client, db, server }: Connection) {
    this.#db = db;
    this.#commits = db.collection<CommitDocument>(COMMITS, { readConcern: { level: 'majority' } });
    this.#state = db.collection<Mark>('state');
    this.#session = client.startSession({ causalConsistency: true });
    this.#alone = server.replicaSet === null;
  }

  async insert(documents: readonly CommitDocument[]): Promise<Inserted> {
    const reply = await this.#db.command({ insert: COMMITS, documents, ordered: true, writeConcern: DURABLE }, this.#options);
    const [problem] = Array.isArray(reply['writeErrors']) ? reply['writeErrors'] : [];
    if (problem === undefined) return { count: documents.length, stoppedBy: null };
    const stoppedBy =
      problem.code !== DUPLICATE
        ? new CountersignError('StoreUnavailable', `MongoDB refuses a commit, which was not written: ${problem.errmsg}`)
        : '_id' in (problem.keyPattern ?? {})
          ? 'number'
          : 'key';
    return { count: Number(problem.index), stoppedBy };
  }

  /** The last commit. @throws CountersignError `LogDamaged`: something was cut off the end */
  async tail(): Promise<Head> {
    const [[last], mark] = [await this.#find({}, -1, 1), await this.mark()];
    const tail = last === undefined ? EMPTY : { number: last._id, hash: last.hash };
    if (mark.number > tail.number) throw cutOff(tail.number, mark.number);
    if (!this.#alone || last === undefined) return tail;
    await this.fence();
    return (await this.#read(tail)) === null ? this.tail() : tail;
  }

  /** What was written after `head`, and stays; or null when the log does not hold `head` itself. */
  async after(head: Head): Promise<readonly Passed[] | null> {
    const found = await this.#read(head);
    if (!this.#alone || found === null || found.length === 0) return found;
    await this.fence();
    const again = await this.#read(head);
    if (again === null) return null;
    const changed = found.findIndex(({ hash }, index) => again[index]?.hash !== hash);
    return changed < 0 ? found : found.slice(0, changed);
  }

  async #read(head: Head): Promise<Passed[] | null> {
    const found: Passed[] = [];
    for (let from = head.number; ; ) {
      const page = await this.#find({ _id: { $gte: from } }, 1, PAGE);
      const first = page[0];
      if (from === head.number && head.number > 0 && (first?._id !== head.number || first.hash !== head.hash)) return null;
      for (const document of page) if (document._id > (found.at(-1)?.number ?? head.number)) found.push(passed(document));
      if (page.length < PAGE) return found;
      from = page.at(-1)?._id ?? from;
    }
  }

  #find(filter: Filter<CommitDocument>, direction: 1 | -1, limit: number): Promise<Pick<CommitDocument, '_id' | 'hash' | 'keys'>[]> {
    const options = { ...this.#options, projection: { hash: 1, keys: 1 }, sort: { _id: direction }, limit };
    return this.#commits.find(filter, options).toArray();
  }

  /** Which of these streams has an event of that version. @returns the keys there are */
  async existing(keys: readonly string[]): Promise<ReadonlySet<string>> {
    const there = new Set<string>();
    for (let start = 0; start < keys.length; start += PAGE) {
      const page = keys.slice(start, start + PAGE);
      const found = this.#commits.find({ keys: { $in: page } }, { ...this.#options, projection: { _id: 0, keys: 1 } });
      for (const document of await found.toArray()) for (const key of document.keys) there.add(key);
    }
    return there;
  }

  /** Which commits with these ids are in the log, safe from `kill -9`. */
  async written(ids: readonly string[]): Promise<ReadonlyMap<string, Appended>> {
    const look = () => this.#commits.find({ keys: { $in: ids.map(idKey) } }, this.#options).toArray();
    let found = await look();
    if (found.length > 0) {
      await this.fence();
      found = await look();
    }
    return new Map(
      found.map((document) => {
        const { id, number, events } = parseCommit(sealedOf(document));
        return [id, { number, versions: events.map(({ version }) => version) }];
      }),
    );
  }

  /**
   * What is seen before and after it is on the disk. A standalone shows what a crash would still take back;
   * on a replica set only what is durable is seen anyway.
   */
  async fence(): Promise<void> {
    if (this.#alone) await this.#state.updateOne({ _id: 'fence' }, { $inc: { number: 1 } }, { upsert: true, writeConcern: DURABLE, ...this.#options });
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

/** @param versions of its events, in their order */
export function documentOf({ number, hash, text }: SealedCommit, id: string, streams: readonly string[], versions: readonly number[]): CommitDocument {
  return { _id: number, hash, text, keys: [idKey(id), ...streams.map((stream, index) => eventKey(stream, versions[index] ?? 0))] };
}

function passed({ _id, hash, keys }: Pick<CommitDocument, '_id' | 'hash' | 'keys'>): Passed {
  let id = '';
  const versions: [string, number][] = [];
  for (const key of keys.map(parseKey)) {
    if ('id' in key) id = key.id;
    else versions.push([key.stream, key.version]);
  }
  return { number: _id, hash, id, versions };
}

const cutOff = (reached: number, marked: number) =>
  new CountersignError(
    'LogDamaged',
    `The log ends at commit ${reached}, but ${marked} were written: nothing is appended to it. Restore the database from a backup of one moment (countersign backup, mongodump --oplog); ` +
      `if commits ${reached + 1} to ${marked} are lost for good, delete {_id: "head"} from the collection state.`,
  );

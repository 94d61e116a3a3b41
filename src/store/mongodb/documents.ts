import { type Collection, type Db, MongoServerError } from 'mongodb';
import { newId, type Random } from '../../ports.ts';
import type { CollectionSpec, Document, DocumentBatch, DocumentStore, Query, Where } from '../documents.ts';
import type { JsonObject } from '../json.ts';
import { pages } from '../pages.ts';
import { DURABLE } from './commits.ts';
import type { Connection } from './connect.ts';
import { DocumentSet, type Put } from './document-set.ts';
import { ask, DUPLICATE, hasMoved } from './problems.ts';
import { comparator, type Row, sortOf, splitWhere } from './query.ts';
import { Redo } from './redo.ts';

/** How far a set of documents has come. */
interface SetState {
  /** Name of the set. */
  readonly _id: string;
  /** Folded up to this commit. */
  readonly checkpoint: number;
  /** The batch written last, of those that were noted. */
  readonly applied: string | null;
  /** A new set, folded up to this commit, is taking the place of the old one. */
  readonly swap: number | null;
}

/**
 * Of the documents themselves. What ends their batch is durable, and so all before it is: who folds goes on in memory from what
 * was acknowledged, so neither a killed mongod nor an election may take that back.
 */
const QUICK = { w: 1 } as const;
/** Documents written or read in one request, and the characters written. */
const CHUNK = 1_000;
const CHUNK_LENGTH = 4 * 1024 * 1024;

export async function openMongoDocuments(
  { db }: Connection,
  random: Random,
  collections: readonly CollectionSpec[],
): Promise<DocumentStore & { scrub(): Promise<void> }> {
  const store = new MongoDocuments(db, random, new DocumentSet(db, collections));
  await ask(() => store.prepare());
  return store;
}

class MongoDocuments implements DocumentStore {
  readonly #db: Db;
  readonly #random: Random;
  readonly #set: DocumentSet;
  readonly #redo: Redo;
  readonly #state: Collection<SetState>;
  /** Nothing of a batch that broke off is missing. */
  #whole = false;

  constructor(db: Db, random: Random, set: DocumentSet) {
    this.#db = db;
    this.#random = random;
    this.#set = set;
    this.#redo = new Redo(db, set.name);
    this.#state = db.collection<SetState>('state', { writeConcern: DURABLE });
  }

  async prepare(): Promise<void> {
    await this.#set.create();
    await this.#state.updateOne({ _id: this.#set.name }, { $setOnInsert: { checkpoint: 0, applied: null, swap: null } }, { upsert: true });
    await this.#finishSwap();
  }

  async get(collection: string, id: string): Promise<Document | null> {
    const [document] = await this.getMany(collection, [id]);
    return document ?? null;
  }

  async getMany(collection: string, ids: readonly string[]): Promise<readonly Document[]> {
    this.#set.fields(collection);
    const rows = await this.#look(() =>
      this.#set
        .collection(collection)
        .find({ _id: { $in: [...ids] } }, { projection: { by: 0 } })
        .toArray(),
    );
    const found = new Map(rows.map((row) => [row._id, row]));
    return ids.flatMap((id) => {
      const row = found.get(id);
      return row === undefined ? [] : [documentOf(collection, row)];
    });
  }

  async find(collection: string, { where, orderBy, limit, offset = 0 }: Query): Promise<readonly Document[]> {
    const fields = this.#set.fields(collection);
    const { filter, rest } = splitWhere(where, fields);
    const sort = sortOf(orderBy, fields);
    const inOrder = comparator(orderBy);
    if (limit === 0) return [];
    const source = this.#set.collection(collection);
    const projection = { by: 0 } as const;
    if (rest === null && sort !== null) {
      const rows = await this.#look(() => source.find(filter, { projection, sort, skip: offset, ...(limit === undefined ? {} : { limit }) }).toArray());
      return rows.map((row) => documentOf(collection, row));
    }
    const found = await this.#look(async () => {
      const documents: Document[] = [];
      for await (const row of source.find(filter, { projection })) {
        const document = documentOf(collection, row);
        if (rest === null || rest(document.data)) documents.push(document);
      }
      return documents;
    });
    return found.sort(inOrder).slice(offset, limit === undefined ? undefined : offset + limit);
  }

  async count(collection: string, where?: Where): Promise<number> {
    const { filter, rest } = splitWhere(where, this.#set.fields(collection));
    if (rest !== null) return (await this.find(collection, where === undefined ? {} : { where })).length;
    return this.#look(() => this.#set.collection(collection).countDocuments(filter));
  }

  all(collection: string): AsyncIterable<readonly Document[]> {
    this.#set.fields(collection);
    const next = async (after: string) => {
      const options = { projection: { by: 0 }, sort: { _id: 1 }, limit: CHUNK } as const;
      const rows = await this.#look(() =>
        this.#set
          .collection(collection)
          .find({ _id: { $gt: after } }, options)
          .toArray(),
      );
      return rows.map((row) => documentOf(collection, row));
    };
    return pages(next, ({ id }) => id);
  }

  checkpoint(): Promise<number> {
    return ask(async () => (await this.#stateNow()).checkpoint);
  }

  async apply({ checkpoint, put }: DocumentBatch): Promise<void> {
    const puts = this.#set.putsOf(put);
    await ask(async () => {
      if (!this.#whole) await this.#mend();
      this.#whole = false;
      // One alone is whole by itself, and folding it twice changes nothing.
      const noted = puts.length > 1 ? newId(this.#random, 16) : null;
      if (noted !== null) await this.#redo.note({ token: noted, checkpoint, puts });
      await this.#write(puts);
      await this.#state.updateOne({ _id: this.#set.name }, { $set: { checkpoint, ...(noted === null ? {} : { applied: noted }) } });
      this.#whole = true;
    });
  }

  async replace(fill: (write: (batch: DocumentBatch) => Promise<void>) => Promise<void>): Promise<void> {
    let reached = 0;
    const written = new Set<string>();
    await ask(() => this.#set.dropShadows());
    try {
      await fill(async ({ checkpoint, put }) => {
        for (let start = 0; start < put.length; start += CHUNK) {
          const puts = this.#set.putsOf(put.slice(start, start + CHUNK));
          const isNew = ({ collection, row }: Put) => !written.has(`${collection}/${row._id}`);
          await ask(async () => {
            await this.#insert(puts.filter(isNew));
            await this.#write(
              puts.filter((each) => !isNew(each)),
              true,
            );
          });
          for (const { collection, row } of puts) written.add(`${collection}/${row._id}`);
        }
        reached = checkpoint;
      });
      // Sorting once is much faster than keeping the order document by document.
      await ask(() => this.#set.create(true));
    } catch (error) {
      await ask(() => this.#set.dropShadows());
      throw error;
    }
    await ask(async () => {
      // Noted first: whoever opens the store next finishes what breaks off from here on.
      await this.#state.updateOne({ _id: this.#set.name }, { $set: { swap: reached } });
      await this.#finishSwap();
    });
  }

  /** Deletes what the code before left behind, and what was deleted in these collections as far as MongoDB gives it back. */
  scrub(): Promise<void> {
    return ask(async () => {
      await this.#redo.clear('all');
      const others = await this.#set.dropOthers();
      await this.#state.deleteMany({ _id: { $in: [...others] } });
    });
  }

  async close(): Promise<void> {}

  async #stateNow(): Promise<SetState> {
    return (await this.#state.findOne({ _id: this.#set.name })) ?? { _id: this.#set.name, checkpoint: 0, applied: null, swap: null };
  }

  /** A batch that broke off is written to its end. */
  async #mend(): Promise<void> {
    const batch = await this.#redo.last();
    if (batch === null || batch.token === (await this.#stateNow()).applied) return;
    await this.#write(batch.puts);
    await this.#state.updateOne({ _id: this.#set.name }, { $set: { applied: batch.token }, $max: { checkpoint: batch.checkpoint } });
  }

  async #finishSwap(): Promise<void> {
    const { swap } = await this.#stateNow();
    if (swap === null) return;
    await this.#redo.clear('own');
    await this.#set.swap();
    await this.#state.updateOne({ _id: this.#set.name, swap }, { $set: { checkpoint: swap, swap: null } });
  }

  /** An older version never takes the place of a newer one: a process that was paused may come late. */
  #write(puts: readonly Put[], shadow = false): Promise<void> {
    return this.#inChunks(puts, shadow, (name, rows) => ({
      update: name,
      updates: rows.map(({ _id, version, data, by }) => ({ q: { _id, version: { $lte: version } }, u: { version, data, by }, upsert: true })),
    }));
  }

  #insert(puts: readonly Put[]): Promise<void> {
    return this.#inChunks(puts, true, (name, documents) => ({ insert: name, documents }));
  }

  async #inChunks(puts: readonly Put[], shadow: boolean, command: (name: string, rows: readonly Row[]) => object): Promise<void> {
    const byCollection = Map.groupBy(puts, ({ collection }) => collection);
    await Promise.all(
      [...byCollection].map(async ([collection, some]) => {
        const name = this.#set.collection(collection, shadow).collectionName;
        for (const rows of chunksOf(some.map(({ row }) => row))) {
          const reply = await this.#db.command({ ...command(name, rows), ordered: false, writeConcern: QUICK });
          const problems: readonly { readonly code: number }[] = reply['writeErrors'] ?? [];
          const problem = problems.find(({ code }) => code !== DUPLICATE);
          if (problem !== undefined) throw new MongoServerError(problem);
        }
      }),
    );
  }

  /** Again, where the collection was swapped under the look. */
  #look<T>(work: () => Promise<T>): Promise<T> {
    return ask(() =>
      work().catch((error: unknown) => {
        if (hasMoved(error)) return work();
        throw error;
      }),
    );
  }
}

function* chunksOf(rows: readonly Row[]): Generator<readonly Row[]> {
  let chunk: Row[] = [];
  let length = 0;
  for (const row of rows) {
    chunk.push(row);
    length += row.data.length;
    if (chunk.length >= CHUNK || length >= CHUNK_LENGTH) {
      yield chunk;
      [chunk, length] = [[], 0];
    }
  }
  if (chunk.length > 0) yield chunk;
}

function documentOf(collection: string, row: Pick<Row, '_id' | 'version' | 'data'>): Document {
  // Written by `apply` from a `JsonObject`.
  const data: JsonObject = JSON.parse(row.data);
  return { collection, id: row._id, version: row.version, data };
}

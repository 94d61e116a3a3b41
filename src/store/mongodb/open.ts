import type { Clock, Random } from '../../ports.ts';
import type { CollectionSpec } from '../documents.ts';
import { CountersignError } from '../errors.ts';
import type { Stores } from '../stores.ts';
import { openMongoBlobs } from './blobs.ts';
import { type Connection, connectMongo } from './connect.ts';
import { openMongoDocuments } from './documents.ts';
import { openMongoKeys } from './keys.ts';
import { openMongoKeyValue } from './kv.ts';
import { openMongoLog } from './log.ts';
import { ask } from './problems.ts';

export { shownUrl } from './connect.ts';

export interface MongoOptions {
  /** `mongodb://…`; the database is its path, `countersign` when there is none. */
  readonly url: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly collections: readonly CollectionSpec[];
}

/** Of how the stores are laid out in the database. */
const FORMAT = 1;

/**
 * Opens the stores in one database of MongoDB; makes what is missing of collections and indexes.
 * @throws CountersignError `Environment`, `StoreUnavailable`, `DataFormat`
 */
export async function openMongoStores({ url, clock, random, collections }: MongoOptions): Promise<Stores> {
  const connection = await connectMongo(url);
  try {
    await fitFormat(connection);
    const log = await openMongoLog(connection, clock);
    const documents = await openMongoDocuments(connection, random, collections);
    const kv = await openMongoKeyValue(connection, clock);
    return {
      log,
      documents,
      keys: openMongoKeys(connection),
      blobs: openMongoBlobs(connection),
      kv,
      scrub: () => documents.scrub(),
      async close() {
        await log.close();
        await connection.client.close();
      },
    };
  } catch (error) {
    await connection.client.close();
    throw error;
  }
}

/** Older code refuses what newer code wrote. */
async function fitFormat({ db }: Connection): Promise<void> {
  const marks = db.collection<{ readonly _id: string; readonly format: number }>('state');
  await ask(() => marks.updateOne({ _id: 'format' }, { $setOnInsert: { format: FORMAT } }, { upsert: true }));
  const found = (await ask(() => marks.findOne({ _id: 'format' })))?.format ?? FORMAT;
  if (found <= FORMAT) return;
  throw new CountersignError(
    'DataFormat',
    `The database ${db.databaseName} has data format ${found}, but this Countersign knows only formats up to ${FORMAT}: use the newer one that wrote it, or another database.`,
  );
}

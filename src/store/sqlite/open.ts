import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Random } from '../../ports.ts';
import type { CollectionSpec } from '../documents.ts';
import type { Stores } from '../stores.ts';
import { openSqliteBlobs } from './blobs.ts';
import { openSqliteDocuments } from './documents.ts';
import { type Flush, flushInBackground } from './flush.ts';
import { fitFormat } from './format.ts';
import { openSqliteKeys } from './keys.ts';
import { openSqliteKeyValue } from './kv.ts';
import { openSqliteLog } from './log.ts';

export interface SqliteOptions {
  /** The data folder; made when it is missing. */
  readonly folder: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly collections: readonly CollectionSpec[];
  readonly flush?: Flush;
}

/**
 * Opens the embedded stores, one file each.
 * @throws CountersignError `DataFormat`, `StoreUnavailable`
 */
export async function openSqliteStores({ folder, clock, collections, flush = flushInBackground }: SqliteOptions): Promise<Stores> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await fitFormat(folder);
  const file = (name: string) => join(folder, `${name}.db`);
  const opened: { close(): Promise<void> }[] = [];
  const keep = async <T extends { close(): Promise<void> }>(opening: Promise<T>): Promise<T> => {
    const store = await opening;
    opened.push(store);
    return store;
  };
  const close = async () => {
    for (const store of opened) await store.close();
  };
  try {
    const log = await keep(openSqliteLog(file('log'), clock, flush));
    const keys = await keep(openSqliteKeys(file('keys'), clock, flush));
    const blobs = await keep(openSqliteBlobs(file('blobs'), clock, flush));
    const kv = await keep(openSqliteKeyValue(file('kv'), clock));
    const documents = await keep(openSqliteDocuments(file('documents'), clock, collections));
    return {
      log,
      documents,
      keys,
      blobs,
      kv,
      async scrub() {
        for (const store of [blobs, kv, documents]) await store.scrub();
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

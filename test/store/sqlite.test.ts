import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteBlobs } from '../../src/store/sqlite/blobs.ts';
import { openSqliteDocuments } from '../../src/store/sqlite/documents.ts';
import { openSqliteKeys } from '../../src/store/sqlite/keys.ts';
import { openSqliteKeyValue } from '../../src/store/sqlite/kv.ts';
import { openSqliteLog } from '../../src/store/sqlite/log.ts';
import { systemClock } from '../../src/system.ts';
import { describeBlobStore } from '../contracts/blobs.ts';
import { describeDocumentStore, SHELVES } from '../contracts/documents.ts';
import { describeKeyStore } from '../contracts/keys.ts';
import { describeKeyValueStore } from '../contracts/kv.ts';
import { describeEventLog } from '../contracts/log.ts';

/** A store in a folder of its own, any number of handles on it, all closed in the end. */
async function handles<T extends { close(): Promise<void> }>(open: (file: string) => Promise<T>) {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-store-'));
  const opened: T[] = [];
  const again = async () => {
    const store = await open(join(folder, 'store.db'));
    opened.push(store);
    return store;
  };
  const dispose = async () => {
    for (const store of opened) await store.close();
    await rm(folder, { recursive: true });
  };
  return { first: await again(), again, dispose };
}

describeEventLog('SQLite', async () => {
  const { first, ...rest } = await handles((file) => openSqliteLog(file, systemClock));
  return { log: first, ...rest };
});
describeDocumentStore('SQLite', async () => {
  const { first, ...rest } = await handles((file) => openSqliteDocuments(file, systemClock, SHELVES));
  return { documents: first, ...rest };
});
describeKeyValueStore('SQLite', async (clock) => {
  const { first, ...rest } = await handles((file) => openSqliteKeyValue(file, clock));
  return { kv: first, ...rest };
});
describeBlobStore('SQLite', async () => {
  const { first, ...rest } = await handles((file) => openSqliteBlobs(file, systemClock));
  return { blobs: first, ...rest };
});
describeKeyStore('SQLite', async () => {
  const { first, ...rest } = await handles((file) => openSqliteKeys(file, systemClock));
  return { keys: first, ...rest };
});

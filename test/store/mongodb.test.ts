import { afterAll, beforeAll } from 'vitest';
import type { Clock } from '../../src/ports.ts';
import { openMongoBlobs } from '../../src/store/mongodb/blobs.ts';
import { type Connection, connectMongo } from '../../src/store/mongodb/connect.ts';
import { openMongoDocuments } from '../../src/store/mongodb/documents.ts';
import { openMongoKeys } from '../../src/store/mongodb/keys.ts';
import { openMongoKeyValue } from '../../src/store/mongodb/kv.ts';
import { openMongoLog } from '../../src/store/mongodb/log.ts';
import { systemClock, systemRandom } from '../../src/system.ts';
import { describeBlobStore } from '../contracts/blobs.ts';
import { describeDocumentStore, SHELVES } from '../contracts/documents.ts';
import { describeKeyStore } from '../contracts/keys.ts';
import { describeKeyValueStore } from '../contracts/kv.ts';
import { describeEventLog } from '../contracts/log.ts';
import { type Mongo, startMongo, TOPOLOGIES } from '../support/mongo.ts';
import { describeWith } from '../support/parts.ts';

for (const topology of TOPOLOGIES) {
  describeWith('mongod', `MongoDB, ${topology}`, () => {
    let mongo: Mongo;
    beforeAll(async () => {
      mongo = await startMongo(topology);
    });
    afterAll(() => mongo.stop());

    /** A store in a database of its own, any number of handles on it, each with its own connection. */
    async function handles<T>(open: (connection: Connection) => Promise<T>, close: (store: T) => Promise<void> = async () => {}) {
      const url = mongo.url();
      const opened: { readonly store: T; readonly connection: Connection }[] = [];
      const again = async () => {
        const connection = await connectMongo(url);
        const store = await open(connection);
        opened.push({ store, connection });
        return store;
      };
      const dispose = async () => {
        await opened[0]?.connection.db.dropDatabase();
        for (const { store, connection } of opened) {
          await close(store);
          await connection.client.close();
        }
      };
      return { first: await again(), again, dispose };
    }

    describeEventLog('MongoDB', async () => {
      const { first, ...rest } = await handles(
        (connection) => openMongoLog(connection, systemClock),
        (log) => log.close(),
      );
      return { log: first, ...rest };
    });
    describeDocumentStore('MongoDB', async () => {
      const { first, ...rest } = await handles((connection) => openMongoDocuments(connection, systemRandom, SHELVES));
      return { documents: first, ...rest };
    });
    describeKeyValueStore('MongoDB', async (clock: Clock) => {
      const { first, ...rest } = await handles((connection) => openMongoKeyValue(connection, clock));
      return { kv: first, ...rest };
    });
    describeBlobStore('MongoDB', async () => {
      const { first, ...rest } = await handles(async (connection) => openMongoBlobs(connection));
      return { blobs: first, ...rest };
    });
    describeKeyStore('MongoDB', async () => {
      const { first, ...rest } = await handles(async (connection) => openMongoKeys(connection));
      return { keys: first, ...rest };
    });
  });
}

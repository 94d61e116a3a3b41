import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { CollectionSpec, DocumentStore } from '../../src/store/documents.ts';
import { type Connection, connectMongo } from '../../src/store/mongodb/connect.ts';
import { DocumentSet } from '../../src/store/mongodb/document-set.ts';
import { openMongoDocuments } from '../../src/store/mongodb/documents.ts';
import { systemRandom } from '../../src/system.ts';
import { batchOf, SHELVES } from '../contracts/documents.ts';
import { type Child, runFile } from '../support/child-process.ts';
import { type Mongo, startMongo } from '../support/mongo.ts';
import { describeWith } from '../support/parts.ts';

describeWith('mongod', 'documents on MongoDB', () => {
  let mongo: Mongo;
  beforeAll(async () => {
    mongo = await startMongo('replica set');
  });
  afterAll(() => mongo.stop());
  const connections: Connection[] = [];
  const children: Child[] = [];
  afterEach(async () => {
    for (const child of children.splice(0)) await child.kill();
    for (const { client } of connections.splice(0)) await client.close();
  });
  async function open(url: string, collections: readonly CollectionSpec[] = SHELVES) {
    const connection = await connectMongo(url);
    connections.push(connection);
    return { connection, documents: await openMongoDocuments(connection, systemRandom, collections) };
  }
  const numbersIn = async (documents: DocumentStore) => {
    const all = [...(await documents.find('book', {})), ...(await documents.find('reader', {}))];
    return [...new Set(all.map(({ data }) => data['number']))];
  };

  it('are of one batch, whenever the process that wrote them is killed', async () => {
    const url = mongo.url();
    for (let from = 1, round = 0; round < 6; round += 1) {
      const child = runFile(fileURLToPath(new URL('processes/document-writer.ts', import.meta.url)), [url, String(from)]);
      children.push(child);
      await child.line((line) => Number(line) >= from + 20 + round);
      await child.kill();
      const told = Number(child.lines.at(-1));
      const { documents } = await open(url);
      expect(await documents.checkpoint()).toBeGreaterThanOrEqual(told);
      // Whoever writes next begins with what broke off.
      await documents.apply({ checkpoint: await documents.checkpoint(), put: [] });
      const checkpoint = await documents.checkpoint();
      expect(checkpoint).toBeGreaterThanOrEqual(told);
      const numbers = await numbersIn(documents);
      expect(numbers.length).toBe(1);
      expect(Number(numbers[0])).toBeGreaterThanOrEqual(checkpoint);
      from = checkpoint + 1;
    }
  });

  it('keep a newer version when a process that was paused comes late with an older one', async () => {
    const url = mongo.url();
    const [{ documents: late }, { documents }] = [await open(url), await open(url)];
    await late.apply(batchOf(1));
    await documents.apply(batchOf(5));
    await late.apply(batchOf(2));
    expect(await numbersIn(documents)).toEqual([5]);
  });

  it('whose new set was taking the place of the old one when the process died are swapped when the store is opened', async () => {
    const url = mongo.url();
    const { documents, connection } = await open(url);
    await documents.apply(batchOf(3));
    const set = new DocumentSet(connection.db, SHELVES);
    await set.create(true);
    await set.collection('book', true).insertOne({ _id: 'new', version: 9, data: '{"number":9}', by: {} });
    // Here it dies: one collection has been swapped already, the other has not.
    await connection.db.collection<{ _id: string }>('state').updateOne({ _id: set.name }, { $set: { swap: 9 } });
    await set.collection('reader', true).rename(set.collection('reader').collectionName, { dropTarget: true });

    const { documents: later } = await open(url);
    expect(await numbersIn(later)).toEqual([9]);
    expect(await later.count('reader')).toBe(0);
    expect(await later.checkpoint()).toBe(9);
  });

  it('of code that indexes other fields are a set of their own, beside the old one until somebody is forgotten', async () => {
    const url = mongo.url();
    const { documents: old } = await open(url);
    await old.apply(batchOf(4));
    const { documents, connection } = await open(url, [{ name: 'book', indexes: [['number']] }]);
    expect([await documents.checkpoint(), await documents.count('book')]).toEqual([0, 0]);
    expect(await old.count('book')).toBe(20);
    await documents.apply({
      checkpoint: 4,
      put: [{ collection: 'book', id: 'secret', version: 1, data: { name: 'Ada' } }, ...batchOf(4).put.filter(({ collection }) => collection === 'book')],
    });

    await documents.scrub();
    expect(await documents.count('book')).toBe(21);
    const names = (await connection.db.listCollections({}, { nameOnly: true }).toArray())
      .map(({ name }) => name)
      .filter((name) => name.startsWith('documents.'));
    expect(names).toEqual([expect.stringMatching(/^documents\.[0-9a-f]{8}\.book$/)]);
    // Nor is the last batch anywhere beside.
    expect(await connection.db.collection('redo').countDocuments()).toBe(0);
  });

  it('are read while they are swapped', async () => {
    const url = mongo.url();
    const [{ documents }, { documents: reader }] = [await open(url), await open(url)];
    await documents.apply(batchOf(1));
    let swapping = true;
    const reading = Array.from({ length: 4 }, async () => {
      while (swapping) {
        expect((await reader.find('book', { orderBy: [['shelf', 'asc']] })).length).toBe(20);
        expect(await reader.count('reader')).toBe(20);
      }
    });
    for (let number = 2; number <= 8; number += 1) await documents.replace((write) => write(batchOf(number)));
    swapping = false;
    await Promise.all(reading);
    expect(await numbersIn(reader)).toEqual([8]);
  });
});

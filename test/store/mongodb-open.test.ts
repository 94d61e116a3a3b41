import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectMongo, shownUrl } from '../../src/store/mongodb/connect.ts';
import { openMongoStores } from '../../src/store/mongodb/open.ts';
import { StreamHeads } from '../../src/store/mongodb/stream-heads.ts';
import { systemClock, systemRandom } from '../../src/system.ts';
import { type Mongo, startMongo } from '../support/mongo.ts';
import { describeWith } from '../support/parts.ts';

const SECRET = 'hunter2';

describe('an address of MongoDB', () => {
  it.each([
    ['no host', 'mongodb://'],
    ['an option that does not exist', `mongodb://user:${SECRET}@127.0.0.1/db?nonsense=1`],
    ['a password that is not escaped', `mongodb://user:${SECRET}@@127.0.0.1:x/db`],
    ['another protocol', 'http://127.0.0.1/db'],
  ])('that cannot be read, %s, is refused with one that could, and never repeated', async (_name, url) => {
    const refused = connectMongo(url);
    await expect(refused).rejects.toMatchObject({ code: 'Environment', message: expect.stringContaining('mongodb://USER:PASSWORD@HOST:27017/countersign') });
    await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining(SECRET) });
  });

  it('is shown without user, password and options', () => {
    expect(shownUrl(`mongodb://user:${SECRET}@a.example:27017,b.example/db?authSource=admin`)).toBe('mongodb://a.example:27017,b.example/db');
    expect(shownUrl(`mongodb+srv://user:${SECRET}@a.example`)).toBe('mongodb+srv://a.example');
    expect(shownUrl('mongodb://127.0.0.1/db')).toBe('mongodb://127.0.0.1/db');
  });

  it('where nobody answers is told within seconds', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await new Promise((resolve) => server.close(resolve));
    await expect(connectMongo(`mongodb://user:${SECRET}@127.0.0.1:${port}/db`)).rejects.toMatchObject({
      code: 'StoreUnavailable',
      message: expect.stringMatching(new RegExp(`^No MongoDB answers at mongodb://127.0.0.1:${port}/db within 5 seconds: start it, or correct MONGODB_URL`)),
    });
  });
});

describe('the version a stream has come to', () => {
  it.each([0, 1, 2, 17, 9_999, 1_234_567])('is found in a few requests: %i', async (length) => {
    let requests = 0;
    const heads = new StreamHeads(async (keys) => {
      requests += 1;
      return new Set(keys.filter((key) => key.startsWith('long@') && Number(key.slice('long@'.length)) <= length));
    });
    await heads.learn(new Map([['long', 0]]));
    expect(heads.get('long')).toBe(length);
    expect(requests).toBeLessThan(10);
    heads.clear();
    requests = 0;
    await heads.learn(new Map([['long', length]]));
    expect([heads.get('long'), requests]).toEqual([length, 1]);
    await heads.learn(new Map([['long', length]]));
    expect(requests).toBe(1);
  });
});

describeWith('mongod', 'opening stores on MongoDB', () => {
  let mongo: Mongo;
  beforeAll(async () => {
    mongo = await startMongo('standalone', { root: SECRET });
  });
  afterAll(() => mongo.stop());
  const open = (url: string) => openMongoStores({ url, clock: systemClock, random: systemRandom, collections: [] });

  it('needs a user the server knows, with the right to write', async () => {
    const withUser = (user: string, password: string, rest: string) => mongo.url('shop').replace('//', `//${user}:${password}@`) + rest;

    await expect(open(mongo.url('shop'))).rejects.toMatchObject({ code: 'StoreUnavailable', message: expect.stringMatching(/readWrite|refuses/) });
    await expect(open(withUser('root', 'wrong', '?authSource=admin'))).rejects.toMatchObject({
      code: 'StoreUnavailable',
      message: expect.stringMatching(/it refuses the user or the password: correct MONGODB_URL, with \?authSource=admin/),
    });
    const stores = await open(withUser('root', SECRET, '?authSource=admin'));
    expect((await stores.log.head()).number).toBe(0);
    await stores.close();

    const root = await connectMongo(withUser('root', SECRET, '?authSource=admin'));
    await root.db.command({ createUser: 'reader', pwd: SECRET, roles: [{ role: 'read', db: 'shop' }] });
    await root.client.close();
    await expect(open(withUser('reader', SECRET, ''))).rejects.toMatchObject({
      code: 'StoreUnavailable',
      message: expect.stringMatching(/it does not let this user do that: give the user the role readWrite on the database/),
    });

    const marked = await connectMongo(withUser('root', SECRET, '?authSource=admin'));
    await marked.db.collection<{ _id: string }>('state').updateOne({ _id: 'format' }, { $set: { format: 2 } });
    await marked.client.close();
    await expect(open(withUser('root', SECRET, '?authSource=admin'))).rejects.toMatchObject({
      code: 'DataFormat',
      message: expect.stringMatching(/The database shop has data format 2, but this Countersign knows only formats up to 1/),
    });
  });
});

import { existsSync } from 'node:fs';
import { cp, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COLLECTIONS } from '../../src/store/collections.ts';
import { connectMongo } from '../../src/store/mongodb/connect.ts';
import { openSqliteStores } from '../../src/store/sqlite/open.ts';
import { systemClock, systemRandom } from '../../src/system.ts';
import { fillStores } from '../support/busy-stores.ts';
import { type Mongo, startMongo } from '../support/mongo.ts';
import { describeWith } from '../support/parts.ts';
import { startCountersign, temporaryFolder } from '../support/processes.ts';
import { countersign, startServer, until } from './countersign.ts';

const LEADS = 'name,email,company,message\nAda,ada@ada-shop.example,Ada Shop,"Our invoices are a mess, can you fix the billing? Our budget is 8,000 EUR."\n';

/** A data folder with a lead in it. */
async function given(): Promise<string> {
  const data = temporaryFolder();
  await writeFile(join(data, 'leads.csv'), LEADS);
  expect(await countersign(['import', join(data, 'leads.csv')], { data })).toMatchObject({ code: 0 });
  return data;
}

/** A data folder with many leads in it, so that moving it takes a moment. */
async function crowded(): Promise<string> {
  const data = temporaryFolder();
  const stores = await openSqliteStores({ folder: data, clock: systemClock, random: systemRandom, collections: COLLECTIONS });
  await fillStores(stores, systemClock, systemRandom, 400);
  await stores.close();
  return data;
}

async function appears(file: string): Promise<void> {
  while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 1));
}

describe('backup and restore', () => {
  it('beside a running server, into a folder of its own, and on from there', { timeout: 120_000 }, async () => {
    const data = await given();
    const server = await startServer({ data });
    const file = join(data, 'a.backup');
    expect(await countersign(['backup', file], { data })).toMatchObject({
      code: 0,
      text: expect.stringMatching(/commits, \d+ keys.* are in .*a\.backup.*\nLeft behind: /s),
    });
    expect(await countersign(['backup', file], { data })).toMatchObject({ code: 2, text: expect.stringContaining('exists already') });
    expect(await countersign(['restore', file], { data })).toMatchObject({ code: 4, text: expect.stringContaining(`process ${server.pid}`) });
    await server.kill();

    const restored = join(data, 'restored');
    const done = await countersign(['restore', file, '--to', `sqlite:${restored}`, '--json'], { data });
    expect(done).toMatchObject({ code: 0, json: [{ ok: true, hash: expect.stringMatching(/^[0-9a-f]{64}$/) }] });
    expect(await countersign(['verify', '--json'], { data: restored })).toMatchObject({ code: 0, json: [{ ok: true, hash: done.json[0]?.['hash'] }] });
    const again = await startServer({ data: restored });
    const cards = await until(async () => {
      const { json } = await countersign(['approvals', '--json'], { data: restored });
      return json.length === 1 ? json : undefined;
    });
    expect(await countersign(['approve', String(cards[0]?.['id'])], { data: restored })).toMatchObject({ code: 0 });
    await again.kill();
  });

  it('of a file that is cut off, or no backup, is refused, and nothing is there', { timeout: 120_000 }, async () => {
    const data = await given();
    const file = join(data, 'a.backup');
    await countersign(['backup', file], { data });
    const cut = join(data, 'cut.backup');
    await cp(file, cut);
    await truncate(cut, (await readFile(file)).length - 7);
    for (const [name, problem] of [
      [cut, 'is no whole backup of Countersign'],
      [join(data, 'leads.csv'), 'is no whole backup of Countersign'],
    ] as const) {
      const target = join(data, 'empty');
      expect(await countersign(['restore', name, '--to', `sqlite:${target}`], { data })).toMatchObject({ code: 1, text: expect.stringContaining(problem) });
      expect(await countersign(['verify', '--json'], { data: target })).toMatchObject({ json: [{ commits: 0 }] });
    }
    expect(await countersign(['restore', join(data, 'none')], { data })).toMatchObject({ code: 3 });
    expect(await countersign(['restore', file], { data })).toMatchObject({ code: 0 });
    const other = await given();
    expect(await countersign(['restore', file], { data: other })).toMatchObject({ code: 1, text: expect.stringContaining('Only an empty store') });
  });

  it('killed at any moment leaves a whole backup or none; restored again after it was killed, it is whole', { timeout: 120_000 }, async () => {
    const data = await crowded();
    const file = join(data, 'a.backup');
    const writing = startCountersign(['backup', file], { data });
    await appears(`${file}.unfinished`);
    await writing.kill();
    const { code: second } = await countersign(['backup', file], { data });
    // It was whole already, or none was there; what follows proves that it is whole.
    expect([0, 2]).toContain(second);

    const target = join(data, 'target');
    const restoring = startCountersign(['restore', file, '--to', `sqlite:${target}`], { data });
    await appears(join(target, 'log.db'));
    await restoring.kill();
    const { code, json } = await countersign(['restore', file, '--to', `sqlite:${target}`, '--json'], { data });
    expect({ code, json }).toMatchObject({ code: 0, json: [{ ok: true, keys: 399, contents: 3 }] });
    expect(await countersign(['verify', '--json'], { data: target })).toMatchObject({ code: 0, json: [{ hash: json[0]?.['hash'] }] });
  });
});

describe('a place', () => {
  it.each([
    ['is needed', ['migrate', '--from', 'sqlite:x']],
    ['must be of a kind that is known', ['migrate', '--from', 'postgres://user:hunter2@host/db', '--to', 'sqlite:x']],
    ['mongodb needs an address', ['migrate', '--from', 'mongodb', '--to', 'sqlite:x']],
  ])('%s', async (_name, args) => {
    const { code, text } = await countersign(args, { data: temporaryFolder() });
    expect(code).toBe(2);
    expect(text).not.toContain('hunter2');
  });

  it('that is moved from must be there', async () => {
    const data = temporaryFolder();
    expect(await countersign(['migrate', '--from', `sqlite:${join(data, 'none')}`, '--to', `sqlite:${join(data, 'new')}`], { data })).toMatchObject({
      code: 3,
    });
  });
});

describeWith('mongod', 'moving between a folder and MongoDB', () => {
  let mongo: Mongo;
  beforeAll(async () => {
    mongo = await startMongo('replica set');
  });
  afterAll(() => mongo.stop());

  it('and back: the server goes on with the same log, and the same card waits', { timeout: 120_000 }, async () => {
    const data = await given();
    const url = mongo.url();
    const there = { data, env: { MONGODB_URL: url } };
    const server = await startServer({ data });
    const waiting = async (options: Parameters<typeof countersign>[1]) =>
      until(async () => {
        const { json } = await countersign(['approvals', '--json'], options);
        return json.length === 1 ? String(json[0]?.['id']) : undefined;
      });
    const card = await waiting({ data });
    expect(await countersign(['migrate', '--from', `sqlite:${data}`, '--to', url], { data })).toMatchObject({ code: 4 });
    await server.kill();

    const moved = await countersign(['migrate', '--from', `sqlite:${data}`, '--to', 'mongodb'], there);
    expect(moved).toMatchObject({ code: 0, text: expect.stringMatching(/^lead +1 +1 +[0-9a-f]{16} +equal$/m) });
    expect(moved.text).toContain('From now on set MONGODB_URL; do not start a server at the old place again.');
    const proved = await countersign(['verify', '--json'], there);
    expect(proved.json).toEqual((await countersign(['verify', '--json'], { data })).json);

    const doctor = await countersign(['doctor', '--json'], there);
    expect(doctor.json).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ check: 'MongoDB', state: 'ok', says: expect.stringContaining('version 6.0') }),
        expect.objectContaining({ check: 'Replica set', state: 'ok', says: 'tests, 1 member' }),
        expect.objectContaining({ check: 'Durable writes' }),
        expect.objectContaining({ check: 'Owner', says: 'no server is running on the database' }),
      ]),
    );

    const again = await startServer(there);
    expect(await waiting(there)).toBe(card);
    expect(await countersign(['approve', card], there)).toMatchObject({ code: 0 });
    expect(await countersign(['migrate', '--from', url, '--to', `sqlite:${join(data, 'back')}`], { data })).toMatchObject({
      code: 4,
      text: expect.stringContaining('A server is running on mongodb://127.0.0.1'),
    });
    const { ended, kill } = again;
    void kill('SIGTERM');
    await ended;
    const back = join(data, 'back');
    expect(await countersign(['migrate', '--from', url, '--to', `sqlite:${back}`, '--json'], { data })).toMatchObject({ code: 0 });
    expect((await countersign(['verify', '--json'], { data: back })).json).toEqual((await countersign(['verify', '--json'], there)).json);
  });

  it('killed in the middle goes on where it was', { timeout: 120_000 }, async () => {
    const data = await crowded();
    const url = mongo.url();
    const args = ['migrate', '--from', `sqlite:${data}`, '--to', url, '--json'];
    const first = startCountersign(args, { data });
    const { client, db } = await connectMongo(url);
    while ((await db.collection('commits').estimatedDocumentCount()) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await client.close();
    await first.kill();
    const { code, json } = await countersign(args, { data });
    expect(code).toBe(0);
    expect(json.filter(({ equal }) => equal === false)).toEqual([]);
    expect(json.at(-1)).toMatchObject({ ok: true, commits: 4801, keys: 399 });
    expect(json.at(-1)?.['copied']).toBeLessThan(4801);
    expect(await countersign(['migrate', '--from', `sqlite:${data}`, '--to', `sqlite:${data}`], { data })).toMatchObject({ code: 4 });
  });

  it('to a database that holds something else is refused', { timeout: 120_000 }, async () => {
    const [data, other] = [await given(), await given()];
    const url = mongo.url();
    expect(await countersign(['migrate', '--from', `sqlite:${data}`, '--to', url], { data })).toMatchObject({ code: 0 });
    expect(await countersign(['migrate', '--from', `sqlite:${other}`, '--to', url], { data: other })).toMatchObject({
      code: 1,
      text: expect.stringContaining('Only an empty store'),
    });
  });

  it('whose address is wrong is told by doctor, without the password', async () => {
    const { code, text } = await countersign(['doctor'], { data: temporaryFolder(), env: { MONGODB_URL: 'mongodb://user:hunter2@127.0.0.1:1/db' } });
    expect(code).toBe(1);
    expect(text).toMatch(/✗ MongoDB +No MongoDB answers at mongodb:\/\/127\.0\.0\.1:1\/db within 5 seconds/);
    expect(text).not.toContain('hunter2');
  });
});

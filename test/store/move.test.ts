import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { COLLECTIONS } from '../../src/store/collections.ts';
import { openMongoStores } from '../../src/store/mongodb/open.ts';
import { migrate } from '../../src/store/move/migrate.ts';
import { restore } from '../../src/store/move/restore.ts';
import { writeBackup } from '../../src/store/move/write-backup.ts';
import { openSqliteStores } from '../../src/store/sqlite/open.ts';
import type { Stores } from '../../src/store/stores.ts';
import { verifyLog } from '../../src/store/verify.ts';
import { systemClock, systemRandom } from '../../src/system.ts';
import { commitOf, event } from '../contracts/log.ts';
import { contentsOf, fillStores, forget, refuseIntake, sealedIn } from '../support/busy-stores.ts';
import { type Mongo, startMongo } from '../support/mongo.ts';
import { describeWith } from '../support/parts.ts';
import { temporaryFolder } from '../support/processes.ts';

const parts = { clock: systemClock, random: systemRandom };
const options = { ...parts, collections: COLLECTIONS.map(({ name }) => name), progress: () => {} };
const opened: Stores[] = [];
afterEach(async () => {
  for (const stores of opened.splice(0)) await stores.close();
});

async function sqlite(folder = temporaryFolder()): Promise<Stores> {
  const stores = await openSqliteStores({ ...parts, folder, collections: COLLECTIONS });
  opened.push(stores);
  return stores;
}
async function mongodb(url: string): Promise<Stores> {
  const stores = await openMongoStores({ ...parts, url, collections: COLLECTIONS });
  opened.push(stores);
  return stores;
}

/** Both ways of arriving: everything is there, byte for byte, and work goes on. */
async function expectArrived(source: Stores, target: Stores): Promise<void> {
  expect(await contentsOf(target)).toEqual(await contentsOf(source));
  expect(await target.kv.get('session:1')).toBeNull();
  const { number } = await target.log.head();
  expect(await verifyLog(target.log)).toMatchObject({ commits: number });
  expect(await target.documents.checkpoint()).toBe(number);
  expect((await target.documents.get('lead', 'l0'))?.data).toMatchObject({ fields: { email: 'person.0@example.org' } });
  expect((await target.documents.get('lead', 'l1'))?.data).toMatchObject({ fields: { email: '[forgotten]' } });
  expect(await target.log.append(commitOf([event('task:t0')], { 'task:t0': (await target.log.readStream('task:t0')).length }))).toMatchObject({
    number: number + 1,
  });
}

const kinds: readonly (readonly [from: string, to: string, needs: 'mongod' | null])[] = [
  ['SQLite', 'SQLite', null],
  ['SQLite', 'MongoDB', 'mongod'],
  ['MongoDB', 'SQLite', 'mongod'],
];
let mongo: Mongo | null = null;
afterAll(() => mongo?.stop());
const open = async (kind: string): Promise<Stores> => {
  if (kind === 'SQLite') return sqlite();
  mongo ??= await startMongo('replica set');
  return mongodb(mongo.url());
};

for (const [from, to, needs] of kinds) {
  const suite = (name: string, tests: () => void) => (needs === null ? describe(name, tests) : describeWith(needs, name, tests));

  suite(`migrating from ${from} to ${to}`, () => {
    it('brings the log byte for byte, keys, contents and lasting values, and the same documents (I1)', async () => {
      const [source, target] = [await open(from), await open(to)];
      await fillStores(source, systemClock, systemRandom);
      const { compared, ...moved } = await migrate(source, target, options);
      const { number, hash } = await source.log.head();
      expect(moved).toEqual({ head: { number, hash }, copied: number, keys: 49, blobs: 3, entries: 2 });
      expect(compared.filter(({ equal }) => !equal)).toEqual([]);
      expect(new Map(compared.map(({ collection, target: { documents } }) => [collection, documents])).get('task')).toBe(50);
      await expectArrived(source, target);
    });

    it('goes on where it broke off, also when somebody was forgotten meanwhile', async () => {
      const [source, target] = [await open(from), await open(to)];
      const { journal } = await fillStores(source, systemClock, systemRandom);
      let batches = 0;
      const broken: Stores = {
        ...target,
        log: Object.assign(Object.create(target.log), {
          adopt: async (commits: Parameters<Stores['log']['adopt']>[0]) => {
            batches += 1;
            if (batches === 2) throw new Error('power cut');
            await target.log.adopt(commits);
          },
          head: () => target.log.head(),
        }),
      };
      await expect(migrate(source, broken, options)).rejects.toThrow('power cut');
      const { number: reached } = await target.log.head();
      expect(reached).toBeGreaterThan(0);
      await forget(source, journal, 'p7');

      const { copied, compared } = await migrate(source, target, options);
      expect(copied).toBe((await source.log.head()).number - reached);
      expect(compared.filter(({ equal }) => !equal)).toEqual([]);
      expect((await target.keys.getMany(['p7', 'p8'])).size).toBe(1);
      await expectArrived(source, target);
    });

    it('refuses a target that holds another log, and changes nothing there', async () => {
      const [source, target] = [await open(from), await open(to)];
      await fillStores(source, systemClock, systemRandom, 3);
      await target.log.append(commitOf([event('own')]));
      await target.keys.add('mine', new Uint8Array(32));
      const before = await contentsOf(target);
      await expect(migrate(source, target, options)).rejects.toMatchObject({
        code: 'ForeignCommits',
        message: expect.stringMatching(/^Commit 1 .*another one/),
      });
      expect(await contentsOf(target)).toEqual(before);
    });
  });

  suite(`a backup of ${from}, restored to ${to}`, () => {
    it('holds everything, made while somebody writes', async () => {
      const [source, target] = [await open(from), await open(to)];
      const { journal } = await fillStores(source, systemClock, systemRandom);
      let writing = true;
      const beside = (async () => {
        for (let n = 0; writing; n += 1) await refuseIntake(journal, `beside-${n}`);
      })();
      const file = join(temporaryFolder(), 'all.backup');
      const written = await writeBackup(source, file, systemClock, () => {});
      writing = false;
      await beside;
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(statSync(file).size).toBe(written.bytes);
      expect(written).toMatchObject({ commits: written.head.number, keys: 49, blobs: 3, entries: 2 });

      const restored = await restore(file, target, systemClock, systemRandom, () => {});
      expect(restored).toMatchObject({ head: written.head, keys: 49, blobs: 3, entries: 2 });
      expect(await sealedIn(target)).toEqual((await sealedIn(source)).slice(0, written.commits));
      expect(await verifyLog(target.log)).toMatchObject({ commits: written.commits });
      expect((await target.documents.get('lead', 'l1'))?.data).toMatchObject({ fields: { email: '[forgotten]' } });
      expect((await journal.readStream('lead:l0'))[0]?.data).toMatchObject({ fields: { email: 'person.0@example.org' } });
      expect((await target.documents.get('lead', 'l0'))?.data).toMatchObject({ fields: { email: 'person.0@example.org' } });
    });
  });
}

describe('moving', () => {
  it('puts the keys of the source in the place of those that were made by opening the empty target', async () => {
    const [source, target] = [await sqlite(), await sqlite()];
    await source.keys.add('company:pseudonyms', new Uint8Array(32).fill(1));
    await fillStores(source, systemClock, systemRandom, 2);
    await target.keys.add('company:pseudonyms', new Uint8Array(32).fill(2));
    await target.keys.add('nobody', new Uint8Array(32).fill(3));
    await migrate(source, target, options);
    expect(await contentsOf(target)).toEqual(await contentsOf(source));
  });

  it('says so when somebody wrote to the source meanwhile; run again, the rest comes too', async () => {
    const [source, target] = [await sqlite(), await sqlite()];
    const { journal } = await fillStores(source, systemClock, systemRandom, 2);
    // After the log was copied.
    async function* lasting() {
      await refuseIntake(journal, 'late');
      yield* source.kv.lasting();
    }
    await expect(migrate({ ...source, kv: { ...source.kv, lasting } }, target, options)).rejects.toMatchObject({
      code: 'SourceChanged',
      message: expect.stringMatching(/stop whoever writes to it, then run the same again/),
    });
    await migrate(source, target, options);
    expect(await contentsOf(target)).toEqual(await contentsOf(source));
  });

  it('names a collection whose documents were changed at the source by something else', async () => {
    const folder = temporaryFolder();
    const [source, target] = [await sqlite(folder), await sqlite()];
    await fillStores(source, systemClock, systemRandom, 2);
    await migrate(source, target, options);
    const database = new DatabaseSync(join(folder, 'documents.db'));
    database.exec(`UPDATE lead SET data = replace(data, 'contacted', 'won')`);
    database.close();
    const { compared } = await migrate(source, target, options);
    expect(compared.filter(({ equal }) => !equal).map(({ collection }) => collection)).toEqual(['lead']);
  });

  it('finds nothing to move in an empty store', async () => {
    await expect(migrate(await sqlite(), await sqlite(), options)).rejects.toMatchObject({ code: 'NotFound' });
  });
});

describe('a backup file', () => {
  let good: Buffer;
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-'));
    const stores = await openSqliteStores({ ...parts, folder, collections: COLLECTIONS });
    await fillStores(stores, systemClock, systemRandom, 4);
    await writeBackup(stores, join(folder, 'good.backup'), systemClock, () => {});
    good = readFileSync(join(folder, 'good.backup'));
    await stores.close();
    rmSync(folder, { recursive: true });
  });
  const fileOf = (bytes: Uint8Array | string) => {
    const file = join(temporaryFolder(), 'some.backup');
    writeFileSync(file, bytes);
    return file;
  };
  async function expectRefused(bytes: Uint8Array | string): Promise<void> {
    const target = await sqlite();
    const file = fileOf(bytes);
    await expect(restore(file, target, systemClock, systemRandom, () => {})).rejects.toMatchObject({
      code: 'BackupDamaged',
      message: expect.stringMatching(/some\.backup is no whole backup of Countersign: .*Nothing was written/s),
    });
    expect(await contentsOf(target)).toEqual({ commits: [], keys: [], blobs: [], values: [] });
  }

  it('is taken as it is', async () => {
    const target = await sqlite();
    expect(await restore(fileOf(good), target, systemClock, systemRandom, () => {})).toMatchObject({ keys: 3, blobs: 3 });
  });

  it('cut off anywhere is refused before anything is written', async () => {
    for (const length of [0, 1, 10, Math.floor(good.length / 2), good.length - 1]) await expectRefused(good.subarray(0, length));
  });

  it('with any bit changed is refused before anything is written', async () => {
    for (let at = 0; at < good.length; at += Math.ceil(good.length / 23)) {
      const changed = Buffer.from(good);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      await expectRefused(changed);
    }
  });

  const rewrite = (change: (content: Buffer) => Buffer) => zstdCompressSync(change(zstdDecompressSync(good)));
  it.each([
    ['a text file', () => Buffer.from('name,email\nAda,ada@example.org\n')],
    ['something else that is compressed', () => zstdCompressSync(Buffer.from('something else'))],
    [
      'a content changed with the compression’s own sum put right',
      () => rewrite((content) => Buffer.from(content.toString('latin1').replace('"priority":0', '"priority":9'), 'latin1')),
    ],
    ['a key changed likewise', () => rewrite((content) => Buffer.from(content.toString('latin1').replace('["p2","', '["p9","'), 'latin1'))],
    ['something behind its end', () => rewrite((content) => Buffer.concat([content, content.subarray(0, 200)]))],
    ['its end cut off', () => rewrite((content) => content.subarray(0, content.lastIndexOf('E\0')))],
    ['its beginning cut off', () => rewrite((content) => content.subarray(content.indexOf('C\0\0')))],
  ])('that is %s is refused', async (_name, bytes) => {
    await expectRefused(bytes());
  });

  it('of a newer Countersign is refused as such', async () => {
    const file = fileOf(rewrite((content) => Buffer.from(content.toString('latin1').replace('"format":1', '"format":2'), 'latin1')));
    await expect(restore(file, await sqlite(), systemClock, systemRandom, () => {})).rejects.toMatchObject({ code: 'DataFormat' });
  });

  it('is not restored over another log, but over the beginning of its own', async () => {
    const [other, broken] = [await sqlite(), await sqlite()];
    await other.log.append(commitOf([event('own')]));
    await expect(restore(fileOf(good), other, systemClock, systemRandom, () => {})).rejects.toMatchObject({ code: 'ForeignCommits' });
    expect((await sealedIn(other)).length).toBe(1);

    const whole = await sqlite();
    await restore(fileOf(good), whole, systemClock, systemRandom, () => {});
    await broken.log.adopt((await sealedIn(whole)).slice(0, 20));
    await broken.keys.add('p2', new Uint8Array(32));
    await restore(fileOf(good), broken, systemClock, systemRandom, () => {});
    expect(await contentsOf(broken)).toEqual(await contentsOf(whole));
  });

  it('is never written over another file, nor left half-written', async () => {
    const folder = temporaryFolder();
    const stores = await sqlite(folder);
    await fillStores(stores, systemClock, systemRandom, 2);
    const file = join(folder, 'a.backup');
    writeFileSync(file, 'mine');
    await expect(writeBackup(stores, file, systemClock, () => {})).rejects.toMatchObject({ code: 'FileExists' });
    expect(readFileSync(file, 'utf8')).toBe('mine');

    const database = new DatabaseSync(join(folder, 'log.db'));
    database.exec(`UPDATE commits SET text = replace(text, 'form', 'from') WHERE number = 9`);
    database.close();
    const damaged = join(folder, 'b.backup');
    await expect(writeBackup(stores, damaged, systemClock, () => {})).rejects.toMatchObject({
      code: 'LogDamaged',
      message: expect.stringMatching(/damaged at commit 9: its text, its hash or its place was altered/),
    });
    expect([existsSync(damaged), existsSync(`${damaged}.unfinished`)]).toEqual([false, false]);
  });
});

import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { EMPTY, sealCommit } from '../../src/store/commit.ts';
import type { EventLog } from '../../src/store/log.ts';
import { type CommitDocument, Commits, documentOf } from '../../src/store/mongodb/commits.ts';
import { type Connection, connectMongo } from '../../src/store/mongodb/connect.ts';
import { openMongoLog } from '../../src/store/mongodb/log.ts';
import { verifyLog } from '../../src/store/verify.ts';
import { systemClock } from '../../src/system.ts';
import { commitOf, event, everything } from '../contracts/log.ts';
import { type Child, runFile } from '../support/child-process.ts';
import { type Mongo, startMongo, TOPOLOGIES } from '../support/mongo.ts';
import { describeWith } from '../support/parts.ts';
import { startProxy, type TcpProxy } from '../support/tcp-proxy.ts';

const opened: { readonly log: EventLog; readonly connection: Connection }[] = [];
const children: Child[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) await child.kill();
  for (const { log, connection } of opened.splice(0)) {
    await log.close();
    await connection.client.close();
  }
});

async function open(url: string): Promise<{ readonly log: EventLog; readonly connection: Connection }> {
  const connection = await connectMongo(url);
  const handle = { connection, log: await openMongoLog(connection, systemClock) };
  opened.push(handle);
  return handle;
}

function write(url: string, name: string, count: number, width: number): Child {
  const child = runFile(fileURLToPath(new URL('processes/writer.ts', import.meta.url)), [url, name, String(count), String(width)]);
  children.push(child);
  return child;
}
const numbersOf = (child: Child) => child.lines.filter((line) => /^\d+$/.test(line)).map(Number);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

for (const topology of TOPOLOGIES) {
  describeWith('mongod', `a log on MongoDB, ${topology}`, () => {
    let mongo: Mongo;
    let proxy: TcpProxy;
    beforeAll(async () => {
      mongo = await startMongo(topology);
      proxy = await startProxy(mongo.port);
    });
    afterAll(async () => {
      await proxy.close();
      await mongo.stop();
    });
    /** The same database, straight and by way of the proxy. */
    const bothWays = () => {
      const url = mongo.url();
      return { url, proxied: `${url.replace(String(mongo.port), String(proxy.port))}?directConnection=true` };
    };

    describe('a connection that is cut (faults row 4)', () => {
      it.each(['request', 'reply'] as const)('at the %s: one event, not two', async (cut) => {
        const { url, proxied } = bothWays();
        const { log } = await open(proxied);
        await log.append(commitOf([event('a')]));
        const lost = proxy.cutNext(cut, 'insert', 'commits');
        expect(await log.append(commitOf([event('a', { n: 2 }), event('a')], { a: 1 }))).toEqual({ number: 2, versions: [2, 3] });
        await lost;
        expect(await log.append(commitOf([event('a')], { a: 3 }))).toEqual({ number: 3, versions: [4] });
        expect((await everything((await open(url)).log)).map(({ events }) => events.length)).toEqual([1, 2, 1]);
        expect(await verifyLog(log)).toMatchObject({ commits: 3, events: 4 });
      });

      it('in the middle of many, while another process writes too: each once, and the refused are refused', async () => {
        const { url, proxied } = bothWays();
        const [{ log }, { log: other }] = [await open(proxied), await open(url)];
        await log.append(commitOf([event('shared')]));
        let writing = true;
        const beside = (async () => {
          const numbers: number[] = [];
          while (writing) numbers.push((await other.append(commitOf([event('beside')]))).number);
          return numbers;
        })();
        const numbers: number[] = [];
        for (let round = 0; round < 5; round += 1) {
          // Whichever way a process under contention writes.
          const lost = proxy.cutNext(round % 2 === 0 ? 'reply' : 'request', 'commits', 'ordered', `round-${round}-`);
          const appending = Array.from({ length: 40 }, (_, index) =>
            log.append(commitOf([event(`w:${index}`, { text: `round-${round}-` })], { [`w:${index}`]: index === 7 ? 99 : round })),
          );
          const results = await Promise.allSettled(appending);
          await lost;
          expect(results.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []))).toEqual([7]);
          numbers.push(...results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.number] : [])));
        }
        writing = false;
        const all = [...numbers, ...(await beside)];
        expect(all.sort((a, b) => a - b)).toEqual(upTo(all.length + 1).slice(1));
        expect(await verifyLog(other)).toMatchObject({ commits: all.length + 1 });
        for (let index = 0; index < 40; index += 1) expect((await log.readStream(`w:${index}`)).length).toBe(index === 7 ? 0 : 5);
      });

      it('cuts no subscription off: it goes on where it was', async () => {
        const { url, proxied } = bothWays();
        const [{ log }, { log: other }] = [await open(proxied), await open(url)];
        const seen: number[] = [];
        let wake = () => {};
        const subscription = log.subscribe(0, async (commits) => {
          seen.push(...commits.map(({ number }) => number));
          wake();
        });
        const until = async (count: number) => {
          while (seen.length < count) await new Promise<void>((resolve) => (wake = resolve));
        };
        for (let round = 1; round <= 3; round += 1) {
          await other.append(commitOf([event('a')]));
          await until(2 * round - 1);
          proxy.cutAll();
          await other.append(commitOf([event('a')]));
          await until(2 * round);
        }
        expect(seen).toEqual(upTo(6));
        await subscription.stop();
      });
    });

    describe('several processes', () => {
      it('all write it at once, nobody loses a commit, and a subscriber sees every one', async () => {
        const url = mongo.url();
        const { log } = await open(url);
        const seen: number[] = [];
        const all = Promise.withResolvers<void>();
        const subscription = log.subscribe(0, async (commits) => {
          seen.push(...commits.map(({ number }) => number));
          if (seen.length >= 180) all.resolve();
        });
        const writers = ['one', 'two', 'three'].map((name) => write(url, name, 15, 4));
        expect(await Promise.all(writers.map(({ ended }) => ended))).toEqual([0, 0, 0]);
        await all.promise;
        await subscription.stop();
        expect(seen).toEqual(upTo(180));
        expect(writers.flatMap(numbersOf).sort((a, b) => a - b)).toEqual(upTo(180));
        expect(await verifyLog(log)).toMatchObject({ commits: 180, events: 360 });
        expect((await log.readStream('shared')).map(({ version }) => version)).toEqual(upTo(180));
      });

      it('kill -9 of one while it appends: what it acknowledged is there, whole, and the others go on (I3)', async () => {
        const url = mongo.url();
        const { log } = await open(url);
        const survivor = write(url, 'survivor', 0, 2);
        for (const name of ['a', 'b']) {
          const child = write(url, name, 0, 6);
          await child.line(() => numbersOf(child).length >= 40);
          await child.kill();
          const before = numbersOf(survivor).length;
          await survivor.line(() => numbersOf(survivor).length >= before + 10);
          const names = new Map((await everything(log)).map(({ number, events }) => [number, events[1]?.data['name']]));
          expect(numbersOf(child).map((number) => names.get(number))).toEqual(numbersOf(child).map(() => name));
        }
        await survivor.kill();
        expect(await verifyLog(log)).toMatchObject({ commits: expect.any(Number) });
      });
    });

    describe('commits that are not durable yet, of others', () => {
      const chain = (length: number): CommitDocument[] => {
        const documents: CommitDocument[] = [];
        let head = EMPTY;
        for (let version = 0; version < length; version += 1) {
          const { commit, versions } = sealCommit(head, commitOf([event('a')], {}, `id-${version}`), () => version);
          documents.push(documentOf(commit, { id: `id-${version}`, events: [{ stream: 'a', version: versions[0] ?? 0 }] }));
          head = commit;
        }
        return documents;
      };

      it('are written again in the same request where an election took them back: never a gap', async () => {
        const { log, connection } = await open(mongo.url());
        const [one, two, three] = chain(3);
        if (one === undefined || two === undefined || three === undefined) throw new Error('there is no chain');
        const commits = new Commits(connection);
        await commits.insert([one]);
        // The second was seen, and is gone: this request goes to the primary that never had it.
        expect(await commits.insertBehind([two], [three])).toEqual({ count: 1, stoppedBy: null });
        expect(await commits.isDurable({ number: 3, hash: three.hash })).toBe(true);
        expect(await verifyLog(log)).toMatchObject({ commits: 3 });
        // The one who wrote it sends it again, and finds it there.
        expect(await commits.insert([two])).toEqual({ count: 0, stoppedBy: 'number' });
        await commits.close();
      });

      it('are not built upon where others have taken their place', async () => {
        const { connection } = await open(mongo.url());
        const [one, two] = chain(2);
        if (one === undefined || two === undefined) throw new Error('there is no chain');
        const commits = new Commits(connection);
        await commits.insert([{ ...one, hash: 'another' }]);
        expect(await commits.insertBehind([one], [two])).toBeNull();
        expect(await commits.isDurable({ number: 1, hash: one.hash })).toBe(false);
        await commits.close();
      });
    });

    describe('a log that somebody changed (faults row 10)', () => {
      /** A log of six commits; somebody changes the database; then it is verified. */
      async function verifyAfter(tamper: (connection: Connection) => Promise<unknown>) {
        const { log, connection } = await open(mongo.url());
        for (let n = 1; n <= 6; n += 1) await log.append(commitOf([event('a', { n }), event(`b:${n % 2}`, { amount: 100 })]));
        // The mark of the last commit is written at the end, or a second later.
        await log.close();
        await tamper(connection);
        return verifyLog((await open(connection.client.options.hosts.length > 0 ? `mongodb://127.0.0.1:${mongo.port}/${connection.db.databaseName}` : '')).log);
      }
      const commitsOf = ({ db }: Connection) => db.collection<CommitDocument>('commits');
      const alter = (number: number, change: (document: CommitDocument) => Partial<CommitDocument>) => async (connection: Connection) => {
        const document = await commitsOf(connection).findOne({ _id: number });
        if (document !== null) await commitsOf(connection).updateOne({ _id: number }, { $set: change(document) });
      };

      const damages: readonly (readonly [name: string, tamper: (connection: Connection) => Promise<unknown>, broken: number, why: RegExp])[] = [
        ['an altered event', alter(3, ({ text }) => ({ text: text.replace('100', '900') })), 3, /altered/],
        ['an altered hash', alter(4, () => ({ hash: '0'.repeat(64) })), 4, /altered/],
        ['a deleted commit', (connection) => commitsOf(connection).deleteOne({ _id: 2 }), 2, /commit 2 is missing, after 1 comes 3/],
        ['the first commit deleted', (connection) => commitsOf(connection).deleteOne({ _id: 1 }), 1, /commit 1 is missing, after 0 comes 2/],
        ['the last commit deleted', (connection) => commitsOf(connection).deleteOne({ _id: 6 }), 6, /the log ends at commit 5, but 6 were written/],
        ['everything deleted', (connection) => commitsOf(connection).deleteMany({}), 1, /the log ends at commit 0, but 6 were written/],
      ];
      it.each(damages)('is named at its first broken commit: %s', async (_name, tamper, broken, why) => {
        expect(await verifyAfter(tamper)).toEqual({ broken, why: expect.stringMatching(why) });
      });

      it('is not appended to where its end is cut off', async () => {
        const url = mongo.url();
        const first = await open(url);
        for (let n = 1; n <= 3; n += 1) await first.log.append(commitOf([event('a')]));
        await first.log.close();
        await commitsOf(first.connection).deleteOne({ _id: 3 });
        const message = expect.stringMatching(/The log ends at commit 2, but 3 were written: nothing is appended to it/);
        const { log } = await open(url);
        await expect(log.append(commitOf([event('a')]))).rejects.toMatchObject({ code: 'LogDamaged', message });
        expect((await everything(log)).length).toBe(2);
      });

      it('is not appended to where its index contradicts it, and a stream is not read around what is missing', async () => {
        const { log, connection } = await open(mongo.url());
        for (let n = 1; n <= 3; n += 1) await log.append(commitOf([event('a', { n })]));
        await alter(2, ({ keys }) => ({ keys: [...keys.slice(0, 1), 'b@0000000001'] }))(connection);
        await expect(log.append(commitOf([event('b')], { b: 'absent' }))).rejects.toMatchObject({ code: 'VersionConflict' });
        const message = expect.stringMatching(/a has version 3 in commit 3 where 2 was expected/);
        await expect(log.readStream('a')).rejects.toMatchObject({ code: 'LogDamaged', message });
      });
    });
  });
}

describeWith('mongod', 'a mongod of a replica set that is killed under load (faults row 3)', () => {
  it('loses nothing that was acknowledged, doubles nothing, and shows nothing that was not to stay', async () => {
    const mongo = await startMongo('replica set');
    try {
      const url = mongo.url();
      const [{ log }, { log: reader }] = [await open(url), await open(url)];
      const seen: { readonly number: number; readonly hash: string }[] = [];
      let wake = () => {};
      const subscription = reader.subscribe(0, async (commits) => {
        seen.push(...commits.map(({ number, hash }) => ({ number, hash })));
        wake();
      });
      const until = async (holds: () => boolean) => {
        while (!holds()) await new Promise<void>((resolve) => (wake = resolve));
      };
      let stopping = false;
      const acknowledged = new Map<string, number>();
      const writers = Array.from({ length: 8 }, async (_, writer) => {
        for (let round = 0; !stopping; round += 1) {
          const { number, versions } = await log.append(commitOf([event(`w:${writer}`, { round })], { [`w:${writer}`]: round }, `${writer}-${round}`));
          expect(versions).toEqual([round + 1]);
          acknowledged.set(`${writer}-${round}`, number);
        }
      });
      for (let kill = 1; kill <= 2; kill += 1) {
        const before = seen.length;
        await until(() => seen.length >= before + 100);
        await mongo.kill();
        await mongo.restart();
      }
      const before = seen.length;
      await until(() => seen.length >= before + 100);
      stopping = true;
      await Promise.all(writers);
      await until(() => seen.length >= acknowledged.size);
      await subscription.stop();

      const commits = await everything(reader);
      expect(await verifyLog(reader)).toMatchObject({ commits: acknowledged.size, events: acknowledged.size });
      expect(new Map(commits.map(({ id, number }) => [id, number]))).toEqual(acknowledged);
      expect(seen).toEqual(commits.map(({ number, hash }) => ({ number, hash })));
    } finally {
      await mongo.stop();
    }
  });
});

describeWith('mongod', 'news on a replica set', () => {
  it('come by a change stream, which is opened again after it broke', async () => {
    const mongo = await startMongo('replica set');
    const proxy = await startProxy(mongo.port);
    try {
      const url = mongo.url();
      const { log } = await open(`${url.replace(String(mongo.port), String(proxy.port))}?directConnection=true`);
      const { connection } = await open(url);
      const subscription = log.subscribe(0, async () => {});
      /** Until the server has a change stream open on the commits. */
      const untilStreaming = async () => {
        for (;;) {
          const cursors = await connection.client
            .db('admin')
            .aggregate([{ $currentOp: { idleCursors: true, localOps: true } }])
            .toArray();
          if (
            cursors.some(
              (operation) => JSON.stringify(operation['cursor'] ?? {}).includes('$changeStream') && operation['ns'] === `${connection.db.databaseName}.commits`,
            )
          )
            return;
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      };
      await untilStreaming();
      proxy.cutAll();
      const killed = await connection.client
        .db('admin')
        .aggregate([{ $currentOp: { idleCursors: true, localOps: true } }])
        .toArray();
      await connection.db.command({
        killCursors: 'commits',
        cursors: killed.flatMap(({ cursor }) => (cursor?.cursorId === undefined ? [] : [cursor.cursorId])),
      });
      await untilStreaming();
      await subscription.stop();
    } finally {
      await proxy.close();
      await mongo.stop();
    }
  });
});

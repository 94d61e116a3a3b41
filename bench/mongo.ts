import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { type Collection, MongoClient } from 'mongodb';
import { partVariables } from '../scripts/parts.ts';
import { createCodec } from '../src/store/codec.ts';
import { COLLECTIONS } from '../src/store/collections.ts';
import { openJournal } from '../src/store/journal.ts';
import type { EventLog } from '../src/store/log.ts';
import { type Connection, connectMongo } from '../src/store/mongodb/connect.ts';
import { openMongoLog } from '../src/store/mongodb/log.ts';
import { openMongoStores } from '../src/store/mongodb/open.ts';
import { Fold } from '../src/store/projections/project.ts';
import { systemClock, systemRandom } from '../src/system.ts';
import { startMongo } from '../test/support/mongo.ts';
import { commitOf, event } from './commits.ts';
import { DOCUMENTS_PER_LEAD, EVENTS_PER_LEAD, leadStory } from './company-log.ts';
import { atLeast, atMost, type Figure, inTurn, perSecond } from './figure.ts';

const DURABLE = { w: 'majority', j: true } as const;
const WRITERS = 64;

interface Raw {
  readonly _id: number;
  readonly id: string;
  readonly hash: string;
  readonly text: string;
}

/** A real mongod, a replica set of one: the log on it, and beside it a collection of plain documents. */
async function onMongo<T>(work: (given: { readonly url: string; readonly log: EventLog; readonly raw: Collection<Raw> }) => Promise<T>): Promise<T> {
  Object.assign(process.env, partVariables(process.env));
  const mongo = await startMongo('replica set', { cacheGb: 1 });
  try {
    const url = mongo.url();
    const connection: Connection = await connectMongo(url);
    const log = await openMongoLog(connection, systemClock);
    const peer = await MongoClient.connect(url);
    const raw = peer.db('raw').collection<Raw>('commits', { writeConcern: DURABLE });
    await raw.insertOne({ _id: 0, id: '', hash: '', text: '' });
    try {
      return await work({ url, log, raw });
    } finally {
      await log.close();
      await connection.client.close();
      await peer.close();
    }
  } finally {
    await mongo.stop();
  }
}

const percentile = (values: readonly number[], part: number): number => [...values].sort((a, b) => a - b)[Math.floor(values.length * part)] ?? Number.NaN;

/** How long each call took, ms. */
async function timed(calls: number, call: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let done = 0; done < calls; done += 1) {
    const start = performance.now();
    await call();
    times.push(performance.now() - start);
  }
  return times;
}

/** 64 writers at once, each with the version of its stream, against as many that insert a document each. */
function concurrent(log: EventLog, raw: Collection<Raw>) {
  const versions = Array.from({ length: WRITERS }, () => 0);
  const text = JSON.stringify(event('task:1'));
  let number = 0;
  return {
    ours: (rounds: number) =>
      Promise.all(
        versions.map((_, writer) =>
          timed(rounds, async () => {
            const version = versions[writer] ?? 0;
            await log.append(commitOf([event(`task:${writer}`)], { [`task:${writer}`]: version }));
            versions[writer] = version + 1;
          }),
        ),
      ),
    against: (rounds: number) =>
      Promise.all(
        versions.map(() =>
          timed(rounds, () => {
            number += 1;
            return raw.insertOne({ _id: number, id: `commit-${number}`, hash: 'f'.repeat(64), text });
          }),
        ),
      ),
  };
}

async function concurrentAppends() {
  const rounds = 50;
  return onMongo(async ({ log, raw }) => {
    const { ours, against } = concurrent(log, raw);
    const rate = (work: (rounds: number) => Promise<unknown>) => () => perSecond(WRITERS * rounds, async () => void (await work(rounds)));
    return atLeast(3, await inTurn(7, rate(ours), rate(against)), 'appends/s');
  });
}

async function concurrentLatency() {
  return onMongo(async ({ log, raw }) => {
    const { ours, against } = concurrent(log, raw);
    const p99 = (work: (rounds: number) => Promise<number[][]>) => async () => percentile((await work(50)).flat(), 0.99);
    return atMost(1, await inTurn(7, p99(ours), p99(against)), 'ms (p99)');
  });
}

/** Many appends in one turn, against the same texts and hashes in as many documents by hand. */
async function batchAppend() {
  const size = 5000;
  return onMongo(async ({ log, raw }) => {
    let number = 0;
    let hash = '0'.repeat(64);
    const commits = () => Array.from({ length: size }, (_, index) => commitOf([event(`task:${number + index}`)], { [`task:${number + index}`]: 'absent' }));
    const pair = await inTurn(
      9,
      async () => {
        number += size;
        const batch = commits();
        return perSecond(size, async () => void (await Promise.all(batch.map((one) => log.append(one)))));
      },
      async () => {
        const batch = commits();
        return perSecond(size, async () => {
          const documents = batch.map(({ id, at, events }): Raw => {
            number += 1;
            const text = JSON.stringify({ number, id, at, events });
            hash = createHash('sha256').update(`${hash}\n${text}`).digest('hex');
            return { _id: number, id, hash, text };
          });
          for (let start = 0; start < size; start += 1000) await raw.insertMany(documents.slice(start, start + 1000));
        });
      },
    );
    return atLeast(0.7, pair, 'appends/s');
  });
}

/** One after the other to a stream that is long already, against the same to streams that are new. */
async function longStream() {
  return onMongo(async ({ log }) => {
    const long = 10_000;
    await Promise.all(Array.from({ length: long }, () => log.append(commitOf([event('long')]))));
    let version = long;
    let fresh = 0;
    const pair = await inTurn(
      9,
      async () => percentile(await timed(200, () => log.append(commitOf([event('long')], { long: version++ }))), 0.5),
      async () => percentile(await timed(200, () => log.append(commitOf([event(`new:${(fresh += 1)}`)], { [`new:${fresh}`]: 'absent' }))), 0.5),
    );
    return atMost(1.1, pair, 'ms (median)');
  });
}

const LOG_EVENTS = 1_000_000;

/** Read, opened and folded into documents, against a cursor over the same documents whose text is parsed. */
async function foldLog() {
  return onMongo(async ({ url }) => {
    const stores = await openMongoStores({ url, clock: systemClock, random: systemRandom, collections: COLLECTIONS });
    const journal = openJournal(stores.log, createCodec(stores.keys, systemRandom), systemClock, systemRandom);
    for (let n = 0; n < LOG_EVENTS / EVENTS_PER_LEAD; n += 200) {
      const leads = Array.from({ length: 200 }, async (_, lead) => {
        for (const commit of leadStory(n + lead)) await journal.append(commit);
      });
      await Promise.all(leads);
    }
    const peer = await MongoClient.connect(url);
    const commits = peer.db().collection<Raw>('commits', { readConcern: { level: 'majority' } });
    const pair = await inTurn(
      2,
      () =>
        perSecond(LOG_EVENTS, async () => {
          const fold = new Fold(Number.POSITIVE_INFINITY);
          for await (const batch of journal.read(0)) for (const { events } of batch) for (const each of events) fold.fold(each);
          if (fold.take().length !== (LOG_EVENTS / EVENTS_PER_LEAD) * DOCUMENTS_PER_LEAD)
            throw new Error('The fold gave another number of documents than the log tells of.');
        }),
      () =>
        perSecond(LOG_EVENTS, async () => {
          for await (const { text } of commits.find({}, { sort: { _id: 1 }, batchSize: 1000 })) JSON.parse(text);
        }),
    );
    await peer.close();
    await stores.close();
    return atLeast(0.3, pair, 'events/s');
  });
}

const BUSY = 4;

/** One writer beside four processes that append as fast as they can, against the same writer alone. */
async function besideBusyProcesses() {
  return onMongo(async ({ url, log }) => {
    const p99 = async () => percentile(await timed(500, () => log.append(commitOf([event('mine')]))), 0.99);
    const pair = await inTurn(
      5,
      async () => {
        const busy = Array.from({ length: BUSY }, () =>
          fork(join(import.meta.dirname, 'busy-writer.ts'), [url], { execArgv: ['--disable-warning=ExperimentalWarning'] }),
        );
        await Promise.all(busy.map((process) => once(process, 'message')));
        const time = await p99();
        await Promise.all(busy.map(ended));
        return time;
      },
      p99,
    );
    return atMost(5, pair, 'ms (p99)');
  });
}

async function ended(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}

export const mongoFigures: readonly Figure[] = [
  { name: 'mongo.append.concurrent', needs: 'mongod', measure: concurrentAppends },
  { name: 'mongo.append.concurrent-p99', needs: 'mongod', measure: concurrentLatency },
  { name: 'mongo.append.batch', needs: 'mongod', measure: batchAppend },
  { name: 'mongo.append.long-stream', needs: 'mongod', measure: longStream },
  { name: 'mongo.fold', needs: 'mongod', measure: foldLog },
  { name: 'mongo.append.beside-busy', needs: 'mongod', measure: besideBusyProcesses },
];

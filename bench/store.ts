import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createCodec } from '../src/store/codec.ts';
import { COLLECTIONS } from '../src/store/collections.ts';
import { type Journal, openJournal } from '../src/store/journal.ts';
import type { EventLog } from '../src/store/log.ts';
import { Fold } from '../src/store/projections/project.ts';
import { rebuild } from '../src/store/projections/projector.ts';
import { openSqliteLog } from '../src/store/sqlite/log.ts';
import { openSqliteStores } from '../src/store/sqlite/open.ts';
import type { Stores } from '../src/store/stores.ts';
import { systemClock, systemRandom } from '../src/system.ts';
import { commitOf, event } from './commits.ts';
import { DOCUMENTS_PER_LEAD, EVENTS_PER_LEAD, leadStory } from './company-log.ts';
import { atLeast, type Figure, inTurn, type Pair, perSecond } from './figure.ts';

let rows = 0;

/** The log's own tables, without anything around them. */
function openRaw(file: string): DatabaseSync {
  const raw = new DatabaseSync(file);
  raw.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = 1; PRAGMA checkpoint_fullfsync = 1; PRAGMA cache_size = -8000;
    CREATE TABLE commits (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, hash TEXT NOT NULL, text TEXT NOT NULL) STRICT;
    CREATE TABLE events (stream TEXT NOT NULL, version INTEGER NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (stream, version)) STRICT, WITHOUT ROWID;`);
  return raw;
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-bench-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function withLogs<T>(work: (log: EventLog, raw: DatabaseSync) => Promise<T>): Promise<T> {
  return inFolder(async (folder) => {
    const log = await openSqliteLog(join(folder, 'log.db'), systemClock);
    const raw = openRaw(join(folder, 'raw.db'));
    const result = await work(log, raw);
    raw.close();
    await log.close();
    return result;
  });
}

/** 64 writers, each with the version of its stream, against one row in one transaction at a time. */
async function concurrentAppends() {
  const writers = 64;
  const rounds = 50;
  const singles = 1000;
  return withLogs(async (log, raw) => {
    const versions = Array.from({ length: writers }, () => 0);
    const write = async (writer: number) => {
      for (let round = 0; round < rounds; round += 1) {
        const version = versions[writer] ?? 0;
        await log.append(commitOf([event(`task:${writer}`)], { [`task:${writer}`]: version }));
        versions[writer] = version + 1;
      }
    };
    const insert = raw.prepare('INSERT INTO commits (id, hash, text) VALUES (?, ?, ?)');
    const text = JSON.stringify(event('task:1'));
    const pair = await inTurn(
      7,
      () => perSecond(writers * rounds, async () => void (await Promise.all(versions.map((_, writer) => write(writer))))),
      () =>
        perSecond(singles, () => {
          for (let row = 0; row < singles; row += 1) insert.run(`row-${(rows += 1)}`, '', text);
        }),
    );
    return atLeast(3, pair, 'appends/s');
  });
}

/** Many appends in one turn, against the same texts, hashes and rows in one transaction by hand. */
async function batchAppend() {
  const size = 5000;
  return withLogs(async (log, raw) => {
    const commit = raw.prepare('INSERT INTO commits VALUES (?, ?, ?, ?)');
    const index = raw.prepare('INSERT INTO events VALUES (?, ?, ?)');
    let number = 0;
    let hash = '0'.repeat(64);
    const pair = await inTurn(
      9,
      async () => {
        const commits = Array.from({ length: size }, () => commitOf([event(`task:${(rows += 1)}`)], { [`task:${rows}`]: 'absent' }));
        return perSecond(size, async () => void (await Promise.all(commits.map((one) => log.append(one)))));
      },
      async () => {
        const commits = Array.from({ length: size }, () => commitOf([event(`task:${(rows += 1)}`)]));
        return perSecond(size, () => {
          raw.exec('BEGIN IMMEDIATE');
          for (const { id, at, events } of commits) {
            number += 1;
            const text = JSON.stringify({ number, id, at, events });
            hash = createHash('sha256').update(`${hash}\n${text}`).digest('hex');
            commit.run(number, id, hash, text);
            for (const { stream } of events) index.run(stream, 1, number);
          }
          raw.exec('COMMIT');
        });
      },
    );
    return atLeast(0.7, pair, 'appends/s');
  });
}

const LOG_EVENTS = 200_000;

/** A company's log of 200,000 events, beside a look at every row of it: that is what reading alone costs. */
async function withCompanyLog(rounds: number, ours: (stores: Stores, journal: Journal) => Promise<void>): Promise<Pair> {
  return inFolder(async (folder) => {
    const stores = await openSqliteStores({ folder, clock: systemClock, random: systemRandom, collections: COLLECTIONS });
    const journal = openJournal(stores.log, createCodec(stores.keys, systemRandom), systemClock, systemRandom);
    for (let n = 0; n < LOG_EVENTS / EVENTS_PER_LEAD; n += 100) {
      const leads = Array.from({ length: 100 }, async (_, lead) => {
        for (const commit of leadStory(n + lead)) await journal.append(commit);
      });
      await Promise.all(leads);
    }
    const raw = new DatabaseSync(join(folder, 'log.db'), { readOnly: true });
    const rows = raw.prepare('SELECT text FROM commits ORDER BY number');
    const pair = await inTurn(
      rounds,
      () => perSecond(LOG_EVENTS, () => ours(stores, journal)),
      () =>
        perSecond(LOG_EVENTS, () => {
          for (const { text } of rows.iterate()) JSON.parse(String(text));
        }),
    );
    raw.close();
    await stores.close();
    return pair;
  });
}

/** Read, opened (a quarter of the events has sealed fields) and folded into documents. */
async function foldLog() {
  const pair = await withCompanyLog(5, async (_stores, journal) => {
    const fold = new Fold(Number.POSITIVE_INFINITY);
    for await (const commits of journal.read(0)) for (const { events } of commits) for (const event of events) fold.fold(event);
    if (fold.take().length !== (LOG_EVENTS / EVENTS_PER_LEAD) * DOCUMENTS_PER_LEAD)
      throw new Error('The fold gave another number of documents than the log tells of.');
  });
  return atLeast(0.35, pair, 'events/s');
}

/** The same, and every document written with its indexes and swapped in: what `countersign rebuild` does. */
async function rebuildDocuments() {
  const pair = await withCompanyLog(3, (stores, journal) => rebuild(journal, stores.documents, () => {}));
  return atLeast(0.15, pair, 'events/s');
}

export const storeFigures: readonly Figure[] = [
  { name: 'store.append.concurrent', measure: concurrentAppends },
  { name: 'store.append.batch', measure: batchAppend },
  { name: 'store.fold', measure: foldLog },
  { name: 'store.rebuild', measure: rebuildDocuments },
];

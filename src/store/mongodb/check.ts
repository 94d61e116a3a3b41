import { COMMITS, DURABLE, KEYS_INDEX } from './commits.ts';
import { connectMongo, shownUrl } from './connect.ts';

/** What was found out about a database. */
export interface MongoFindings {
  /** Without user and password. */
  readonly shown: string;
  readonly version: string;
  /** Name of the replica set, `sharded`, or null for a standalone. */
  readonly replicaSet: string | null;
  /** Members that are well, and all there are; null where this user may not ask. */
  readonly members: { readonly well: number; readonly all: number } | null;
  /** Median of an empty request, and of a write that is on the disks of most members, ms. */
  readonly pingMs: number;
  readonly writeMs: number;
  /** The log's own index is there and unique, or there is no log yet. */
  readonly indexed: boolean;
  /** The connection is encrypted, or does not leave this machine. */
  readonly sheltered: boolean;
}

const TRIES = 5;

/** Looks at a database and leaves nothing but a mark there. @throws CountersignError `Environment`, `StoreUnavailable` */
export async function checkMongo(url: string): Promise<MongoFindings> {
  const { client, db, server } = await connectMongo(url);
  try {
    const marks = db.collection<{ readonly _id: string }>('state');
    const indexes = await db
      .collection(COMMITS)
      .listIndexes()
      .toArray()
      .catch(() => []);
    const { hosts, tls } = client.options;
    return {
      shown: shownUrl(url),
      version: server.version,
      replicaSet: server.replicaSet,
      members:
        server.replicaSet === null
          ? null
          : await client
              .db('admin')
              .command({ replSetGetStatus: 1 })
              .then(membersOf, () => null),
      pingMs: await median(() => db.command({ ping: 1 })),
      writeMs: await median(() => marks.updateOne({ _id: 'doctor' }, { $currentDate: { at: true } }, { upsert: true, writeConcern: DURABLE })),
      indexed: indexes.length === 0 || indexes.some(({ name, unique }) => name === KEYS_INDEX && unique === true),
      sheltered: tls || hosts.every(({ host }) => host === undefined || host === 'localhost' || host === '::1' || host.startsWith('127.')),
    };
  } finally {
    await client.close();
  }
}

const membersOf = (status: { readonly members?: readonly { readonly state: number }[] }): MongoFindings['members'] => {
  const members = status.members ?? [];
  // Primary, secondary or arbiter.
  return { well: members.filter(({ state }) => state === 1 || state === 2 || state === 7).length, all: members.length };
};

async function median(call: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < TRIES; round += 1) {
    const start = performance.now();
    await call();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[Math.floor(TRIES / 2)] ?? 0;
}

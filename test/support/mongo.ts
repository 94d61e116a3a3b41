import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { MongoMemoryServer } from 'mongodb-memory-server';

export const TOPOLOGIES = ['standalone', 'replica set'] as const;
export type Topology = (typeof TOPOLOGIES)[number];

/** A real mongod on loopback, with its files in a folder of its own. */
export interface Mongo {
  readonly port: number;
  /** The address of a database of its own, or of the one named. */
  url(database?: string): string;
  /** Ends the process as a power cut of it would. */
  kill(): Promise<void>;
  /** Starts it again on the same files and port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const SET = 'tests';
let databases = 0;

export interface MongoOptions {
  /** Memory for its cache, GB: small, so that many fit beside each other. */
  readonly cacheGb?: number;
  /** Only known users are let in; the one called root has this password. */
  readonly root?: string;
}

export async function startMongo(topology: Topology, { cacheGb = 0.25, root }: MongoOptions = {}): Promise<Mongo> {
  const dbPath = await mkdtemp(join(tmpdir(), 'countersign-mongod-'));
  const start = (port?: number) =>
    MongoMemoryServer.create({
      ...(root === undefined ? {} : { auth: { enable: true, customRootName: 'root', customRootPwd: root } }),
      instance: {
        dbPath,
        storageEngine: 'wiredTiger',
        // No expiry in the background: test clocks stand at other days.
        args: ['--setParameter', 'ttlMonitorEnabled=false', '--wiredTigerCacheSizeGB', String(cacheGb)],
        launchTimeout: 60_000,
        ...(port === undefined ? {} : { port, portGeneration: false }),
        ...(topology === 'replica set' ? { replSet: SET } : {}),
      },
    });
  let server = await start();
  const { port } = server.instanceInfo ?? { port: 0 };
  const origin = `mongodb://127.0.0.1:${port}`;
  if (topology === 'replica set') await initiate(origin, port);
  return {
    port,
    url: (database = `db${(databases += 1)}`) => `${origin}/${database}`,
    async kill() {
      const process = server.instanceInfo?.instance.mongodProcess;
      if (process === undefined) throw new Error('The mongod to kill does not run.');
      const ended = new Promise((resolve) => process.once('exit', resolve));
      process.kill('SIGKILL');
      await ended;
    },
    async restart() {
      server = await start(port);
    },
    async stop() {
      await server.stop({ doCleanup: false });
      await rm(dbPath, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function initiate(origin: string, port: number): Promise<void> {
  const client = new MongoClient(origin, { directConnection: true });
  try {
    const admin = client.db('admin');
    await admin.command({ replSetInitiate: { _id: SET, members: [{ _id: 0, host: `127.0.0.1:${port}` }] } });
    while ((await admin.command({ hello: 1 }))['isWritablePrimary'] !== true) await new Promise((resolve) => setTimeout(resolve, 20));
  } finally {
    await client.close();
  }
}

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { PgPool, PostgresConnectionOptions, PostgresQueueBackend } from 'bullmq';
import { z } from 'zod';
import type { Clock } from '../../ports.ts';
import { type BullmqDatastore, bullmqQueue } from './bullmq.ts';
import { type CachedImage, cachedImage } from './embedded-cache.ts';
import type { Queue } from './queue.ts';

export interface EmbeddedQueueOptions {
  /** Where the prepared data folder is kept between starts (about 3 MB); may be deleted at any time. */
  readonly cacheFolder: string;
  readonly clock: Clock;
  /** What goes wrong outside of a job, and a queue that cannot open. */
  readonly onError: (error: unknown) => void;
}

type Datastore = BullmqDatastore<PostgresQueueBackend, PostgresConnectionOptions>;

/**
 * The queue that needs no server: BullMQ's PostgreSQL backend over an in-process PostgreSQL in memory.
 * Returns at once and opens in the background: about 1 s from the cache, some seconds the first time.
 * What is asked of it before then waits; `ready()` tells when, or throws why not.
 */
export function openEmbeddedQueue({ cacheFolder, clock, onError }: EmbeddedQueueOptions): Queue {
  const abandoned = new AbortController();
  const datastore = open(cacheFolder, onError, abandoned.signal);
  datastore.catch((error: unknown) => {
    if (!abandoned.signal.aborted) onError(error);
  });
  const queue = bullmqQueue({ datastore, clock, onError });
  return {
    ...queue,
    close() {
      abandoned.abort(); // a first start can take longer than anybody waits for an end
      return queue.close();
    },
  };
}

async function open(cacheFolder: string, onError: (error: unknown) => void, abandoned: AbortSignal): Promise<Datastore> {
  const cache = cachedImage(cacheFolder, await imageKey());
  // Loaded here and not above: the start of the page does not wait for 200 ms of imports.
  const [{ createPostgresBackend, withBackend }, pool] = await Promise.all([import('bullmq'), openPool(cache, onError, abandoned)]);
  return { classes: withBackend(createPostgresBackend), connection: pool, close: () => pool.end() };
}

async function openPool(cache: CachedImage, onError: (error: unknown) => void, abandoned: AbortSignal): Promise<PgPool> {
  const cached = await cache.read();
  if (cached) {
    try {
      return await poolFrom(cached);
    } catch {
      await cache.discard(); // made anew below
    }
  }
  const image = await buildImage(abandoned);
  cache.write(image).catch(onError); // the queue does not wait for it
  return poolFrom(image);
}

/** Throws when the image holds no database with BullMQ's tables. */
async function poolFrom(image: Uint8Array<ArrayBuffer>): Promise<PgPool> {
  const [{ assertSchemaCompatibility }, { startPglite }, { PglitePool }] = await Promise.all([
    import('bullmq'),
    import('./pglite.ts'),
    import('./pglite-pool.ts'),
  ]);
  const db = await startPglite(image);
  const pool = new PglitePool(db);
  try {
    await assertSchemaCompatibility(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
  return pool;
}

function buildImage(abandoned: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL('./embedded-image.ts', import.meta.url));
    abandoned.addEventListener('abort', () => void thread.terminate(), { once: true });
    thread.once('message', resolve);
    thread.once('error', reject);
    thread.once('exit', (code) => reject(new Error(`The queue's data folder was not built: expected the thread to post it, but it ended with code ${code}.`)));
  });
}

/** The image depends on the two packages that made it. Raise the number when `embedded-image.ts` makes another one. */
async function imageKey(): Promise<string> {
  const [pglite, bullmq] = await Promise.all([packageVersion('@electric-sql/pglite'), packageVersion('bullmq')]);
  return `queue-1-pglite-${pglite}-bullmq-${bullmq}`;
}

/** From the package's manifest, found from its entry point: not every package exports its manifest. */
async function packageVersion(name: string): Promise<string> {
  const entry = createRequire(import.meta.url).resolve(name);
  const folder = join('node_modules', name);
  const root = entry.slice(0, entry.lastIndexOf(folder) + folder.length);
  const manifest: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  return z.object({ version: z.string() }).parse(manifest).version;
}

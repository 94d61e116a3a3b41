import type { PgPool, PostgresConnectionOptions, PostgresQueueBackend } from 'bullmq';
import type { Clock } from '../../ports.ts';
import { bullmqQueue } from './bullmq.ts';
import type { BullmqDatastore } from './bullmq-consumer.ts';
import { buildImage, type CachedFile, cachedImageFile } from './image.ts';
import { PglitePool } from './pglite-pool.ts';
import type { Queue } from './queue.ts';

export interface EmbeddedQueueOptions {
  /** Where the prepared data folder is kept between starts (2 MB); may be deleted at any time. */
  readonly cacheFolder: string;
  readonly clock: Clock;
  /** What goes wrong outside of a job, and a queue that cannot open. */
  readonly onError: (error: unknown) => void;
}

type Datastore = BullmqDatastore<PostgresQueueBackend, PostgresConnectionOptions>;

/**
 * The queue that needs no server: BullMQ's PostgreSQL backend over a PostgreSQL in memory, in a thread of its own.
 * Returns at once and opens in the background: about half a second from the cache, some seconds the first time.
 * What is asked of it before then waits; `ready()` tells when, or throws why not.
 */
export function openEmbeddedQueue({ cacheFolder, clock, onError }: EmbeddedQueueOptions): Queue {
  const abandoned = new AbortController();
  const datastore = open(cacheFolder, onError, abandoned.signal);
  datastore.catch((error: unknown) => {
    if (!abandoned.signal.aborted) onError(error);
  });
  const queue = bullmqQueue({ datastore, clock, onError, onDatastoreError: onError });
  return {
    ...queue,
    close() {
      abandoned.abort(); // a first start can take longer than anybody waits for an end
      return queue.close();
    },
  };
}

async function open(cacheFolder: string, onError: (error: unknown) => void, abandoned: AbortSignal): Promise<Datastore> {
  const pool = await openEmbeddedPool(cacheFolder, onError, abandoned);
  const { createPostgresBackend, withBackend } = await import('bullmq');
  const reach = { connection: pool };
  return { classes: withBackend(createPostgresBackend), queues: reach, workers: reach, close: () => pool.end() };
}

/**
 * The PostgreSQL under the embedded queue, with BullMQ's tables.
 * @param onError told when the cache cannot be written
 * @param abandoned breaks the opening off
 */
export async function openEmbeddedPool(cacheFolder: string, onError: (error: unknown) => void, abandoned: AbortSignal): Promise<PgPool> {
  const file = await cachedImageFile(cacheFolder);
  return (await poolFromCache(file, abandoned)) ?? (await poolFromScratch(file, onError, abandoned));
}

/** Undefined when there is no cache or nothing can be made of it: it only saves time. */
async function poolFromCache(file: CachedFile, abandoned: AbortSignal): Promise<PgPool | undefined> {
  const packed = await file.read();
  if (!packed) return undefined;
  try {
    return await poolFrom(packed, abandoned);
  } catch {
    abandoned.throwIfAborted();
    await file.discard();
    return undefined;
  }
}

async function poolFromScratch(file: CachedFile, onError: (error: unknown) => void, abandoned: AbortSignal): Promise<PgPool> {
  const packed = await buildImage(abandoned);
  file.write(packed).catch(onError); // the queue does not wait for it
  return poolFrom(packed, abandoned);
}

/** Throws when the image is damaged or holds no database with BullMQ's tables. */
async function poolFrom(packed: Uint8Array, abandoned: AbortSignal): Promise<PgPool> {
  abandoned.throwIfAborted();
  const pool = new PglitePool(packed);
  const end = () => void pool.end();
  abandoned.addEventListener('abort', end);
  try {
    // Loaded while the thread starts, and not above: the start of the page does not wait for 200 ms of imports.
    const { assertSchemaCompatibility } = await import('bullmq');
    await assertSchemaCompatibility(pool);
    return pool;
  } catch (error) {
    await pool.end();
    throw error;
  } finally {
    abandoned.removeEventListener('abort', end);
  }
}

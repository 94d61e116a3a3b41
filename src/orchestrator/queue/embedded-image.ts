/**
 * The main file of a thread: builds the data folder that the embedded queue starts from, with BullMQ's
 * tables in it, and posts it as one `Uint8Array`, an uncompressed tar. Building takes seconds and half
 * a gigabyte; in a thread it holds nobody up, and the memory goes with the thread.
 */
import { parentPort } from 'node:worker_threads';
import { runMigrations } from 'bullmq';
import { startPglite } from './pglite.ts';
import { PglitePool } from './pglite-pool.ts';

const db = await startPglite();
await runMigrations(await new PglitePool(db).connect());
// Half of the image are templates for further databases, and there will be none.
await db.exec('UPDATE pg_database SET datistemplate = false');
await db.exec('DROP DATABASE template0');
await db.exec('DROP DATABASE template1');
await db.exec('CHECKPOINT');
const image = await (await db.dumpDataDir('none')).arrayBuffer();
await db.close();
parentPort?.postMessage(new Uint8Array(image), [image]);

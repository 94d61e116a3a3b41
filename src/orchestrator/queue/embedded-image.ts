/**
 * Builds, in a thread of its own, the data folder that the embedded queue starts from: PostgreSQL as
 * small as it gets, with BullMQ's tables. Takes seconds and half a gigabyte; the thread gives both
 * back. Posts one `Uint8Array`, an uncompressed tar.
 */
import { parentPort } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { runMigrations } from 'bullmq';
import { START } from './embedded-start.ts';
import { PglitePool } from './pglite-pool.ts';

const db = await PGlite.create({ ...START, initDbStartParams: ['--wal-segsize=1'] });
await runMigrations(await new PglitePool(db).connect());
// Nobody makes a database from a template here: half of the image.
await db.exec('UPDATE pg_database SET datistemplate = false; ');
await db.exec('DROP DATABASE template0');
await db.exec('DROP DATABASE template1');
await db.exec('CHECKPOINT');
const image = new Uint8Array(await (await db.dumpDataDir('none')).arrayBuffer());
await db.close();
parentPort?.postMessage(image, [image.buffer]);

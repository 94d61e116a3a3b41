import type { Clock } from '../../ports.ts';
import { sha256 } from '../json.ts';
import type { BlobStore } from '../log.ts';
import { pages } from '../pages.ts';
import { Database } from './database.ts';
import { type Flush, flushInBackground } from './flush.ts';
import { bytesOf, textOf } from './row.ts';

const SCHEMA = 'CREATE TABLE IF NOT EXISTS blobs (hash TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT;';

/** Hashes read at once. */
const PAGE = 1_000;

export async function openSqliteBlobs(
  file: string,
  clock: Clock,
  flush: Flush = flushInBackground,
): Promise<BlobStore & { scrub(): Promise<void>; close(): Promise<void> }> {
  const database = await Database.open(file, { clock, flush, secureDelete: 'ON', schema: SCHEMA });
  return {
    put(bytes) {
      const hash = sha256(bytes);
      return database.write(() => {
        database.run('INSERT OR IGNORE INTO blobs VALUES (?, ?)', hash, bytes);
        return hash;
      }, bytes.length);
    },
    get: (hash) =>
      database.read(() => {
        const row = database.prepare('SELECT bytes FROM blobs WHERE hash = ?').get(hash);
        return row === undefined ? null : bytesOf(row, 'bytes');
      }),
    delete: (hash) =>
      database.write(() => {
        database.run('DELETE FROM blobs WHERE hash = ?', hash);
      }),
    all: () =>
      pages(
        (after) =>
          database.read(() =>
            database
              .prepare(`SELECT hash FROM blobs WHERE hash > ? ORDER BY hash LIMIT ${PAGE}`)
              .all(after)
              .map((row) => textOf(row, 'hash')),
          ),
        (hash) => hash,
      ),
    scrub: () => database.scrub(),
    close: () => database.close(),
  };
}

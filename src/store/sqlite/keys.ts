import type { Clock } from '../../ports.ts';
import type { KeyStore } from '../log.ts';
import { pages } from '../pages.ts';
import { Database } from './database.ts';
import { type Flush, flushInBackground } from './flush.ts';
import { bytesOf, textOf } from './row.ts';

const SCHEMA = 'CREATE TABLE IF NOT EXISTS keys (person TEXT PRIMARY KEY, key BLOB NOT NULL) STRICT, WITHOUT ROWID;';

/** Keys read at once. */
const PAGE = 1_000;

/** In a file of its own, so that a copy of the log alone opens nothing. */
export async function openSqliteKeys(file: string, clock: Clock, flush: Flush = flushInBackground): Promise<KeyStore & { close(): Promise<void> }> {
  const database = await Database.open(file, { clock, flush, secureDelete: 'ON', schema: SCHEMA });
  const find = (person: string): Uint8Array | null => {
    const row = database.prepare('SELECT key FROM keys WHERE person = ?').get(person);
    return row === undefined ? null : bytesOf(row, 'key');
  };
  return {
    add: (person, key) =>
      database.write(() => {
        const kept = find(person);
        if (kept === null) database.run('INSERT INTO keys VALUES (?, ?)', person, key);
        return kept ?? Uint8Array.from(key);
      }),
    getMany: (persons) =>
      database.read(() => {
        // One statement for all: a rebuild asks for every person there is.
        const rows = database.prepare('SELECT person, key FROM keys WHERE person IN (SELECT value FROM json_each(?))').all(JSON.stringify(persons));
        return new Map(rows.map((row) => [textOf(row, 'person'), bytesOf(row, 'key')]));
      }),
    async destroy(person) {
      await database.write(() => {
        database.run('DELETE FROM keys WHERE person = ?', person);
      });
      // The write-ahead log still holds the page as it was.
      await database.scrub();
    },
    async *all() {
      const statement = () => database.prepare(`SELECT person, key FROM keys WHERE person > ? ORDER BY person LIMIT ${PAGE}`);
      for await (const page of pages(
        (after) => database.read(() => statement().all(after)),
        (row) => textOf(row, 'person'),
      ))
        yield new Map(page.map((row) => [textOf(row, 'person'), bytesOf(row, 'key')]));
    },
    close: () => database.close(),
  };
}

import type { Clock } from '../../ports.ts';
import type { KeyStore } from '../log.ts';
import { Database } from './database.ts';
import { bytesOf } from './row.ts';

const SCHEMA = 'CREATE TABLE IF NOT EXISTS keys (person TEXT PRIMARY KEY, key BLOB NOT NULL) STRICT, WITHOUT ROWID;';

/** In a file of its own, so that a copy of the log alone opens nothing. */
export async function openSqliteKeys(file: string, clock: Clock): Promise<KeyStore & { close(): Promise<void> }> {
  const database = await Database.open(file, { clock, synchronous: 'FULL', secureDelete: 'ON', schema: SCHEMA });
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
        const keys = new Map<string, Uint8Array>();
        for (const person of persons) {
          const key = find(person);
          if (key !== null) keys.set(person, key);
        }
        return keys;
      }),
    async destroy(person) {
      await database.write(() => {
        database.run('DELETE FROM keys WHERE person = ?', person);
      });
      // The write-ahead log still holds the page as it was.
      await database.scrub();
    },
    close: () => database.close(),
  };
}

import type { Clock } from '../../ports.ts';
import type { Json } from '../json.ts';
import type { KeyValueStore } from '../log.ts';
import { pages } from '../pages.ts';
import { Database } from './database.ts';
import { numberOf, textOf } from './row.ts';

/** Versions come from one counter, so that a key that went and came again never has an old version. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, value TEXT NOT NULL, version INTEGER NOT NULL, ends INTEGER) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS entries_ends ON entries (ends) WHERE ends IS NOT NULL;
  CREATE TABLE IF NOT EXISTS counter (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL) STRICT;
  INSERT OR IGNORE INTO counter VALUES (1, 0);`;

/** Entries read at once. */
const PAGE = 500;

export async function openSqliteKeyValue(file: string, clock: Clock): Promise<KeyValueStore & { scrub(): Promise<void> }> {
  const database = await Database.open(file, { clock, flush: null, secureDelete: 'ON', schema: SCHEMA });
  const find = (key: string) => database.prepare('SELECT value, version FROM entries WHERE key = ? AND (ends IS NULL OR ends > ?)').get(key, clock.now());
  return {
    get: (key) =>
      database.read(() => {
        const row = find(key);
        return row === undefined ? null : { value: JSON.parse(textOf(row, 'value')), version: numberOf(row, 'version') };
      }),
    set(key, value, ttl, expectedVersion) {
      const text = JSON.stringify(value);
      return database.write(() => {
        const row = find(key);
        const current = row === undefined ? 0 : numberOf(row, 'version');
        if (expectedVersion !== undefined && expectedVersion !== current) return null;
        // Every write clears a little of what has ended, so the file stays bounded (I10).
        database.run('DELETE FROM entries WHERE key IN (SELECT key FROM entries WHERE ends <= ? LIMIT 20)', clock.now());
        const version = numberOf(database.prepare('UPDATE counter SET version = version + 1 RETURNING version').get() ?? {}, 'version');
        database.run('INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?)', key, text, version, ttl === null ? null : clock.now() + ttl);
        return version;
      }, text.length);
    },
    delete: (key) =>
      database.write(() => {
        database.run('DELETE FROM entries WHERE key = ?', key);
      }),
    async *lasting() {
      const statement = () => database.prepare(`SELECT key, value FROM entries WHERE ends IS NULL AND key > ? ORDER BY key LIMIT ${PAGE}`);
      for await (const page of pages(
        (after) => database.read(() => statement().all(after)),
        (row) => textOf(row, 'key'),
      ))
        yield new Map(page.map((row): [string, Json] => [textOf(row, 'key'), JSON.parse(textOf(row, 'value'))]));
    },
    scrub: () => database.scrub(),
    close: () => database.close(),
  };
}

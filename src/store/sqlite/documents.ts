import type { SQLInputValue } from 'node:sqlite';
import type { Clock } from '../../ports.ts';
import type { CollectionSpec, Document, DocumentBatch, DocumentStore, Query, Where } from '../documents.ts';
import { CountersignError } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import { pages } from '../pages.ts';
import { scalarAt } from '../scalar.ts';
import { Database } from './database.ts';
import { type Columns, columnsOf, querySql, whereSql } from './query.ts';
import { numberOf, type Row, textOf } from './row.ts';

/** `spec`: the collections as they were when these tables were made. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS state (one INTEGER PRIMARY KEY CHECK (one = 1), checkpoint INTEGER NOT NULL, spec TEXT NOT NULL, swaps INTEGER NOT NULL) STRICT;
  INSERT OR IGNORE INTO state VALUES (1, 0, '', 0);`;

/** Documents written in one transaction while a new set is made, or read at once. */
const CHUNK = 500;

/** Everything here can be folded again from the log, so a power cut may take it back a little. */
export async function openSqliteDocuments(
  file: string,
  clock: Clock,
  collections: readonly CollectionSpec[],
): Promise<DocumentStore & { scrub(): Promise<void> }> {
  const database = await Database.open(file, { clock, flush: null, secureDelete: 'FAST', pageSize: 8192, schema: SCHEMA });
  const store = new SqliteDocuments(database, collections);
  await store.prepare();
  return store;
}

class SqliteDocuments implements DocumentStore {
  readonly #database: Database;
  readonly #collections: ReadonlyMap<string, Collection>;

  constructor(database: Database, collections: readonly CollectionSpec[]) {
    this.#database = database;
    this.#collections = new Map(collections.map((spec) => [spec.name, { ...spec, columns: columnsOf(spec) }]));
  }

  /** Makes the tables. Those of other collections or indexes are dropped: they are folded anew. */
  async prepare(): Promise<void> {
    const spec = JSON.stringify([...this.#collections.values()].map(({ name, indexes, columns }) => ({ name, indexes, columns: [...columns.values()] })));
    const state = () => this.#database.prepare('SELECT spec FROM state').get() ?? {};
    if ((await this.#database.read(() => textOf(state(), 'spec'))) === spec) return;
    await this.#database.write(() => {
      if (textOf(state(), 'spec') === spec) return;
      for (const row of this.#database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'state'`).all())
        this.#database.exec(`DROP TABLE "${textOf(row, 'name')}"`);
      this.#create('');
      for (const collection of this.#collections.values()) this.#index(collection, 0);
      this.#database.run('UPDATE state SET checkpoint = 0, spec = ?, swaps = 0', spec);
    });
  }

  get(collection: string, id: string): Promise<Document | null> {
    this.#known(collection);
    return this.#database.read(() => {
      const row = this.#database.prepare(`SELECT id, version, data FROM "${collection}" WHERE id = ?`).get(id);
      return row === undefined ? null : documentOf(collection, row);
    });
  }

  getMany(collection: string, ids: readonly string[]): Promise<readonly Document[]> {
    this.#known(collection);
    return this.#database.read(() => {
      const statement = this.#database.prepare(`SELECT id, version, data FROM "${collection}" WHERE id = ?`);
      return ids.flatMap((id) => {
        const row = statement.get(id);
        return row === undefined ? [] : [documentOf(collection, row)];
      });
    });
  }

  find(collection: string, query: Query): Promise<readonly Document[]> {
    const { text, values } = querySql(query, this.#known(collection).columns);
    return this.#database.read(() => {
      const rows = this.#database.prepare(`SELECT id, version, data FROM "${collection}"${text}`).all(...values);
      return rows.map((row) => documentOf(collection, row));
    });
  }

  count(collection: string, where?: Where): Promise<number> {
    const { text, values } = whereSql(where, this.#known(collection).columns);
    return this.#database.read(() => numberOf(this.#database.prepare(`SELECT count(*) AS count FROM "${collection}"${text}`).get(...values) ?? {}, 'count'));
  }

  all(collection: string): AsyncIterable<readonly Document[]> {
    this.#known(collection);
    const next = (after: string) =>
      this.#database.read(() => {
        const rows = this.#database.prepare(`SELECT id, version, data FROM "${collection}" WHERE id > ? ORDER BY id LIMIT ${CHUNK}`).all(after);
        return rows.map((row) => documentOf(collection, row));
      });
    return pages(next, ({ id }) => id);
  }

  checkpoint(): Promise<number> {
    return this.#database.read(() => numberOf(this.#database.prepare('SELECT checkpoint FROM state').get() ?? {}, 'checkpoint'));
  }

  async apply({ checkpoint, put }: DocumentBatch): Promise<void> {
    const rows = this.#rowsOf(put);
    await this.#database.write(() => {
      this.#put('', rows);
      this.#database.run('UPDATE state SET checkpoint = ?', checkpoint);
    }, bytesOf(rows));
  }

  async replace(fill: (write: (batch: DocumentBatch) => Promise<void>) => Promise<void>): Promise<void> {
    let reached = 0;
    await this.#database.write(() => {
      this.#drop('new_');
      this.#create('new_');
    });
    try {
      await fill(async ({ checkpoint, put }) => {
        for (let start = 0; start < put.length; start += CHUNK) {
          const rows = this.#rowsOf(put.slice(start, start + CHUNK));
          await this.#database.write(() => this.#put('new_', rows), bytesOf(rows));
        }
        reached = checkpoint;
      });
    } catch (error) {
      await this.#database.write(() => this.#drop('new_'));
      throw error;
    }
    await this.#database.write(() => {
      const swaps = numberOf(this.#database.prepare('UPDATE state SET checkpoint = ?, swaps = swaps + 1 RETURNING swaps').get(reached) ?? {}, 'swaps');
      this.#drop('');
      for (const collection of this.#collections.values()) {
        this.#database.exec(`ALTER TABLE "new_${collection.name}" RENAME TO "${collection.name}"`);
        // Sorting once is much faster than keeping the order document by document.
        this.#index(collection, swaps);
      }
    });
  }

  scrub(): Promise<void> {
    return this.#database.scrub();
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  #known(name: string): Collection {
    const collection = this.#collections.get(name);
    if (collection === undefined) throw unknown(name, this.#collections.keys());
    return collection;
  }

  /** Columns come before the data, which may be long: SQLite reads a row from its front. */
  #create(prefix: string): void {
    for (const { name, columns } of this.#collections.values()) {
      const fields = [...columns.values()].map((column) => `${column} ANY, `).join('');
      this.#database.exec(`CREATE TABLE "${prefix}${name}" (id TEXT PRIMARY KEY, version INTEGER NOT NULL, ${fields}data TEXT NOT NULL) STRICT`);
    }
  }

  #drop(prefix: string): void {
    for (const { name } of this.#collections.values()) this.#database.exec(`DROP TABLE IF EXISTS "${prefix}${name}"`);
  }

  /** `swap` keeps the names of a new set's indexes apart from those it replaces. */
  #index({ name, indexes, columns }: Collection, swap: number): void {
    indexes.forEach((fields, index) => {
      this.#database.exec(`CREATE INDEX "${name}_${index}_${swap}" ON "${name}" (${fields.map((field) => columns.get(field)).join(', ')}, id)`);
    });
  }

  #rowsOf(documents: readonly Document[]): readonly PutRow[] {
    return documents.map(({ collection, id, version, data }) => {
      const { columns } = this.#known(collection);
      const text = JSON.stringify(data);
      return { collection, length: text.length, values: [id, version, ...[...columns.keys()].map((field) => scalarAt(data, field)), text] };
    });
  }

  #put(prefix: string, rows: readonly PutRow[]): void {
    for (const { collection, values } of rows) {
      this.#database.run(`INSERT OR REPLACE INTO "${prefix}${collection}" VALUES (${values.map(() => '?').join(', ')})`, ...values);
    }
  }
}

interface Collection extends CollectionSpec {
  readonly columns: Columns;
}

interface PutRow {
  readonly collection: string;
  readonly values: readonly SQLInputValue[];
  readonly length: number;
}

const bytesOf = (rows: readonly PutRow[]): number => rows.reduce((sum, { length }) => sum + length, 0);

const unknown = (collection: string, known: Iterable<string>) =>
  new CountersignError('UnknownCollection', `There is no collection ${collection}; there are ${[...known].join(', ')}.`);

function documentOf(collection: string, row: Row): Document {
  // Written by `apply` from a `JsonObject`.
  const data: JsonObject = JSON.parse(textOf(row, 'data'));
  return { collection, id: textOf(row, 'id'), version: numberOf(row, 'version'), data };
}

import type { Collection, Db } from 'mongodb';
import type { CollectionSpec, Document } from '../documents.ts';
import { CountersignError } from '../errors.ts';
import { sha256 } from '../json.ts';
import { scalarAt } from '../scalar.ts';
import { hasMoved } from './problems.ts';
import { columnOf, type Fields, fieldsOf, type Row } from './query.ts';

const PREFIX = 'documents.';

/** A document on its way into its collection. */
export interface Put {
  readonly collection: string;
  readonly row: Row;
}

/**
 * One collection per projection, `documents.SET.NAME`, where SET is a digest of what is indexed: code that indexes other
 * fields has a set of its own, and both may run beside each other while one replaces the other.
 */
export class DocumentSet {
  readonly name: string;
  readonly #db: Db;
  readonly #specs: ReadonlyMap<string, CollectionSpec & { readonly fields: Fields }>;

  constructor(db: Db, collections: readonly CollectionSpec[]) {
    this.#db = db;
    this.#specs = new Map(collections.map((spec) => [spec.name, { ...spec, fields: fieldsOf(spec) }]));
    this.name = `${PREFIX}${sha256(JSON.stringify(collections.map(({ name, indexes }) => [name, indexes]))).slice(0, 8)}`;
  }

  get names(): readonly string[] {
    return [...this.#specs.keys()];
  }

  /** @throws CountersignError `UnknownCollection` */
  fields(collection: string): Fields {
    return this.#spec(collection).fields;
  }

  /** @param shadow the one that is being filled beside it */
  collection(name: string, shadow = false): Collection<Row> {
    return this.#db.collection<Row>(this.#fullName(name, shadow));
  }

  /** The latest of each document. @throws CountersignError `UnknownCollection`, before anything is written */
  putsOf(documents: readonly Document[]): readonly Put[] {
    const latest = new Map<string, Put>();
    for (const { collection, id, version, data } of documents) {
      const by = Object.fromEntries([...this.#spec(collection).fields].map((field) => [columnOf(field), scalarAt(data, field)]));
      latest.set(`${collection}/${id}`, { collection, row: { _id: id, version, data: JSON.stringify(data), by } });
    }
    return [...latest.values()];
  }

  /** Makes what is missing of the collections and their indexes. */
  async create(shadow = false): Promise<void> {
    for (const { name, indexes } of this.#specs.values()) {
      const specs = indexes.map((fields) => ({
        name: fields.join(' '),
        key: Object.fromEntries([...fields.map((field) => [`by.${columnOf(field)}`, 1] as const), ['_id', 1] as const]),
      }));
      if (specs.length > 0) await this.collection(name, shadow).createIndexes(specs);
      // One that is empty and without indexes must be there too, to take the other's place.
      else await this.#db.createCollection(this.#fullName(name, shadow)).catch(ignoreExisting);
    }
  }

  async dropShadows(): Promise<void> {
    for (const name of this.names) await this.#drop(this.#fullName(name, true));
  }

  /** The shadows take the place of the others. Those that have already are left. */
  async swap(): Promise<void> {
    for (const name of this.names) {
      await this.collection(name, true).rename(this.#fullName(name, false), { dropTarget: true }).catch(ignoreMissing);
    }
  }

  /** Drops what code with other indexes has left behind. @returns the names of the sets */
  async dropOthers(): Promise<readonly string[]> {
    const found = await this.#db.listCollections({}, { nameOnly: true }).toArray();
    const others = found.map(({ name }) => name).filter((name) => name.startsWith(PREFIX) && !name.startsWith(`${this.name}.`));
    for (const name of others) await this.#drop(name);
    return [...new Set(others.map((name) => name.slice(0, this.name.length)))];
  }

  #spec(name: string) {
    const spec = this.#specs.get(name);
    if (spec === undefined) throw new CountersignError('UnknownCollection', `There is no collection ${name}; there are ${this.names.join(', ')}.`);
    return spec;
  }

  #fullName(name: string, shadow: boolean): string {
    return `${this.name}.${shadow ? 'new.' : ''}${name}`;
  }

  async #drop(fullName: string): Promise<void> {
    await this.#db.dropCollection(fullName).catch(ignoreMissing);
  }
}

const EXISTS = 48;

function ignoreMissing(error: unknown): void {
  if (!hasMoved(error)) throw error;
}

function ignoreExisting(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === EXISTS)) throw error;
}

import type { JsonObject } from './json.ts';

/** One row of a projection: an entity's canonical state, or a view such as a task. */
export interface Document {
  readonly collection: string;
  readonly id: string;
  /** Of the stream it is folded from. */
  readonly version: number;
  readonly data: JsonObject;
}

export type Scalar = string | number | boolean | null;
/**
 * `field` may be a path with dots. All conditions must hold. A missing field is null; true counts as 1,
 * false as 0; text is compared by code point. A range holds for values of its limit's own kind alone,
 * numbers or text, so never for null, and with null as a limit for nothing.
 */
export type Where = Readonly<
  Record<string, Scalar | { readonly in: readonly Scalar[] } | { readonly lt?: Scalar; readonly lte?: Scalar; readonly gt?: Scalar; readonly gte?: Scalar }>
>;

export interface Query {
  readonly where?: Where;
  /** Ties are broken by id, ascending. When ascending, nulls come first, then numbers, then text. */
  readonly orderBy?: readonly (readonly [field: string, direction: 'asc' | 'desc'])[];
  readonly limit?: number;
  readonly offset?: number;
}

export interface DocumentBatch {
  /** The commit number these documents are folded up to. */
  readonly checkpoint: number;
  readonly put: readonly Document[];
}

/** Everything folded from the log: indexed, disposable, rebuilt at will (I1). */
export interface DocumentStore {
  get(collection: string, id: string): Promise<Document | null>;
  getMany(collection: string, ids: readonly string[]): Promise<readonly Document[]>;
  find(collection: string, query: Query): Promise<readonly Document[]>;
  count(collection: string, where?: Where): Promise<number>;
  /** Every document of a collection, ordered by id, in batches. */
  all(collection: string): AsyncIterable<readonly Document[]>;
  /** The commit number everything here is folded up to; 0 when empty. */
  checkpoint(): Promise<number>;
  /** Writes documents and checkpoint together, or neither. */
  apply(batch: DocumentBatch): Promise<void>;
  /**
   * Writes a whole new set beside the old one and swaps them at the end; until then, and for
   * ever if `fill` throws, readers see the old one.
   */
  replace(fill: (write: (batch: DocumentBatch) => Promise<void>) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** Fields (paths with dots) a collection is filtered and ordered by; adapters index them. */
export interface CollectionSpec {
  readonly name: string;
  readonly indexes: readonly (readonly string[])[];
}

import type { Filter, Sort } from 'mongodb';
import type { CollectionSpec, Query, Scalar, Where } from '../documents.ts';
import type { JsonObject } from '../json.ts';
import { type Comparable, checkField, comparable, scalarAt } from '../scalar.ts';

/** One document of a projection, as stored. */
export interface Row {
  readonly _id: string;
  readonly version: number;
  /** JSON: exact, where BSON would change a lone surrogate, a key with dots, or what looks like a type of its own. */
  readonly data: string;
  /** The values it is found and ordered by: each indexed field under its path, with `:` for the dots. */
  readonly by: Readonly<Record<string, Comparable>>;
}

export const columnOf = (field: string): string => field.replaceAll('.', ':');

/** Indexed fields of a collection. */
export type Fields = ReadonlySet<string>;

export const fieldsOf = ({ indexes }: CollectionSpec): Fields => new Set(indexes.flat());

/**
 * A query in two parts: what the server finds, and what is left to look at here because a field is not indexed:
 * its value lies inside the JSON text.
 */
export interface SplitQuery {
  readonly filter: Filter<Row>;
  /** Null: the filter says it all. */
  readonly rest: ((data: JsonObject) => boolean) | null;
}

type Condition = Where[string];

export function splitWhere(where: Where = {}, fields: Fields): SplitQuery {
  const there: Filter<Row>[] = [];
  const here: ((data: JsonObject) => boolean)[] = [];
  for (const [field, condition] of Object.entries(where)) {
    if (fields.has(field))
      there.push({ [`by.${columnOf(field)}`]: condition === null || typeof condition !== 'object' ? comparable(condition) : operators(condition) });
    else {
      checkField(field);
      here.push((data) => holds(condition, scalarAt(data, field)));
    }
  }
  return { filter: there.length === 0 ? {} : { $and: there }, rest: here.length === 0 ? null : (data) => here.every((test) => test(data)) };
}

const NAMES = ['lt', 'lte', 'gt', 'gte'] as const;

/** Of MongoDB's own operators a range holds for values of the limit's kind alone, as it should. */
function operators(condition: Exclude<Condition, Scalar>): object {
  if ('in' in condition) return { $in: condition.in.map(comparable) };
  const limits = NAMES.flatMap((name) => {
    const limit = condition[name];
    return limit === undefined ? [] : [[name, comparable(limit)] as const];
  });
  if (limits.some(([, limit]) => limit === null)) return { $in: [] };
  // A range without limits holds for everything.
  return limits.length === 0 ? { $exists: true } : Object.fromEntries(limits.map(([name, limit]) => [`$${name}`, limit]));
}

function holds(condition: Condition, value: Comparable): boolean {
  if (condition === null || typeof condition !== 'object') return value === comparable(condition);
  if ('in' in condition) return condition.in.some((wanted) => value === comparable(wanted));
  return NAMES.every((name) => {
    const limit = condition[name];
    if (limit === undefined) return true;
    const against = comparable(limit);
    if (against === null || typeof value !== typeof against) return false;
    const order = compare(value, against);
    return name === 'lt' ? order < 0 : name === 'lte' ? order <= 0 : name === 'gt' ? order > 0 : order >= 0;
  });
}

const rank = (value: Comparable): number => (value === null ? 0 : typeof value === 'number' ? 1 : 2);

/** Nulls, then numbers, then text by code point. */
function compare(a: Comparable, b: Comparable): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return rank(a) - rank(b);
}

type Order = NonNullable<Query['orderBy']>;

/** The order as the server takes it, or null where a field is not indexed. */
export function sortOf(orderBy: Order = [], fields: Fields): Sort | null {
  if (!orderBy.every(([field]) => fields.has(field))) return null;
  return [...orderBy.map(([field, direction]): [string, 1 | -1] => [`by.${columnOf(field)}`, direction === 'desc' ? -1 : 1]), ['_id', 1]];
}

interface Found {
  readonly id: string;
  readonly data: JsonObject;
}

export function comparator(orderBy: Order = []): (a: Found, b: Found) => number {
  for (const [field] of orderBy) checkField(field);
  return (a, b) => {
    for (const [field, direction] of orderBy) {
      const order = compare(scalarAt(a.data, field), scalarAt(b.data, field));
      if (order !== 0) return direction === 'desc' ? -order : order;
    }
    return compare(a.id, b.id);
  };
}

import type { SQLInputValue } from 'node:sqlite';
import type { CollectionSpec, Query, Scalar, Where } from '../documents.ts';
import { CountersignError } from '../errors.ts';
import type { Json, JsonObject } from '../json.ts';

/**
 * The column of each indexed field. An index on an expression over the JSON text would parse the
 * whole text once per index and document: the columns made a rebuild twice as fast (bench/store.ts).
 */
export type Columns = ReadonlyMap<string, string>;

export const columnsOf = ({ indexes }: CollectionSpec): Columns => new Map([...new Set(indexes.flat())].map((field, index) => [field, `field_${index}`]));

/** The value that stands in a field's column, the same as `json_extract` gives: true is 1, a missing field null. */
export function scalarAt(data: JsonObject, field: string): SQLInputValue {
  let value: Json | undefined = data;
  for (const name of field.split('.')) {
    value = typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, name) ? value[name] : undefined;
    if (value === undefined) return null;
  }
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : bind(value);
}

const FIELD = /^[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*)*$/;

function fieldSql(field: string, columns: Columns): string {
  const column = columns.get(field);
  if (column !== undefined) return column;
  if (!FIELD.test(field)) throw new CountersignError('InvalidQuery', `"${field}" is no field: names joined by dots were expected.`);
  return `json_extract(data, '$.${field
    .split('.')
    .map((name) => `"${name}"`)
    .join('.')}')`;
}

/** Part of a statement, and what its question marks stand for. */
interface Sql {
  readonly text: string;
  readonly values: readonly SQLInputValue[];
}

const bind = (value: Scalar): SQLInputValue => (typeof value === 'boolean' ? Number(value) : value);

const COMPARISONS = { lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;

function condition(sql: string, wanted: NonNullable<Where[string]> | null): Sql {
  if (wanted === null) return { text: `${sql} IS NULL`, values: [] };
  if (typeof wanted !== 'object') return { text: `${sql} = ?`, values: [bind(wanted)] };
  if ('in' in wanted) {
    const values = wanted.in.filter((value) => value !== null).map(bind);
    const among = `${sql} IN (${values.map(() => '?').join(', ')})`;
    return { text: wanted.in.includes(null) ? `(${among} OR ${sql} IS NULL)` : among, values };
  }
  const parts: string[] = [];
  const values: SQLInputValue[] = [];
  for (const name of ['lt', 'lte', 'gt', 'gte'] as const) {
    const limit = wanted[name];
    if (limit === undefined) continue;
    parts.push(`${sql} ${COMPARISONS[name]} ?`);
    values.push(bind(limit));
  }
  return { text: parts.join(' AND ') || '1', values };
}

export function whereSql(where: Where = {}, columns: Columns): Sql {
  const conditions = Object.entries(where).map(([field, wanted]) => condition(fieldSql(field, columns), wanted));
  return {
    text: conditions.length === 0 ? '' : ` WHERE ${conditions.map(({ text }) => text).join(' AND ')}`,
    values: conditions.flatMap(({ values }) => values),
  };
}

/** Everything after `FROM table`. */
export function querySql({ where, orderBy = [], limit, offset }: Query, columns: Columns): Sql {
  const filter = whereSql(where, columns);
  const order = [...orderBy.map(([field, direction]) => `${fieldSql(field, columns)} ${direction === 'desc' ? 'DESC' : 'ASC'}`), 'id ASC'];
  return { text: `${filter.text} ORDER BY ${order.join(', ')} LIMIT ? OFFSET ?`, values: [...filter.values, limit ?? -1, offset ?? 0] };
}

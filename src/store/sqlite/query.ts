import type { SQLInputValue } from 'node:sqlite';
import type { CollectionSpec, Query, Scalar, Where } from '../documents.ts';
import { checkField, comparable } from '../scalar.ts';

/**
 * The column of each indexed field. An index on an expression over the JSON text would parse the
 * whole text once per index and document: the columns made a rebuild twice as fast (bench/store.ts).
 */
export type Columns = ReadonlyMap<string, string>;

export const columnsOf = ({ indexes }: CollectionSpec): Columns => new Map([...new Set(indexes.flat())].map((field, index) => [field, `field_${index}`]));

function fieldSql(field: string, columns: Columns): string {
  const column = columns.get(field);
  if (column !== undefined) return column;
  checkField(field);
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

const COMPARISONS = { lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;

function condition(sql: string, wanted: NonNullable<Where[string]> | null): Sql {
  if (wanted === null) return { text: `${sql} IS NULL`, values: [] };
  if (typeof wanted !== 'object') return { text: `${sql} = ?`, values: [comparable(wanted)] };
  if ('in' in wanted) {
    const values = wanted.in.filter((value) => value !== null).map(comparable);
    const among = `${sql} IN (${values.map(() => '?').join(', ')})`;
    return { text: wanted.in.includes(null) ? `(${among} OR ${sql} IS NULL)` : among, values };
  }
  const limits = (['lt', 'lte', 'gt', 'gte'] as const).flatMap((name) => {
    const limit: Scalar | undefined = wanted[name];
    return limit === undefined ? [] : [{ name, value: comparable(limit) }];
  });
  // For SQLite every number is below every text; a limit of one kind says nothing of the other.
  const conditions = limits.map(({ name, value }) => `${sql} ${COMPARISONS[name]} ? AND ${sql} ${typeof value === 'number' ? '<' : '>='} ''`);
  return { text: conditions.join(' AND ') || '1', values: limits.map(({ value }) => value) };
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

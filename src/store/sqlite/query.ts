import type { SQLInputValue } from 'node:sqlite';
import { CountersignError } from '../errors.ts';
import type { Query, Scalar, Where } from '../documents.ts';

const FIELD = /^[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*)*$/;

/** The SQL of a field, the same text in indexes and queries, or SQLite would not use the index. */
export function fieldSql(field: string): string {
  if (!FIELD.test(field)) throw new CountersignError('InvalidQuery', `"${field}" is no field: names joined by dots were expected.`);
  return `json_extract(data, '$.${field.split('.').map((name) => `"${name}"`).join('.')}')`;
}

/** Part of a statement, and what its question marks stand for. */
interface Sql {
  readonly text: string;
  readonly values: readonly SQLInputValue[];
}

// JSON's true and false come out of json_extract as 1 and 0.
const bind = (value: Scalar): SQLInputValue => (typeof value === 'boolean' ? Number(value) : value);

const COMPARISONS = { lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;

function condition(field: string, wanted: NonNullable<Where[string]> | null): Sql {
  const sql = fieldSql(field);
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

export function whereSql(where: Where = {}): Sql {
  const conditions = Object.entries(where).map(([field, wanted]) => condition(field, wanted));
  return { text: conditions.length === 0 ? '' : ` WHERE ${conditions.map(({ text }) => text).join(' AND ')}`, values: conditions.flatMap(({ values }) => values) };
}

/** Everything after `FROM table`. */
export function querySql({ where, orderBy = [], limit, offset }: Query): Sql {
  const filter = whereSql(where);
  const order = [...orderBy.map(([field, direction]) => `${fieldSql(field)} ${direction === 'desc' ? 'DESC' : 'ASC'}`), 'id ASC'];
  return { text: `${filter.text} ORDER BY ${order.join(', ')} LIMIT ? OFFSET ?`, values: [...filter.values, limit ?? -1, offset ?? 0] };
}

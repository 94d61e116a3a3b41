import type { Scalar } from './documents.ts';
import { CountersignError } from './errors.ts';
import type { Json, JsonObject } from './json.ts';

/** What a field is compared by: true is 1, false 0; a missing field is null; objects and lists are their JSON text. */
export type Comparable = string | number | null;

export const comparable = (value: Scalar): Comparable => (typeof value === 'boolean' ? Number(value) : value);

/** The value at a path with dots. */
export function scalarAt(data: JsonObject, field: string): Comparable {
  let value: Json | undefined = data;
  for (const name of field.split('.')) {
    value = typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, name) ? value[name] : undefined;
    if (value === undefined) return null;
  }
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : comparable(value);
}

const FIELD = /^[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*)*$/;

/** @throws CountersignError `InvalidQuery` */
export function checkField(field: string): void {
  if (!FIELD.test(field)) throw new CountersignError('InvalidQuery', `"${field}" is no field: names joined by dots were expected.`);
}

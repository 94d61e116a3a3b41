import { createHash } from 'node:crypto';

/** What can stand in the log: plain JSON. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/**
 * The one text of a value whatever the order its keys were written in: keys sorted by code unit,
 * no white space (RFC 8785 for the values that occur here). Equal values have equal texts.
 */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] ?? null)}`).join(',')}}`;
}

/** SHA-256 of a text (UTF-8) or of bytes, as 64 hexadecimal digits. */
export const sha256 = (input: string | Uint8Array): string => createHash('sha256').update(input).digest('hex');

import type { Json } from '../../store/json.ts';

/** A value as a card shows it: text as it is, nothing as a dash, the rest as JSON. */
export function shown(value: Json): string {
  if (value === null) return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

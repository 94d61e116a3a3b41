import type { Item } from '../../store/events/task.ts';
import { type Json, type JsonObject, sha256 } from '../../store/json.ts';

/** Entities an item touches, and fields it changes, as far as its target and request name them. */
export function touched({ target, request }: Pick<Item, 'target' | 'request'>): { readonly entities: readonly string[]; readonly fields: readonly string[] } {
  const entities = [target, request['ref'], request['entity']].filter((name) => typeof name === 'string').map((name) => name.replace(/:.*/s, ''));
  const changes = Array.isArray(request['changes']) ? request['changes'] : [];
  const fields = changes.flatMap((change) => (isObject(change) && typeof change['field'] === 'string' ? [change['field']] : []));
  return { entities: [...new Set(entities)].sort(), fields: [...new Set(fields)].sort() };
}

const isObject = (value: Json): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Short names only: a number makes every item a kind of its own, and free text may come from outside (I8). */
const isKindFeature = (value: unknown): value is string | boolean =>
  typeof value === 'boolean' || (typeof value === 'string' && /^[a-z][a-z0-9-]{0,39}$/.test(value));

/**
 * What an item is one of, stable across items: agent, action, entity, touched fields, and features
 * that are flags or short names. `lead-qualification mail.send lead purpose=first-reply`.
 * "Always allow this kind" holds for exactly this text; calibration will too. At most 500 characters.
 */
export function itemKind(agent: string, item: Pick<Item, 'action' | 'target' | 'request' | 'features'>): string {
  const { entities, fields } = touched(item);
  const features = Object.keys(item.features)
    .sort()
    .flatMap((name) => (isKindFeature(item.features[name]) ? [`${name}=${item.features[name]}`] : []));
  const kind = [agent, item.action, entities.join(','), fields.length > 0 ? `[${fields.join(',')}]` : '', ...features].filter((part) => part !== '').join(' ');
  return kind.length <= 500 ? kind : `${kind.slice(0, 430)}… ${sha256(kind)}`;
}

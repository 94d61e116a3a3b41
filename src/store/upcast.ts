import { CountersignError } from './errors.ts';
import { EVENTS, type EventType } from './events/index.ts';
import type { JsonObject } from './json.ts';
import type { RecordedEvent } from './log.ts';

/**
 * Older data of an event type brought to today's schema, one step after the other: the first
 * function takes schema version 1 to 2, the next 2 to 3. A type left out is still at 1.
 */
const UPCASTERS: { readonly [T in EventType]?: readonly ((data: JsonObject) => JsonObject)[] } = {};

/** The version of a type's schema that is written today. */
export const schemaVersion = (type: EventType): number => (UPCASTERS[type]?.length ?? 0) + 1;

export const isEventType = (type: string): type is EventType => Object.hasOwn(EVENTS, type);

/**
 * Data with its personal fields open, as today's schema has it.
 * @throws CountersignError `UnknownEvent`: written by newer code
 */
export function upcast(event: RecordedEvent, data: JsonObject): JsonObject {
  if (!isEventType(event.type) || event.schema > schemaVersion(event.type)) {
    const known = isEventType(event.type) ? `only versions up to ${schemaVersion(event.type)}` : 'no event of that type';
    throw new CountersignError('UnknownEvent', `${event.stream}@${event.version} is a ${event.type} of schema version ${event.schema}, but this Countersign knows ${known}: it was written by a newer one, use that.`);
  }
  return (UPCASTERS[event.type] ?? []).slice(event.schema - 1).reduce((older, step) => step(older), data);
}

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
  const { type, schema } = event;
  if (!isEventType(type)) throw unknown(event, 'no event of that type');
  const today = schemaVersion(type);
  if (schema === today) return data;
  if (schema > today) throw unknown(event, `only versions up to ${today}`);
  return (UPCASTERS[type] ?? []).slice(schema - 1).reduce((older, step) => step(older), data);
}

const unknown = ({ stream, version, type, schema }: RecordedEvent, known: string) =>
  new CountersignError(
    'UnknownEvent',
    `${stream}@${version} is a ${type} of schema version ${schema}, but this Countersign knows ${known}: it was written by a newer one, use that.`,
  );

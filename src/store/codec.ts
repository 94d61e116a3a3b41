import type { Instant, Random } from '../ports.ts';
import { CountersignError } from './errors.ts';
import { type DomainEvent, EVENTS, type NewEvent, type Recorded } from './events/index.ts';
import type { Json, JsonObject } from './json.ts';
import type { Commit, EncodedEvent, KeyStore, RecordedEvent, StreamEvent } from './log.ts';
import { merge, personalShape, split } from './personal.ts';
import { KEY_BYTES, type SealingKey, seal, sealingKey, unseal } from './seal.ts';
import { schemaVersion, upcast } from './upcast.ts';

/** Bytes of one encoded event; larger content goes into a blob. */
export const MAX_EVENT_BYTES = 64 * 1024;

/** Between the events of the domain and what stands in the log, where personal fields are sealed. */
export interface Codec {
  /** @throws CountersignError `InvalidEvent`, `EventTooLarge`: nothing was written */
  encode(events: readonly NewEvent[]): Promise<EncodedEvent[]>;
  /**
   * What is sealed under a destroyed key stays a placeholder: `[forgotten]`, `[]`, `{}`, null.
   * @throws CountersignError `UnknownEvent`: written by newer code; `UnreadableEvent`: altered
   */
  decode(commits: readonly Commit[]): Promise<Recorded[]>;
  decodeEvents(events: readonly StreamEvent[]): Promise<DomainEvent[]>;
}

type Keys = ReadonlyMap<string, SealingKey>;

export function createCodec(keys: KeyStore, random: Random): Codec {
  /** One look-up for a whole batch, and none kept for the next: another process may destroy a key. */
  async function keysOf(batch: readonly { readonly events: readonly EncodedEvent[] }[]): Promise<Keys> {
    const subjects = new Set<string>();
    for (const { events } of batch) for (const { sealed, subject } of events) if (sealed !== null && subject !== null) subjects.add(subject);
    if (subjects.size === 0) return new Map();
    return new Map([...(await keys.getMany([...subjects]))].map(([subject, bytes]) => [subject, sealingKey(bytes)]));
  }

  /** The key of each person, made where there is none. */
  async function keysFor(subjects: ReadonlySet<string>): Promise<Keys> {
    if (subjects.size === 0) return new Map();
    const known = await keys.getMany([...subjects]);
    const all = [...subjects].map(async (subject) => [subject, sealingKey(known.get(subject) ?? (await keys.add(subject, random.bytes(KEY_BYTES))))] as const);
    return new Map(await Promise.all(all));
  }

  return {
    async encode(events) {
      const parts = events.map(splitEvent);
      const subjects = new Set(parts.flatMap(({ event, personal }) => (personal === undefined || event.subject === null ? [] : [event.subject])));
      const found = await keysFor(subjects);
      return parts.map(({ event, open, personal }) => {
        const key = event.subject === null ? undefined : found.get(event.subject);
        const sealed = personal === undefined || key === undefined ? null : seal(JSON.stringify(personal), key, boundTo(event), random);
        const { stream, type, subject, actor, source, cause, correlation } = event;
        const encoded: EncodedEvent = { stream, type, schema: schemaVersion(type), data: open, sealed, subject, actor, source, cause, correlation };
        const bytes = Buffer.byteLength(JSON.stringify(encoded));
        if (bytes > MAX_EVENT_BYTES)
          throw new CountersignError(
            'EventTooLarge',
            `${type} on ${stream} has ${bytes} bytes, at most ${MAX_EVENT_BYTES} are allowed: put large content into a blob and name its hash.`,
          );
        return encoded;
      });
    },

    async decode(commits) {
      const found = await keysOf(commits);
      return commits.map(({ number, at, events }) => ({ commit: number, events: events.map((event) => openEvent(event, number, at, found)) }));
    },

    async decodeEvents(events) {
      const found = await keysOf([{ events }]);
      return events.map((event) => openEvent(event, event.commit, event.at, found));
    },
  };
}

/** A sealed text opens only in the stream and type it was written for. */
const boundTo = ({ stream, type }: { readonly stream: string; readonly type: string }): string => `${stream}\n${type}`;

function splitEvent(event: NewEvent): { event: NewEvent; open: JsonObject; personal: Json | undefined } {
  const refuse = (problem: string) => new CountersignError('InvalidEvent', `${event.type} on ${event.stream}: ${problem}.`);
  const schema = EVENTS[event.type];
  if (schema === undefined) throw refuse('there is no event of that type');
  const checked = schema.safeParse(event.data);
  if (!checked.success) throw refuse(checked.error.issues.map(({ path, message }) => `at ${path.join('.') || 'the top'}: ${message}`).join('; '));
  const shape = personalShape(event);
  if (shape !== null && typeof shape === 'object' && 'problem' in shape) throw refuse(shape.problem);
  const { open, personal } = split(checked.data, shape);
  if (personal !== undefined && event.subject === null) throw refuse('it holds personal data, so it needs a subject, the person under whose key it is sealed');
  // Every schema in EVENTS is an object, so what is split off one is an object too.
  return { event, open: open as JsonObject, personal };
}

function openEvent(event: RecordedEvent, commit: number, at: Instant, keys: Keys): DomainEvent {
  const { stream, version, type, subject, actor, source, cause, correlation } = event;
  const data = upcast(event, openData(event, keys));
  // What was valid when it was written is trusted: the chain of hashes guards it, and checking costs as much again as reading (bench/store.ts).
  return { stream, version, commit, at, type, data, subject, actor, source, cause, correlation } as unknown as DomainEvent;
}

function openData(event: RecordedEvent, keys: Keys): JsonObject {
  const key = event.subject === null ? undefined : keys.get(event.subject);
  if (event.sealed === null || key === undefined) return event.data;
  try {
    const text = unseal(event.sealed, key, boundTo(event));
    return text === null ? event.data : (merge(event.data, JSON.parse(text)) as JsonObject);
  } catch (cause) {
    throw new CountersignError(
      'UnreadableEvent',
      `The personal fields of ${event.stream}@${event.version} do not open with the key of ${event.subject}: the event was altered, verify the log.`,
      { cause },
    );
  }
}

const DIGITS = 10;

/** Names an event: `STREAM@0000000012`. Of fixed width, so that those of a stream are in the order of their versions. */
export const eventKey = (stream: string, version: number): string => `${stream}@${String(version).padStart(DIGITS, '0')}`;

/** Names a commit by the id its writer made. No event's key ends so. */
export const idKey = (id: string): string => `${id}#`;

export type Key = { readonly id: string } | { readonly stream: string; readonly version: number };

export function parseKey(key: string): Key {
  if (key.endsWith('#')) return { id: key.slice(0, -1) };
  return { stream: key.slice(0, -DIGITS - 1), version: Number(key.slice(-DIGITS)) };
}

/** All keys of a stream's events after a version, and perhaps of others: whoever looks compares the stream. */
export const keysAfter = (stream: string, version: number) => ({ $gt: eventKey(stream, version), $lt: `${stream}@:` });

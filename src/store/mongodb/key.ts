const DIGITS = 10;

/** Names an event: `STREAM@0000000012`. Of fixed width, so that those of a stream are in the order of their versions. */
export const eventKey = (stream: string, version: number): string => `${stream}@${String(version).padStart(DIGITS, '0')}`;

/** Names a commit by the id its writer made. No event's key ends so. */
export const idKey = (id: string): string => `${id}#`;

/** What the keys of a commit tell, in the order of its events. */
export function parseKeys(keys: readonly string[]): { readonly id: string; readonly versions: readonly (readonly [stream: string, version: number])[] } {
  let id = '';
  const versions: [string, number][] = [];
  for (const key of keys) {
    if (key.endsWith('#')) id = key.slice(0, -1);
    else versions.push([key.slice(0, -DIGITS - 1), Number(key.slice(-DIGITS))]);
  }
  return { id, versions };
}

/** All keys of a stream's events after a version, and perhaps of others: whoever looks compares the stream. */
export const keysAfter = (stream: string, version: number) => ({ $gt: eventKey(stream, version), $lt: `${stream}@:` });

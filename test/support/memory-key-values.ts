import type { Clock } from '../../src/ports.ts';
import type { Json } from '../../src/store/json.ts';
import type { KeyValueStore } from '../../src/store/log.ts';

/** A `KeyValueStore` for tests; `keys` shows what lies in it. */
export function memoryKeyValues(clock: Pick<Clock, 'now'>): KeyValueStore & { keys(): readonly string[] } {
  const entries = new Map<string, { value: Json; version: number; until: number }>();
  const alive = (key: string) => {
    const entry = entries.get(key);
    return entry && entry.until > clock.now() ? entry : undefined;
  };
  return {
    keys: () => [...entries.keys()],
    async get(key) {
      const entry = alive(key);
      return entry ? { value: entry.value, version: entry.version } : null;
    },
    async set(key, value, ttl, expectedVersion) {
      const version = alive(key)?.version ?? 0;
      if (expectedVersion !== undefined && expectedVersion !== version) return null;
      entries.set(key, { value, version: version + 1, until: ttl === null ? Number.POSITIVE_INFINITY : clock.now() + ttl });
      return version + 1;
    },
    async delete(key) {
      entries.delete(key);
    },
    async *lasting() {
      yield new Map([...entries].filter(([, { until }]) => until === Number.POSITIVE_INFINITY).map(([key, { value }]) => [key, value]));
    },
    async close() {},
  };
}

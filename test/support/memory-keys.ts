import type { KeyStore } from '../../src/store/log.ts';

/** A `KeyStore` for unit tests; nothing is durable. */
export function memoryKeys(): KeyStore {
  const keys = new Map<string, Uint8Array>();
  return {
    async add(person, key) {
      const kept = keys.get(person) ?? key;
      keys.set(person, kept);
      return kept;
    },
    async getMany(persons) {
      return new Map(
        persons.flatMap((person) => {
          const key = keys.get(person);
          return key === undefined ? [] : [[person, key] as const];
        }),
      );
    },
    async destroy(person) {
      keys.delete(person);
    },
    async *all() {
      yield new Map(keys);
    },
  };
}

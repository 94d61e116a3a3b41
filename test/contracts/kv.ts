import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/ports.ts';
import type { KeyValueStore } from '../../src/store/log.ts';
import { manualClock } from '../support/manual-clock.ts';

export interface OpenedKeyValue {
  readonly kv: KeyValueStore;
  again(): Promise<KeyValueStore>;
  dispose(): Promise<void>;
}

/** The contract of the key-value store with an end: every adapter passes it whole. */
export function describeKeyValueStore(name: string, open: (clock: Clock) => Promise<OpenedKeyValue>): void {
  describe(`key-value: ${name}`, () => {
    const clock = manualClock('2026-01-01T00:00:00.000Z');
    let opened: OpenedKeyValue;
    let kv: KeyValueStore;
    beforeEach(async () => {
      opened = await open(clock);
      kv = opened.kv;
    });
    afterEach(() => opened.dispose());

    it('gives back any JSON, with its version, also through another handle', async () => {
      const value = { list: [1, null, 'ü \u0000'], deep: {} };
      const version = await kv.set('k', value, null);
      expect(await kv.get('k')).toEqual({ value, version });
      expect(await (await opened.again()).get('k')).toEqual({ value, version });
      expect(await kv.set('null', null, null)).not.toBeNull();
      expect(await kv.get('null')).toEqual({ value: null, version: expect.any(Number) });
      expect(await kv.get('other')).toBeNull();
    });

    it('forgets a value when its time is over, not before', async () => {
      await kv.set('short', 1, 1000);
      await kv.set('long', 2, null);
      clock.move(999);
      expect(await kv.get('short')).toMatchObject({ value: 1 });
      clock.move(1);
      expect(await kv.get('short')).toBeNull();
      expect(await kv.get('long')).toMatchObject({ value: 2 });
      expect(await kv.set('short', 3, 1000, 0)).not.toBeNull();
    });

    it('sets only over the version it was told', async () => {
      const first = await kv.set('k', 'a', null, 0);
      if (first === null) throw new Error('a new key was refused');
      expect(await kv.set('k', 'b', null, 0)).toBeNull();
      const second = await kv.set('k', 'b', null, first);
      expect(second).toBeGreaterThan(first);
      expect(await kv.set('k', 'c', null, first)).toBeNull();
      expect(await kv.get('k')).toEqual({ value: 'b', version: second });
    });

    it('never gives an old version to a key that went and came again', async () => {
      const seen = new Set<number | null>();
      for (let round = 0; round < 4; round += 1) {
        seen.add(await kv.set('k', round, 10));
        if (round % 2 === 0) await kv.delete('k');
        else clock.move(10);
        expect(await kv.get('k')).toBeNull();
      }
      expect(seen.size).toBe(4);
    });

    it('lets one of many writers win, through two handles too', async () => {
      const other = await opened.again();
      let version = 0;
      for (let round = 0; round < 5; round += 1) {
        const results = await Promise.all(Array.from({ length: 8 }, (_, writer) => (writer % 2 === 0 ? kv : other).set('k', writer, null, version)));
        const won = results.filter((result) => result !== null);
        expect(won.length).toBe(1);
        version = won[0] ?? 0;
      }
    });

    it('lets one of many begin a key, or begin it again once it has ended', async () => {
      const other = await opened.again();
      for (let round = 0; round < 3; round += 1) {
        const results = await Promise.all(Array.from({ length: 8 }, (_, writer) => (writer % 2 === 0 ? kv : other).set('lease', writer, 1000, 0)));
        expect(results.filter((result) => result !== null).length).toBe(1);
        clock.move(1000);
      }
      await Promise.all(Array.from({ length: 8 }, (_, writer) => (writer % 2 === 0 ? kv : other).set('any', writer, null)));
      expect(await kv.get('any')).toEqual(await other.get('any'));
    });

    it('lists what has no end', async () => {
      await kv.set('b', { deep: [1] }, null);
      await kv.set('a', null, null);
      await kv.set('session', 1, 60_000);
      await kv.set('gone', 1, null);
      await kv.delete('gone');
      await kv.set('limited', 1, null);
      await kv.set('limited', 1, 1000);
      const all = (await Array.fromAsync((await opened.again()).lasting())).flatMap((batch) => [...batch]);
      expect(all).toEqual([
        ['a', null],
        ['b', { deep: [1] }],
      ]);
    });

    it('deletes what is there, and what is not', async () => {
      await kv.set('k', 1, null);
      await kv.delete('k');
      await kv.delete('k');
      expect(await kv.get('k')).toBeNull();
    });
  });
}

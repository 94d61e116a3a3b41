import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KeyStore } from '../../src/store/log.ts';

export interface OpenedKeys {
  readonly keys: KeyStore;
  again(): Promise<KeyStore>;
  dispose(): Promise<void>;
}

const key = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);

/** The key store's contract: every adapter passes it whole. */
export function describeKeyStore(name: string, open: () => Promise<OpenedKeys>): void {
  describe(`keys: ${name}`, () => {
    let opened: OpenedKeys;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.dispose());

    it('keeps the first key of a person, whoever else comes with another', async () => {
      const other = await opened.again();
      const added = await Promise.all([1, 2, 3, 4].map((fill) => (fill % 2 === 0 ? other : opened.keys).add('p1', key(fill))));
      const [first] = added;
      expect(added).toEqual([first, first, first, first]);
      expect(await other.getMany(['p1', 'p2'])).toEqual(new Map([['p1', first]]));
    });

    it('gives many at once, and none that was destroyed', async () => {
      for (const [index, person] of ['a', 'b', 'c'].entries()) await opened.keys.add(person, key(index));
      await opened.keys.destroy('b');
      await opened.keys.destroy('b');
      expect(await opened.keys.getMany(['c', 'b', 'a', 'a'])).toEqual(
        new Map([
          ['a', key(0)],
          ['c', key(2)],
        ]),
      );
      expect(await opened.keys.getMany([])).toEqual(new Map());
      expect(await opened.keys.add('b', key(9))).toEqual(key(9));
    });

    it('lists every key there is', async () => {
      for (const [index, person] of ['b', 'a', 'c'].entries()) await opened.keys.add(person, key(index));
      await opened.keys.destroy('a');
      const all = (await Array.fromAsync((await opened.again()).all())).flatMap((batch) => [...batch]);
      expect(all).toEqual([
        ['b', key(0)],
        ['c', key(2)],
      ]);
    });

    it('does not change a key with the bytes it was made of', async () => {
      const bytes = key(5);
      const added = await opened.keys.add('a', bytes);
      bytes.fill(0);
      added.fill(0);
      expect(await opened.keys.getMany(['a'])).toEqual(new Map([['a', key(5)]]));
    });
  });
}

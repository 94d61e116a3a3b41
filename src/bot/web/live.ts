import type { Desk } from '../intents.ts';

/** What to look at again: threads by id, or everything on the page when too much was missed. */
export interface News {
  readonly position: string;
  readonly threads: readonly string[];
  readonly everything: boolean;
}

export interface Live {
  /** Where the present is: taken before a page is rendered, so that nothing falls between page and stream. */
  position(): string;
  /** What changed since a position. */
  since(position: string | undefined): News;
  /** Calls back once, after the next change. Returns how to stop waiting. */
  next(wake: () => void): () => void;
  stop(): void;
}

const KEPT = 2000;

/**
 * Remembers which threads changed, in order, so that a page that was asleep or cut off asks for
 * just those. `boot` tells this process from the one before: an unknown or too old position
 * means everything.
 */
export function createLive(desk: Pick<Desk, 'onChange'>, boot: string): Live {
  const changes: (readonly string[])[] = [];
  let dropped = 0;
  const waiting = new Set<() => void>();
  const position = (): string => `${boot}.${dropped + changes.length}`;

  const stop = desk.onChange((threads) => {
    changes.push(threads);
    if (changes.length > KEPT) {
      changes.shift();
      dropped++;
    }
    for (const wake of [...waiting]) wake();
  });

  return {
    position,
    since(given) {
      const [ofBoot, number] = (given ?? '').split('.');
      const seen = Number(number);
      const known = ofBoot === boot && Number.isInteger(seen) && seen >= dropped && seen <= dropped + changes.length;
      return { position: position(), threads: known ? [...new Set(changes.slice(seen - dropped).flat())] : [], everything: !known };
    },
    next(wake) {
      const once = (): void => {
        waiting.delete(once);
        wake();
      };
      waiting.add(once);
      return () => waiting.delete(once);
    },
    stop,
  };
}

import type { Clock } from '../ports.ts';
import type { Commit, Subscription } from './log.ts';

export interface Source {
  /** The next batch after a commit number; empty when there is nothing newer. */
  next(after: number): Promise<readonly Commit[]>;
  /** Calls `listener` whenever there may be something newer. Returns a function that ends it. */
  onNews(listener: () => void): () => void;
}

const FIRST_PAUSE = 25;
const LONGEST_PAUSE = 1000;

/** The subscription of every adapter: in order, one batch at a time, the same batch again after an error. */
export function follow(
  source: Source,
  clock: Clock,
  after: number,
  handle: (commits: readonly Commit[]) => Promise<void>,
  onError: (error: unknown) => void = () => {},
): Subscription {
  let stopped = false;
  let news = false;
  let wake = () => {};
  const until = (start: (resolve: () => void) => void): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
      if (stopped) resolve();
      else start(resolve);
    });
  const forget = source.onNews(() => {
    news = true;
    if (failures === 0) wake();
  });

  let failures = 0;
  async function run(): Promise<void> {
    let position = after;
    let batch: readonly Commit[] = [];
    while (!stopped) {
      try {
        if (batch.length === 0) {
          news = false;
          batch = await source.next(position);
        }
        const last = batch.at(-1);
        if (last === undefined) {
          if (!news) await until(() => {});
          continue;
        }
        if (stopped) return;
        await handle(batch);
        position = last.number;
        batch = [];
        failures = 0;
      } catch (error) {
        onError(error);
        failures += 1;
        let cancel = () => {};
        await until((resolve) => {
          cancel = clock.at(clock.now() + Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** failures), resolve);
        });
        cancel();
      }
    }
  }

  const running = run();
  return {
    async stop() {
      stopped = true;
      forget();
      wake();
      await running;
    },
  };
}

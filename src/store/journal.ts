import { type Clock, instant, newId, type Random } from '../ports.ts';
import type { Codec } from './codec.ts';
import type { DomainEvent, NewEvent, Recorded } from './events/index.ts';
import type { Commit, EventLog, Expected, Subscription } from './log.ts';

/** Commits read and opened at once: the more, the fewer times a person's key is looked up. */
const BATCH = 1000;

/** The log as the rest of the system sees it: typed events, personal fields open. */
export interface Journal {
  /**
   * Appends all events in one commit, or none.
   * @param expect version per stream; a stream left out is `any`
   * @throws VersionConflict; CountersignError `InvalidEvent`, `EventTooLarge`
   */
  append(events: readonly NewEvent[], expect?: Readonly<Record<string, Expected>>): Promise<Recorded>;
  readStream(stream: string, afterVersion?: number): Promise<readonly DomainEvent[]>;
  read(after: number): AsyncIterable<readonly Recorded[]>;
  head(): Promise<number>;
  subscribe(after: number, handle: (commits: readonly Recorded[]) => Promise<void>, onError?: (error: unknown) => void): Subscription;
}

export function openJournal(log: EventLog, codec: Codec, clock: Clock, random: Random): Journal {
  const open = (commits: readonly Commit[]) => codec.decode(commits);
  return {
    async append(events, expect = {}) {
      const at = instant(clock.now());
      const encoded = await codec.encode(events);
      const { number, versions } = await log.append({ id: newId(random, 16), at, events: encoded, expect });
      return {
        commit: number,
        events: events.map((event, index): DomainEvent => ({ ...event, version: versions[index] ?? 0, commit: number, at })),
      };
    },
    async readStream(stream, afterVersion = 0) {
      return codec.decodeEvents(await log.readStream(stream, afterVersion));
    },
    async *read(after) {
      for await (const commits of log.read(after, BATCH)) yield await open(commits);
    },
    async head() {
      return (await log.head()).number;
    },
    subscribe: (after, handle, onError) => log.subscribe(after, async (commits) => handle(await open(commits)), onError),
  };
}

import { type Clock, instant } from '../../src/ports.ts';
import { CountersignError, VersionConflict } from '../../src/store/errors.ts';
import type { Recorded } from '../../src/store/events/index.ts';
import { type DomainEvent, EVENTS, type NewEvent } from '../../src/store/events/index.ts';
import type { Journal } from '../../src/store/journal.ts';
import type { Expected } from '../../src/store/log.ts';

/**
 * A `Journal` in memory for unit tests: versions are checked (I2), events are checked against
 * their schemas, nothing is encrypted. Appending takes a turn of the event loop, so races between
 * two writers are real.
 */
export function memoryJournal(clock: Pick<Clock, 'now'> = { now: () => 0 }): Journal & { readonly commits: readonly Recorded[] } {
  const commits: Recorded[] = [];
  const streams = new Map<string, DomainEvent[]>();
  const listeners = new Set<() => void>();
  const stream = (name: string) => streams.get(name) ?? [];

  return {
    commits,

    async append(events, expect = {}) {
      await turn();
      for (const [name, expected] of Object.entries(expect)) check(name, expected, stream(name).length);
      for (const event of events) checkData(event);

      const commit = commits.length + 1;
      const at = instant(clock.now());
      const recorded = structuredClone(events).map((event): DomainEvent => {
        const before = stream(event.stream);
        const written = { ...event, version: before.length + 1, commit, at };
        streams.set(event.stream, [...before, written]);
        return written;
      });
      const result = { commit, events: recorded };
      commits.push(result);
      for (const listener of listeners) listener();
      return result;
    },

    async readStream(name, afterVersion = 0) {
      await turn();
      return stream(name).slice(afterVersion);
    },

    async *read(after) {
      if (commits.length > after) yield commits.slice(after);
    },

    head: async () => commits.length,

    subscribe(after, handle, onError) {
      let position = after;
      let stopped = false;
      let running = Promise.resolve();
      const drain = () => {
        running = running.then(async () => {
          while (!stopped && position < commits.length) {
            const batch = commits.slice(position);
            try {
              await handle(batch);
              position += batch.length;
            } catch (error) {
              onError?.(error);
              await turn();
            }
          }
        });
      };
      listeners.add(drain);
      drain();
      return {
        async stop() {
          stopped = true;
          listeners.delete(drain);
          await running;
        },
      };
    },
  };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function check(name: string, expected: Expected, version: number): void {
  const holds = expected === 'any' || (expected === 'absent' ? version === 0 : expected === 'exists' ? version > 0 : version === expected);
  if (!holds) throw new VersionConflict(name, String(expected), version);
}

function checkData(event: NewEvent): void {
  const result = EVENTS[event.type].safeParse(event.data);
  if (!result.success) throw new CountersignError('InvalidEvent', `${event.type} on ${event.stream}: ${result.error.message}`);
}

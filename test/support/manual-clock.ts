import type { Clock } from '../../src/ports.ts';

/** A clock that stands still until it is moved; alarms that come due then run in order. */
export function manualClock(start: string): Clock & { move(ms: number): void } {
  let now = Date.parse(start);
  let alarms: { at: number; run: () => void }[] = [];
  return {
    now: () => now,
    at(at, run) {
      const alarm = { at, run };
      alarms.push(alarm);
      return () => {
        alarms = alarms.filter((other) => other !== alarm);
      };
    },
    move(ms) {
      now += ms;
      const due = alarms.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
      alarms = alarms.filter(({ at }) => at > now);
      for (const { run } of due) run();
    },
  };
}

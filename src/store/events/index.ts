import type { z } from 'zod';
import { approvalEvents } from './approval.ts';
import { controlEvents } from './control.ts';
import { documentEvents, importEvents, intakeEvents, personEvents } from './document.ts';
import { taskEvents } from './task.ts';

/** Every type of event there is, with the schema of its data. */
export const EVENTS = {
  ...documentEvents,
  ...intakeEvents,
  ...importEvents,
  ...personEvents,
  ...taskEvents,
  ...approvalEvents,
  ...controlEvents,
} as const;

export type EventType = keyof typeof EVENTS;
export type DataOf<T extends EventType> = z.infer<(typeof EVENTS)[T]>;

/** Who, from where, why: the envelope of an event. */
export interface Envelope {
  readonly actor: string;
  readonly source: string;
  readonly cause: string | null;
  readonly correlation: string;
  /** The person whose key seals the personal fields; null only where there are none. */
  readonly subject: string | null;
}

/** An event before it is in the log. */
export type NewEvent = { [T in EventType]: { readonly stream: string; readonly type: T; readonly data: DataOf<T> } & Envelope }[EventType];

/** An event read from the log, its personal fields opened, or `[forgotten]`. */
export type DomainEvent = {
  [T in EventType]: {
    readonly stream: string;
    readonly type: T;
    readonly data: DataOf<T>;
    readonly version: number;
    readonly commit: number;
    readonly at: string;
  } & Envelope;
}[EventType];

/** Builds an event; the compiler checks that data and type belong together. */
export const newEvent = <T extends EventType>(stream: string, type: T, data: DataOf<T>, envelope: Envelope): NewEvent =>
  // The union is made of exactly these pairs; TypeScript cannot follow a generic into it.
  ({ stream, type, data, ...envelope }) as unknown as NewEvent;

/** A commit as it is read: its events, in the order they were written. */
export interface Recorded {
  readonly commit: number;
  readonly events: readonly DomainEvent[];
}

import type { z } from 'zod';
import type { Part } from '../../bot/card.ts';
import type { NewEvent } from '../../store/events/index.ts';
import type { FailureClass, Item } from '../../store/events/task.ts';
import type { JsonObject } from '../../store/json.ts';
import type { Expected } from '../../store/log.ts';

interface ActionBase<R extends JsonObject> {
  /** `mail.send`, `document.change` … unique. */
  readonly name: string;
  /** The request's shape. Also the form a person edits it with: `.meta({ title, multiline, readOnly })` per field. */
  readonly schema: z.ZodType<R>;
  /** How a card shows a request that `schema` accepted. Pure. */
  show(request: R): readonly Part[];
  /** Words a person understands: what cannot be taken back. null = it can. */
  readonly irreversible: string | null;
}

/** Changes only the log, so doing it and recording it are one commit. */
export interface InternalAction<R extends JsonObject = JsonObject> extends ActionBase<R> {
  readonly kind: 'internal';
  plan(request: R, context: PlanContext): Promise<Planned>;
}

export interface PlanContext {
  readonly item: Item;
  readonly task: string;
  /** Ancestors of that task that asked for one another (I10). */
  readonly depth: number;
  readonly agent: string;
  readonly now: number;
  readonly newId: () => string;
  /** Version, person and data of a document, or null. */
  readonly load: (ref: string) => Promise<{ version: number; person: string | null; data: JsonObject; removed: boolean } | null>;
  readonly envelope: {
    readonly actor: string;
    readonly source: string;
    readonly cause: string | null;
    readonly correlation: string;
    readonly subject: string | null;
  };
}

/** `events` to commit with the outcome; or the request as it must now be put to a person again (I5). */
export type Planned =
  | { readonly events: readonly NewEvent[]; readonly expect: Readonly<Record<string, Expected>> }
  | { readonly conflict: string; readonly revised: JsonObject }
  | { readonly impossible: string };

/** Leaves the system: performed by a connector, after its footprint is in the log. */
export interface ExternalAction<R extends JsonObject = JsonObject> extends ActionBase<R> {
  readonly kind: 'external';
  /** The way out to take now. Read it once per effect: it may change, as when mail goes live. */
  readonly connector: Connector<R>;
  /** Where there are several: all of them. Recovery asks the one that `EffectStarted` names. */
  readonly connectors?: readonly Connector<R>[];
}

export type Action<R extends JsonObject = JsonObject> = InternalAction<R> | ExternalAction<R>;

export interface Performance {
  /** SHA-256 (hex) of the canonical request with item and attempt (I4): the idempotency key. */
  readonly footprint: string;
  /** Nothing may leave after this (ms since 1970). */
  readonly deadline: number;
  /** Aborted at the deadline and on shutdown. */
  readonly signal: AbortSignal;
}

/** One way out. Errors thrown are `EffectError`. */
export interface Connector<R extends JsonObject = JsonObject> {
  readonly name: string;
  /** Milliseconds between footprint and deadline. */
  readonly timeout: number;
  /** @returns a receipt: what the target said, small and without secrets. */
  perform(request: R, performance: Performance): Promise<JsonObject>;
  /**
   * After a crash between footprint and outcome (I4): `repeat` where the target takes the footprint as an
   * idempotency key; `ask` where it can be asked whether it happened; `unknown` where only a person can tell.
   */
  readonly recovery: 'repeat' | 'unknown' | { ask(footprint: string, request: R): Promise<{ readonly happened: boolean; readonly receipt: JsonObject }> };
}

/** Why an effect did not happen. `certain` = it surely did not leave; otherwise the outcome is unknown. */
export class EffectError extends Error {
  readonly class: FailureClass;
  readonly certain: boolean;
  /** The target asked to wait this long (ms). */
  readonly retryAfter: number | null;
  constructor(failure: FailureClass, message: string, options: { certain: boolean; retryAfter?: number; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = 'EffectError';
    this.class = failure;
    this.certain = options.certain;
    this.retryAfter = options.retryAfter ?? null;
  }
}

import type { z } from 'zod';
import type { FailureClass } from '../../store/events/task.ts';
import type { Json } from '../../store/json.ts';

export type Tier = 'small' | 'large';

/** One question to a model. Instructions and foreign text never share a string (I8). */
export interface Question<T extends Json> {
  /** What it is for, `kebab-case`: shows in costs and in `why`. */
  readonly purpose: string;
  readonly tier: Tier;
  /** Ours: trusted. */
  readonly instructions: string;
  /** Theirs: data with a label each. The adapter fences it off and says so to the model. */
  readonly foreign: readonly { readonly label: string; readonly text: string }[];
  /** Shape of the answer; asked for as structured output and checked. */
  readonly answer: z.ZodType<T>;
  /** Length of the answer at most; what the model spends on thinking comes on top. */
  readonly maxTokens: number;
}

/**
 * null: no model is configured, the agent is paused, or the budget is used up; go on with the heuristic.
 * @throws ModelError when the model was asked and gave no usable answer
 */
export type Ask = <T extends Json>(question: Question<T>) => Promise<{ readonly answer: T; readonly model: string } | null>;

export interface Completion {
  /** The raw text or tool input, not yet checked against the question's schema. */
  readonly output: Json;
  readonly model: string;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly costMicros: number;
  readonly latencyMs: number;
  readonly stop: 'end' | 'length' | 'refusal';
}

/** Adapter of one provider. Errors are `ModelError`, classified. */
export interface ModelPort {
  /** Name of the model behind a tier. */
  model(tier: Tier): string;
  /** SHA-256 (hex) of all that would be sent for this question. */
  promptHash(question: Question<Json>): string;
  /**
   * The most this call can cost, in millionths of a US dollar.
   * @throws CountersignError `UnknownPrice`
   */
  worstCase(question: Question<Json>): number;
  complete(question: Question<Json>, signal: AbortSignal): Promise<Completion>;
}

/** Why there is no answer. The message is for a person, without secrets and without foreign text of any length. */
export class ModelError extends Error {
  readonly class: FailureClass;
  /** The provider asked to wait this long (ms). */
  readonly retryAfter: number | null;
  /** The provider surely charged nothing; otherwise nobody knows, and the worst case is booked. */
  readonly free: boolean;
  constructor(failure: FailureClass, message: string, options: { free: boolean; retryAfter?: number | null }) {
    super(message);
    this.name = 'ModelError';
    this.class = failure;
    this.free = options.free;
    this.retryAfter = options.retryAfter ?? null;
  }
}

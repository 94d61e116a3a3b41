import type { z } from 'zod';
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
  readonly maxTokens: number;
}

/** null: no model is configured, or the budget is used up; go on with the heuristic. */
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
  /**
   * The most this call can cost, in millionths of a US dollar.
   * @throws CountersignError `UnknownPrice`
   */
  worstCase(question: Question<Json>): number;
  complete(question: Question<Json>, signal: AbortSignal): Promise<Completion>;
}

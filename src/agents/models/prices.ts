import { z } from 'zod';
import { CountersignError } from '../../store/errors.ts';

/**
 * US dollars per million tokens, which is the same number as millionths of a dollar per token:
 * multiplied by tokens it gives micros.
 */
const rates = z.strictObject({
  input: z.number().positive(),
  output: z.number().positive(),
  cacheWrite: z.number().positive(),
  cacheRead: z.number().positive(),
});

const price = rates.extend({
  /** Rates of the whole call once its prompt is longer than `above` tokens. */
  longPrompt: rates.extend({ above: z.int().positive() }).optional(),
});

/** `config/prices.yaml` */
export const pricesSchema = z.strictObject({
  /** The day these were read from the provider's list. */
  checked: z.iso.date(),
  models: z.record(z.string(), price),
});
export type Prices = z.infer<typeof pricesSchema>;
type Price = z.infer<typeof price>;

export interface Usage {
  /** Input tokens that neither came from the cache nor went into it. */
  readonly input: number;
  readonly cacheWrite: number;
  readonly cacheRead: number;
  readonly output: number;
}

/** What a call cost, in micros, rounded up. @throws CountersignError `UnknownPrice` */
export function costMicros(prices: Prices, model: string, usage: Usage): number {
  const at = ratesFor(priceOf(prices, model), usage.input + usage.cacheWrite + usage.cacheRead);
  return Math.ceil(usage.input * at.input + usage.cacheWrite * at.cacheWrite + usage.cacheRead * at.cacheRead + usage.output * at.output);
}

/**
 * The most a call can cost, in micros: every byte of the prompt a token (no byte-level tokenizer
 * makes more), each at the dearest input rate, and the answer as long as it may be.
 * @throws CountersignError `UnknownPrice`
 */
export function worstCaseMicros(prices: Prices, model: string, promptBytes: number, maxTokens: number): number {
  // What the provider adds to a prompt: roles, and instructions for structured output.
  const tokens = promptBytes + 1_000;
  const at = ratesFor(priceOf(prices, model), tokens);
  return Math.ceil(tokens * Math.max(at.input, at.cacheWrite) + maxTokens * at.output);
}

/** @throws CountersignError `UnknownPrice`: without a price no budget can hold (I10) */
export function priceOf(prices: Prices, model: string): Price {
  const known = Object.hasOwn(prices.models, model) ? prices.models[model] : undefined;
  if (known) return known;
  const names = Object.keys(prices.models).join(', ');
  throw new CountersignError(
    'UnknownPrice',
    `No price is known for the model "${model}" (known: ${names}). Add it to config/prices.yaml, or choose one of these.`,
  );
}

const ratesFor = (known: Price, promptTokens: number) => (known.longPrompt && promptTokens > known.longPrompt.above ? known.longPrompt : known);

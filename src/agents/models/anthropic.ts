import Anthropic from '@anthropic-ai/sdk';
import { z } from 'zod';
import type { Clock } from '../../ports.ts';
import type { Json } from '../../store/json.ts';
import { modelErrorOf } from './anthropic-errors.ts';
import { type Completion, ModelError, type ModelPort, type Question } from './model.ts';
import { costMicros, type Prices, priceOf, worstCaseMicros } from './prices.ts';
import { buildPrompt, type Prompt } from './prompt.ts';

export interface AnthropicOptions {
  readonly apiKey: string;
  /** Without `/v1`; null = Anthropic's own. */
  readonly baseURL: string | null;
  /** Names of the models behind the tiers. */
  readonly small: string;
  readonly large: string;
  readonly prices: Prices;
  /** For one call as a whole, to the last byte of the answer. */
  readonly timeoutMs: number;
  /** Characters of each foreign text in a prompt at most. */
  readonly foreignLimit: number;
  readonly clock: Clock;
}

/**
 * Newer models think before they answer and count that against `max_tokens`; some cannot be told not to.
 * So that much room comes on top of the answer's own.
 */
const THINKING_TOKENS = 2_000;

/**
 * The Messages API, or a compatible endpoint. Answers come as structured output.
 * @throws CountersignError `UnknownPrice` for a model without a price
 */
export function createAnthropic(options: AnthropicOptions): ModelPort {
  const { apiKey, prices, timeoutMs, clock } = options;
  for (const model of [options.small, options.large]) priceOf(prices, model);
  const client = new Anthropic({
    apiKey,
    baseURL: options.baseURL ?? 'https://api.anthropic.com',
    timeout: timeoutMs,
    // The orchestrator retries: here a retry would be neither reserved nor on record.
    maxRetries: 0,
    logLevel: 'off',
    openTelemetry: false,
    // A redirect would carry the key elsewhere.
    fetchOptions: { redirect: 'error' },
  });
  const modelOf: ModelPort['model'] = (tier) => (tier === 'small' ? options.small : options.large);
  const prompt = (question: Question<Json>) => buildPrompt(modelOf(question.tier), question, options.foreignLimit);

  return {
    model: modelOf,
    promptHash: (question) => prompt(question).hash,
    worstCase: (question) => worstCaseMicros(prices, modelOf(question.tier), prompt(question).bytes, question.maxTokens + THINKING_TOKENS),

    async complete(question, signal) {
      const model = modelOf(question.tier);
      const started = clock.now();
      // The client's own limit ends with the headers; this one covers the body too.
      const stop = new AbortController();
      const abort = () => stop.abort();
      const cancel = clock.at(started + timeoutMs, abort);
      signal.addEventListener('abort', abort, { once: true });
      try {
        if (signal.aborted) throw new ModelError('timeout', `The run was stopped before ${model} was asked.`, { free: true });
        const reply = await client.messages.create(requestOf(model, question, prompt(question)), { signal: stop.signal });
        return readReply(reply, model, prices, clock.now() - started);
      } catch (error) {
        const seen = stop.signal.aborted && !(error instanceof ModelError) ? new Anthropic.APIUserAbortError() : error;
        throw modelErrorOf(seen, { model, apiKey, timeoutMs, now: clock.now() });
      } finally {
        cancel();
        signal.removeEventListener('abort', abort);
      }
    },
  };
}

function requestOf(model: string, question: Question<Json>, { system, blocks, schema }: Prompt): Anthropic.MessageCreateParamsNonStreaming {
  return {
    model,
    max_tokens: question.maxTokens + THINKING_TOKENS,
    // Marked at its end, all of it is cached: it is the same for every question of one purpose.
    system: system.map((text, index) => ({ type: 'text', text, ...(index === system.length - 1 ? { cache_control: { type: 'ephemeral' as const } } : {}) })),
    messages: [{ role: 'user', content: blocks.map((text) => ({ type: 'text' as const, text })) }],
    output_config: { format: { type: 'json_schema', schema } },
  };
}

/** As much of a reply as is used; an endpoint that is only nearly compatible is noticed here. */
const replySchema = z.object({
  content: z.array(z.object({ type: z.string(), text: z.string().optional() })),
  stop_reason: z.string(),
  usage: z.object({
    input_tokens: z.int().nonnegative(),
    output_tokens: z.int().nonnegative(),
    cache_creation_input_tokens: z.int().nonnegative().nullish(),
    cache_read_input_tokens: z.int().nonnegative().nullish(),
  }),
});

function readReply(reply: unknown, model: string, prices: Prices, latencyMs: number): Completion {
  const parsed = replySchema.safeParse(reply);
  if (!parsed.success) {
    throw new ModelError(
      'api-error',
      `Expected a reply of the Messages API when asking ${model}; what came is not one. Check that ANTHROPIC_BASE_URL leads to a compatible endpoint.`,
      { free: false },
    );
  }
  const { content, stop_reason: reason, usage } = parsed.data;
  const used = {
    input: usage.input_tokens,
    cacheWrite: usage.cache_creation_input_tokens ?? 0,
    cacheRead: usage.cache_read_input_tokens ?? 0,
    output: usage.output_tokens,
  };
  return {
    output: readJson(content.map(({ type, text }) => (type === 'text' ? (text ?? '') : '')).join('')),
    model,
    tokensIn: used.input + used.cacheWrite + used.cacheRead,
    tokensOut: used.output,
    costMicros: costMicros(prices, model, used),
    latencyMs,
    stop: reason === 'refusal' ? 'refusal' : reason === 'max_tokens' || reason === 'model_context_window_exceeded' ? 'length' : 'end',
  };
}

/** The JSON in a text, bare or in a Markdown fence; else the text as it is, for the check that follows. */
function readJson(text: string): Json {
  const bare = /^\s*```(?:json)?\s*\n([\s\S]*?)\n\s*```\s*$/.exec(text)?.[1] ?? text;
  try {
    const parsed: Json = JSON.parse(bare);
    return parsed;
  } catch {
    return text;
  }
}

import { readFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { createAnthropic } from '../../../src/agents/models/anthropic.ts';
import { ModelError, type ModelPort, type Question } from '../../../src/agents/models/model.ts';
import { pricesSchema } from '../../../src/agents/models/prices.ts';
import { readEnvironment } from '../../../src/environment.ts';
import type { Json } from '../../../src/store/json.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { type ModelTarget, openModelTarget, type Reply, reply } from '../../support/model-target.ts';

const prices = pricesSchema.parse({
  checked: '2026-11-23',
  models: { mini: { input: 1, output: 5, cacheWrite: 1.25, cacheRead: 0.1 }, maxi: { input: 2, output: 10, cacheWrite: 2.5, cacheRead: 0.2 } },
});
const question: Question<{ fit: boolean }> = {
  purpose: 'judge-lead',
  tier: 'small',
  instructions: 'Judge whether the lead fits.',
  foreign: [{ label: 'message', text: 'We need forty desks.' }],
  answer: z.strictObject({ fit: z.boolean() }),
  maxTokens: 300,
};

const clock = manualClock('2026-11-23T10:00:00.000Z');
let target: ModelTarget;
let model: ModelPort;
const open = (over: { apiKey?: string; baseURL?: string; small?: string } = {}) =>
  createAnthropic({ apiKey: target.key, baseURL: target.url, small: 'mini', large: 'maxi', prices, timeoutMs: 20_000, foreignLimit: 4000, clock, ...over });

beforeEach(async () => {
  target = await openModelTarget();
  model = open();
});
afterEach(() => target.close());

const never = new AbortController().signal;
const ask = (asked: Question<Json> = question, signal = never) => model.complete(asked, signal);
async function failure(asking: Promise<unknown>): Promise<ModelError> {
  const error: unknown = await asking.then(
    () => 'no error',
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ModelError)) throw new Error(`expected a ModelError, got ${inspect(error)}`);
  return error;
}

describe('A question to the Messages API', () => {
  test('goes out as structured output, instructions cached and apart from foreign text (I8)', async () => {
    target.script(reply.json({ fit: true }));
    await ask();
    const request = target.ledger[0]?.request;
    expect(request?.output_config.format.schema).toMatchObject({ type: 'object', properties: { fit: { type: 'boolean' } }, required: ['fit'] });
    const system = request?.system ?? [];
    expect(system.map(({ text }) => text).join('\n')).toContain(question.instructions);
    expect(system.map(({ text }) => text).join('\n')).not.toContain('forty desks');
    expect(system.at(-1)?.cache_control).toEqual({ type: 'ephemeral' });
    expect(request?.messages[0]?.content.map(({ text }) => text).join('\n')).toContain('forty desks');
  });

  test('comes back with its tokens and what they cost', async () => {
    target.script(reply.json({ fit: true }, { input_tokens: 10, cache_creation_input_tokens: 400, cache_read_input_tokens: 1000, output_tokens: 7 }));
    expect(await ask()).toEqual({
      output: { fit: true },
      model: 'mini',
      tokensIn: 1410,
      tokensOut: 7,
      costMicros: 10 + 500 + 100 + 35,
      latencyMs: 0,
      stop: 'end',
    });
  });

  test('uses the large model for the large tier', async () => {
    target.script(reply.json({ fit: true }));
    await ask({ ...question, tier: 'large' });
    expect(target.ledger[0]?.request?.model).toBe('maxi');
  });

  test('never costs more than its worst case', async () => {
    target.script(reply.json({ fit: true }));
    await ask();
    const request = target.ledger[0]?.request;
    const bytes = Buffer.byteLength([...(request?.system ?? []), ...(request?.messages[0]?.content ?? [])].map(({ text }) => text).join(''));
    const dearest = bytes * 1.25 + (request?.max_tokens ?? 0) * 5;
    expect(model.worstCase(question)).toBeGreaterThan(dearest);
  });

  test.each([
    ['text that is not JSON', reply.text('Sure! It fits.'), { output: 'Sure! It fits.', stop: 'end' }],
    ['JSON in a Markdown fence', reply.text('```json\n{"fit": false}\n```'), { output: { fit: false }, stop: 'end' }],
    ['a refusal', reply.refusal(), { stop: 'refusal' }],
    ['an answer cut off at the limit', reply.cutOff(), { stop: 'length' }],
  ])('hands on %s, which is paid for', async (_what, answer, expected) => {
    target.script(answer);
    expect(await ask()).toMatchObject({ ...expected, costMicros: 200 });
  });

  test('is refused from the start without a price', () => {
    expect(() => open({ small: 'brand-new' })).toThrow(/No price is known for the model "brand-new".*config\/prices\.yaml/);
  });
});

describe('What goes wrong is sorted by what must follow', () => {
  const { error } = reply;
  const cases: [string, Reply, Partial<ModelError>, RegExp][] = [
    [
      '429 with retry-after in seconds',
      error(429, 'rate_limit_error', 'Slow down.', { headers: { 'retry-after': '17' } }),
      { class: 'rate-limit', retryAfter: 17_000, free: true },
      /Too many/,
    ],
    [
      '429 with retry-after as a date',
      error(429, 'rate_limit_error', 'Slow down.', { headers: { 'retry-after': 'Mon, 23 Nov 2026 10:02:00 GMT' } }),
      { class: 'rate-limit', retryAfter: 120_000, free: true },
      /Too many/,
    ],
    ['429 without', error(429, 'rate_limit_error', 'Slow down.'), { class: 'rate-limit', retryAfter: null, free: true }, /Too many/],
    [
      '429 of a ramp limit',
      error(429, 'rate_limit_error', 'Usage grows too fast.', { code: 'ramp_limit_exceeded' }),
      { class: 'rate-limit', free: true },
      /Too many/,
    ],
    [
      '429 of a spending limit',
      error(429, 'rate_limit_error', 'Contract limit.', { code: 'contract_spend_limit_reached' }),
      { class: 'spending-cap', free: true },
      /spending limit/,
    ],
    ['402', error(402, 'billing_error', 'Payment required.'), { class: 'spending-cap', free: true }, /spending limit/],
    [
      '400 in the words of the usage limit',
      error(400, 'invalid_request_error', 'You have reached your specified API usage limits. You will regain access on 2026-12-01.'),
      { class: 'spending-cap', free: true },
      /2026-12-01/,
    ],
    [
      '400 in the words of the empty account',
      error(400, 'invalid_request_error', 'Your credit balance is too low to access the API.'),
      { class: 'spending-cap', free: true },
      /add credit/,
    ],
    ['529', error(529, 'overloaded_error', 'Overloaded'), { class: 'overloaded', free: true }, /overloaded/],
    ['500', error(500, 'api_error', 'Internal server error'), { class: 'api-error', free: true }, /500/],
    ['504', error(504, 'timeout_error', 'Too slow'), { class: 'timeout', free: true }, /too long/],
    ['400', error(400, 'invalid_request_error', 'max_tokens: too large'), { class: 'bad-input', free: true }, /max_tokens/],
    ['404', error(404, 'not_found_error', 'model: mini'), { class: 'bad-input', free: true }, /does not know mini/],
    ['a connection closed before the answer', reply.hangUp(), { class: 'api-error', free: false }, /connection/],
    ['a connection closed within the answer', reply.half('close'), { class: 'api-error', free: false }, /broke off/],
    ['a page instead of a reply', reply.page(), { class: 'api-error', free: false }, /ANTHROPIC_BASE_URL/],
  ];
  test.each(cases)('%s', async (_what, answer, expected, words) => {
    target.script(answer);
    const thrown = await failure(ask());
    expect(thrown).toMatchObject(expected);
    expect(thrown.message).toMatch(words);
    // Retrying is the orchestrator's: the client tried once.
    expect(target.ledger).toHaveLength(1);
  });

  test.each([
    ['no answer at all', reply.silence()],
    ['half an answer', reply.half('stall')],
  ])('%s ends at the time limit, and may have been charged', async (_what, answer) => {
    target.script(answer);
    const thrown = failure(ask());
    await vi.waitUntil(() => target.ledger.length === 1);
    clock.move(20_000);
    expect(await thrown).toMatchObject({ class: 'timeout', free: false });
  });

  test('a run that is stopped takes its question back', async () => {
    target.script(reply.silence());
    const stop = new AbortController();
    const thrown = failure(ask(question, stop.signal));
    await vi.waitUntil(() => target.ledger.length === 1);
    stop.abort();
    expect(await thrown).toMatchObject({ class: 'timeout', free: false });
    expect(await failure(ask(question, stop.signal))).toMatchObject({ class: 'timeout', free: true });
    expect(target.ledger).toHaveLength(1);
  });

  test('nobody listening: surely not charged', async () => {
    await target.close();
    expect(await failure(ask())).toMatchObject({ class: 'api-error', free: true });
    target = await openModelTarget();
  });

  test('a wrong key says what to do, and the key is in nothing that is thrown, even if the provider repeats it', async () => {
    const secret = 'sk-ant-canary-7f3a';
    model = open({ apiKey: secret });
    const thrown = await failure(ask());
    expect(thrown).toMatchObject({ class: 'bad-input', free: true });
    expect(thrown.message).toMatch(/check ANTHROPIC_API_KEY/);
    expect(inspect(thrown, { depth: 10, showHidden: true })).not.toContain(secret);
  });

  test('a redirect is not followed, since the key would go along', async () => {
    const elsewhere = await openModelTarget();
    target.script(reply.redirect(`${elsewhere.url}/v1/messages`));
    expect(await failure(ask())).toMatchObject({ class: 'api-error' });
    expect(elsewhere.ledger).toHaveLength(0);
    await elsewhere.close();
  });
});

test('the price list we ship is well formed, and has the models used by default', async () => {
  const shipped = pricesSchema.parse(parse(await readFile(new URL('../../../config/prices.yaml', import.meta.url), 'utf8')));
  const { model: used } = readEnvironment({ ANTHROPIC_API_KEY: 'key' }, '.');
  expect(Object.keys(shipped.models)).toEqual(expect.arrayContaining([used?.small, used?.large]));
});

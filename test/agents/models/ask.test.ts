import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createAnthropic } from '../../../src/agents/models/anthropic.ts';
import { type AskOptions, createAsk } from '../../../src/agents/models/ask.ts';
import { ModelError, type Question } from '../../../src/agents/models/model.ts';
import { pricesSchema } from '../../../src/agents/models/prices.ts';
import { openSpend } from '../../../src/orchestrator/spend.ts';
import { VersionConflict } from '../../../src/store/errors.ts';
import type { DataOf } from '../../../src/store/events/index.ts';
import { sha256 } from '../../../src/store/json.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { memoryJournal } from '../../support/memory-journal.ts';
import { type ModelTarget, openModelTarget, reply } from '../../support/model-target.ts';

const question: Question<{ fit: boolean }> = {
  purpose: 'judge-lead',
  tier: 'small',
  instructions: 'Judge whether the lead fits.',
  foreign: [{ label: 'message', text: 'We need forty desks.' }],
  answer: z.strictObject({ fit: z.boolean() }),
  maxTokens: 300,
};
const prices = pricesSchema.parse({ checked: '2026-11-23', models: { mini: { input: 1, output: 5, cacheWrite: 1.25, cacheRead: 0.1 } } });

let target: ModelTarget;
beforeEach(async () => {
  target = await openModelTarget();
});
afterEach(() => target.close());

/** One task; `attempt()` is one run of its agent. */
function given({ dayMicros = 2_000_000 } = {}) {
  const clock = manualClock('2026-11-23T10:00:00.000Z');
  const journal = memoryJournal(clock);
  const spend = openSpend(journal, clock, () => ({ limits: { dayMicros, monthMicros: 20_000_000, agentDayMicros: {} }, timeZone: 'UTC' }));
  const model = createAnthropic({
    apiKey: target.key,
    baseURL: target.url,
    small: 'mini',
    large: 'mini',
    prices,
    timeoutMs: 20_000,
    foreignLimit: 100_000,
    clock,
  });
  const blobs = new Map<string, Uint8Array>();
  let ids = 0;
  const attempt = (over: Partial<AskOptions> = {}) =>
    createAsk({
      model,
      spend,
      journal,
      blobs: {
        put: async (bytes) => {
          blobs.set(sha256(bytes), bytes);
          return sha256(bytes);
        },
        get: async (hash) => blobs.get(hash) ?? null,
      },
      task: 't1',
      agent: 'leads',
      envelope: { actor: 'agent:leads@1', source: 'model', cause: null, correlation: 'c', subject: 'p1' },
      paused: () => false,
      maxCalls: 5,
      newCallId: () => {
        ids += 1;
        return `call${ids}`;
      },
      signal: new AbortController().signal,
      ...over,
    });
  const log = () => journal.commits.map(({ events }) => events.map(({ type }) => type).join('+'));
  const answered = (): DataOf<'ModelAnswered'>[] =>
    journal.commits.flatMap(({ events }) => events.flatMap((event) => (event.type === 'ModelAnswered' ? [event.data] : [])));
  const limits = () => journal.commits.flatMap(({ events }) => events.flatMap((event) => (event.type === 'LimitReached' ? [event.data.limit] : [])));
  return { attempt, journal, spend, log, answered, limits, blobs, clock };
}

async function failure(asking: Promise<unknown>): Promise<ModelError> {
  const error: unknown = await asking.then(
    (value) => value,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ModelError)) throw new Error(`expected a ModelError, got ${JSON.stringify(error)}`);
  return error;
}

describe('Asking a model', () => {
  test('reserves the worst case before, and records answer and price together', async () => {
    const { attempt, log, answered, journal } = given();
    target.script(reply.json({ fit: true }));
    expect(await attempt()(question)).toEqual({ answer: { fit: true }, model: 'mini' });
    expect(log()).toEqual(['SpendReserved', 'ModelAnswered+SpendSettled']);
    expect(answered()).toEqual([
      expect.objectContaining({
        call: 'call1',
        purpose: 'judge-lead',
        tier: 'small',
        tokensIn: 100,
        tokensOut: 20,
        costMicros: 200,
        stop: 'end',
        blob: null,
        answer: { fit: true },
      }),
    ]);
    expect(journal.commits[1]?.events[0]?.subject).toBe('p1');
    expect(journal.commits[0]?.events[0]?.subject).toBeNull();
  });

  test('without a model there is no answer', async () => expect(await given().attempt({ model: null })(question)).toBeNull());

  test('the same question is paid once, within an attempt and over a restart', async () => {
    const { attempt } = given();
    target.script(reply.json({ fit: true }));
    const first = attempt();
    await first(question);
    expect(await first(question)).toEqual({ answer: { fit: true }, model: 'mini' });
    expect(await attempt()(question)).toEqual({ answer: { fit: true }, model: 'mini' });
    expect(target.ledger).toHaveLength(1);
  });

  test('another question is another call', async () => {
    const { attempt } = given();
    target.script(reply.json({ fit: true }), reply.json({ fit: false }));
    await attempt()(question);
    expect(await attempt()({ ...question, instructions: 'Judge strictly.' })).toMatchObject({ answer: { fit: false } });
  });

  test('a large answer goes into a blob, and is found again', async () => {
    const { attempt, answered, blobs } = given();
    const long: Question<{ text: string }> = { ...question, answer: z.strictObject({ text: z.string() }) };
    const text = 'x'.repeat(50_000);
    target.script(reply.json({ text }));
    await attempt()(long);
    expect(answered()[0]).toMatchObject({ answer: null, blob: [...blobs.keys()][0] });
    expect(await attempt()(long)).toMatchObject({ answer: { text } });
    expect(target.ledger).toHaveLength(1);
  });

  test('a large answer whose blob is gone is asked for again', async () => {
    const { attempt, blobs } = given();
    const long: Question<{ text: string }> = { ...question, answer: z.strictObject({ text: z.string() }) };
    const answer = reply.json({ text: 'x'.repeat(50_000) });
    target.script(answer, answer);
    await attempt()(long);
    blobs.clear();
    expect(await attempt()(long)).not.toBeNull();
    expect(target.ledger).toHaveLength(2);
  });
});

describe('An answer of the wrong shape', () => {
  const wrong = reply.json({ fit: 'perhaps' });

  test.each([
    ['a schema miss', wrong],
    ['not JSON', reply.text('It fits.')],
  ])('%s is sent back once, as data, and the second answer counts', async (_what, first) => {
    const { attempt, answered } = given();
    target.script(first, reply.json({ fit: true }));
    expect(await attempt()(question)).toEqual({ answer: { fit: true }, model: 'mini' });
    expect(answered().map(({ costMicros }) => costMicros)).toEqual([200, 200]);
    const repair = target.ledger[1]?.request;
    expect(repair?.system.map(({ text }) => text).join()).not.toContain('perhaps');
    expect(repair?.messages[0]?.content.map(({ text }) => text).join()).toContain('earlier answer');
  });

  test('twice in a row it is an error for the caller', async () => {
    const { attempt } = given();
    target.script(wrong, wrong);
    expect(await failure(attempt()(question))).toMatchObject({ class: 'unusable-output' });
    expect(target.ledger).toHaveLength(2);
  });

  test('a repaired answer is found again too', async () => {
    const { attempt } = given();
    target.script(wrong, reply.json({ fit: true }));
    await attempt()(question);
    expect(await attempt()(question)).toEqual({ answer: { fit: true }, model: 'mini' });
    expect(target.ledger).toHaveLength(2);
  });

  test('a crash before the repair pays for the repair only', async () => {
    const { attempt } = given();
    target.script(wrong, reply.json({ fit: true }));
    // The first attempt may make one call only, as if it had died there.
    expect(await attempt({ maxCalls: 1 })(question)).toBeNull();
    expect(await attempt()(question)).toEqual({ answer: { fit: true }, model: 'mini' });
    expect(target.ledger).toHaveLength(2);
  });

  test('after two bad answers the next attempt starts afresh', async () => {
    const { attempt } = given();
    target.script(wrong, wrong, reply.json({ fit: true }));
    await failure(attempt()(question));
    expect(await attempt()(question)).toEqual({ answer: { fit: true }, model: 'mini' });
  });
});

describe('A limit stops before the money is spent (I10)', () => {
  test('a budget that does not hold the worst case: no call, on record once, and the heuristic goes on', async () => {
    const { attempt, limits } = given({ dayMicros: 5_000 });
    expect(await attempt()(question)).toBeNull();
    expect(await attempt()(question)).toBeNull();
    expect(target.ledger).toHaveLength(0);
    expect(limits()).toEqual(['model-budget-day']);
  });

  test('a run that asks for ever stops within the budget, judged by what the provider charged', async () => {
    const dayMicros = 100_000;
    const { attempt, spend } = given({ dayMicros });
    target.otherwise(reply.json({ fit: true }, { input_tokens: 1000, output_tokens: 300 }));
    const ask = attempt({ maxCalls: 1000 });
    let asked = 0;
    while ((await ask({ ...question, foreign: [{ label: 'n', text: String(asked) }] })) !== null) asked += 1;
    const charged = target.ledger.reduce((sum, { charged: tokens }) => sum + (tokens ? tokens.input_tokens + 5 * tokens.output_tokens : 0), 0);
    expect(asked).toBe(target.ledger.length);
    expect(asked).toBeGreaterThan(10);
    expect(charged).toBeLessThanOrEqual(dayMicros);
    expect((await spend.spent()).today).toBe(charged);
  });

  test('calls of one attempt, repairs counted', async () => {
    const { attempt, limits } = given();
    target.otherwise(reply.json({ fit: true }));
    const ask = attempt({ maxCalls: 2 });
    const answers = [];
    for (const text of ['a', 'b', 'c', 'd']) answers.push(await ask({ ...question, foreign: [{ label: 'n', text }] }));
    expect(answers.map((answer) => answer !== null)).toEqual([true, true, false, false]);
    expect(limits()).toEqual(['model-calls:leads']);
  });

  test('many questions at once do not slip past the limit', async () => {
    const { attempt } = given();
    target.otherwise(reply.json({ fit: true }));
    const ask = attempt({ maxCalls: 2 });
    await Promise.all(['a', 'b', 'c', 'd'].map((text) => ask({ ...question, foreign: [{ label: 'n', text }] })));
    expect(target.ledger).toHaveLength(2);
  });

  test('a pause holds within a run; what is recorded stays usable', async () => {
    const { attempt } = given();
    target.script(reply.json({ fit: true }));
    let paused = false;
    const ask = attempt({ paused: () => paused });
    await ask(question);
    paused = true;
    expect(await ask({ ...question, instructions: 'Another.' })).toBeNull();
    expect(await ask(question)).not.toBeNull();
    expect(target.ledger).toHaveLength(1);
  });
});

describe('A call that fails', () => {
  test.each([
    ['an error status costs nothing', () => reply.error(529, 'overloaded_error', 'Overloaded'), 'overloaded', false],
    ['a connection closed at the wrong moment is booked with its worst case', () => reply.half('close'), 'api-error', true],
  ])('%s', async (_what, answer, failureClass, booked) => {
    const { attempt, spend, log } = given();
    target.script(answer());
    expect(await failure(attempt()(question))).toMatchObject({ class: failureClass });
    expect(log()).toEqual(['SpendReserved', 'SpendSettled']);
    expect((await spend.spent()).today > 0).toBe(booked);
  });

  test.each([
    ['a refusal', reply.refusal(), 'refused-by-model'],
    ['an answer cut off', reply.cutOff(), 'cut-off'],
  ])('%s is paid and on record, but is no answer, now or later', async (_what, answer, failureClass) => {
    const { attempt, answered, spend } = given();
    target.script(answer, reply.json({ fit: true }));
    expect(await failure(attempt()(question))).toMatchObject({ class: failureClass });
    expect(answered()).toHaveLength(1);
    expect((await spend.spent()).today).toBe(200);
    expect(await attempt()(question)).toMatchObject({ answer: { fit: true } });
    // Asked afresh, not sent back for repair.
    expect(target.ledger[1]?.request).toEqual(target.ledger[0]?.request);
  });

  test('an answer that cannot be recorded is settled all the same', async () => {
    const { attempt, journal, spend } = given();
    target.script(reply.json({ fit: true }));
    const broken = { ...journal, append: async () => Promise.reject(new VersionConflict('task:t1', '1', 2)) };
    await expect(attempt({ journal: broken })(question)).rejects.toThrow(VersionConflict);
    expect((await spend.spent()).today).toBe(200);
  });
});

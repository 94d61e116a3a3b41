import { z } from 'zod';
import type { Reservation, Spend } from '../../orchestrator/spend.ts';
import { json } from '../../store/events/common.ts';
import type { DataOf, Envelope } from '../../store/events/index.ts';
import type { Journal } from '../../store/journal.ts';
import { canonicalJson, type Json } from '../../store/json.ts';
import type { BlobStore } from '../../store/log.ts';
import { type Ask, type Completion, ModelError, type ModelPort, type Question } from './model.ts';

export interface AskOptions {
  /** null: no model is configured; every question is answered with null. */
  readonly model: ModelPort | null;
  readonly spend: Spend;
  readonly journal: Journal;
  /** For answers too large for an event. What is personal in them must be sealed by what is given here. */
  readonly blobs: Pick<BlobStore, 'put' | 'get'>;
  readonly task: string;
  readonly agent: string;
  /** Of `ModelAnswered`; its subject seals the answer. */
  readonly envelope: Envelope;
  /** Asked before every call, since a pause must not wait for the end of a run. */
  readonly paused: () => boolean;
  /** Calls of this attempt at most, repairs counted. */
  readonly maxCalls: number;
  readonly newCallId: () => string;
  readonly signal: AbortSignal;
}

/**
 * How one attempt of a task asks models (I10): what an earlier attempt was answered is taken from the log
 * and not paid twice; each call's worst case is reserved before and settled after; an answer of the wrong
 * shape is sent back once. Which failures are tried again is up to the caller.
 */
export function createAsk(options: AskOptions): Ask {
  const { model } = options;
  if (model === null) return async () => null;
  const answers = recordedAnswers(options);
  const call = paidCalls(options, model, answers.add);

  return async (question) => {
    const earlier = await answers.find(question, model);
    if ('answer' in earlier) return earlier;
    let unusable = earlier.unusable;
    if (unusable === null) {
      const first = await call(question);
      if (first === null) return null;
      const checked = check(question, first.output);
      if ('answer' in checked) return { answer: checked.answer, model: first.model };
      unusable = { output: first.output, problem: checked.problem };
    }
    const second = await call(repairOf(question, unusable));
    if (second === null) return null;
    const checked = check(question, second.output);
    if ('answer' in checked) return { answer: checked.answer, model: second.model };
    throw new ModelError(
      'unusable-output',
      `${second.model} was asked for "${question.purpose}" twice and did not answer in the shape asked for: ${checked.problem}`.slice(0, 500),
      { free: false },
    );
  };
}

interface Unusable {
  readonly output: Json;
  readonly problem: string;
}

/** The answers in the task's stream, and those of this attempt as they come. */
function recordedAnswers({ journal, blobs, task }: AskOptions) {
  type Answered = DataOf<'ModelAnswered'>;
  let loading: Promise<Answered[]> | null = null;
  const load = () =>
    (loading ??= journal.readStream(`task:${task}`).then((events) => events.flatMap((event) => (event.type === 'ModelAnswered' ? [event.data] : []))));

  /** None when the blob is gone: then the question is asked again. */
  async function outputOf({ blob, answer }: Answered): Promise<Json[]> {
    if (blob === null) return [answer];
    const bytes = await blobs.get(blob);
    return bytes === null ? [] : [blobSchema.parse(JSON.parse(new TextDecoder().decode(bytes))).output];
  }

  async function to(promptHash: string) {
    const known = (await load()).filter((answered) => answered.promptHash === promptHash && answered.stop === 'end');
    return (await Promise.all(known.map(async (answered) => (await outputOf(answered)).map((output) => ({ model: answered.model, output }))))).flat();
  }

  return {
    async add(answered: Answered): Promise<void> {
      (await load()).push(answered);
    },

    /** A recorded usable answer, repaired or not; else an unusable one whose repair was never asked for, or null. */
    async find<T extends Json>(
      question: Question<T>,
      model: ModelPort,
    ): Promise<{ readonly answer: T; readonly model: string } | { readonly unusable: Unusable | null }> {
      let unusable: Unusable | null = null;
      for (const first of await to(model.promptHash(question))) {
        const checked = check(question, first.output);
        if ('answer' in checked) return { answer: checked.answer, model: first.model };
        const wrong = { output: first.output, problem: checked.problem };
        const repairs = await to(model.promptHash(repairOf(question, wrong)));
        for (const repair of repairs) {
          const repaired = check(question, repair.output);
          if ('answer' in repaired) return { answer: repaired.answer, model: repair.model };
        }
        if (repairs.length === 0) unusable = wrong;
      }
      return { unusable };
    },
  };
}

/** One call: reserved, made, settled, recorded. null: paused, or a limit is reached. */
function paidCalls(options: AskOptions, model: ModelPort, remember: (answered: DataOf<'ModelAnswered'>) => Promise<void>) {
  const { spend, journal, task, agent, envelope, maxCalls } = options;
  let calls = 0;

  return async (question: Question<Json>): Promise<Completion | null> => {
    if (options.paused()) return null;
    if (calls >= maxCalls) {
      await spend.limitReached(
        `model-calls:${agent}`,
        `${agent} asked models ${maxCalls} times in one attempt, which is the limit; it went on without. Task ${task}.`,
        envelope,
      );
      return null;
    }
    calls += 1;
    const request = { call: options.newCallId(), task, agent, model: model.model(question.tier), worstMicros: model.worstCase(question) };
    const reservation = await spend.reserve(request, envelope);
    if (reservation === null) return null;
    const completion = await settleOnFailure(() => model.complete(question, options.signal), reservation);
    const answered = await describe(request.call, question, completion);
    await record(answered, reservation);
    if (completion.stop === 'refusal')
      throw new ModelError('refused-by-model', `${completion.model} refused to answer "${question.purpose}".`, { free: false });
    if (completion.stop === 'length')
      throw new ModelError('cut-off', `${completion.model} did not finish "${question.purpose}" within ${question.maxTokens} tokens.`, { free: false });
    return completion;
  };

  async function settleOnFailure(complete: () => Promise<Completion>, reservation: Reservation): Promise<Completion> {
    try {
      return await complete();
    } catch (error) {
      await spend.settle(reservation, error instanceof ModelError && error.free ? 0 : reservation.worstMicros, envelope);
      throw error;
    }
  }

  /** Answer and price in one commit; the price alone when the answer cannot be recorded. */
  async function record(answered: DataOf<'ModelAnswered'>, reservation: Reservation): Promise<void> {
    try {
      const event = { stream: `task:${task}`, type: 'ModelAnswered' as const, data: answered, ...envelope };
      await journal.append([event, spend.settlement(reservation, answered.costMicros, envelope)]);
    } catch (error) {
      await spend.settle(reservation, answered.costMicros, envelope);
      throw error;
    }
    await remember(answered);
  }

  async function describe(call: string, question: Question<Json>, completion: Completion): Promise<DataOf<'ModelAnswered'>> {
    const { output, ...figures } = completion;
    const large = Buffer.byteLength(canonicalJson(output)) > INLINE_BYTES;
    const content = { instructions: question.instructions, foreign: question.foreign.map(({ label, text }) => ({ label, text })), output };
    const blob = large ? await options.blobs.put(new TextEncoder().encode(canonicalJson(content))) : null;
    return { call, promptHash: model.promptHash(question), tier: question.tier, purpose: question.purpose, ...figures, blob, answer: large ? null : output };
  }
}

const blobSchema = z.object({ output: json });

/** An event is at most 64 KB, and sealing makes a third more of it. */
const INLINE_BYTES = 40_000;

function check<T extends Json>(question: Question<T>, output: Json): { readonly answer: T } | { readonly problem: string } {
  const parsed = question.answer.safeParse(output);
  if (parsed.success) return { answer: parsed.data };
  return {
    problem: parsed.error.issues
      .slice(0, 5)
      .map(({ path, message }) => `${path.join('.') || 'the answer'}: ${message}`)
      .join('; ')
      .slice(0, 1000),
  };
}

/** The same question with the answer that did not fit: what a model wrote is data too (I8). */
function repairOf<T extends Json>(question: Question<T>, { output, problem }: Unusable): Question<T> {
  return {
    ...question,
    instructions: `${question.instructions}\n\nYou were asked this before. Your earlier answer did not have the shape asked for; it and what was wrong with it are the last two pieces of data. Answer again, complete, in the shape asked for.`,
    foreign: [
      ...question.foreign,
      { label: 'earlier answer', text: typeof output === 'string' ? output : canonicalJson(output) },
      { label: 'what was wrong with it', text: problem },
    ],
  };
}

import { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from '@anthropic-ai/sdk';
import type { FailureClass } from '../../store/events/task.ts';
import { ModelError } from './model.ts';

/** What the message needs to be useful, and what must not be in it. */
export interface Situation {
  readonly model: string;
  readonly apiKey: string;
  readonly timeoutMs: number;
  /** ms since 1970, to read a retry-after that is a date. */
  readonly now: number;
}

/** Sorts what the client threw into the classes of the recovery table. Never carries the key, nor the client's error itself. */
export function modelErrorOf(error: unknown, situation: Situation): ModelError {
  if (error instanceof ModelError) return error;
  const { model } = situation;
  if (error instanceof APIConnectionTimeoutError || error instanceof APIUserAbortError) {
    return new ModelError('timeout', `${model} did not answer within ${situation.timeoutMs / 1000} s, or the run was stopped.`, { free: false });
  }
  if (error instanceof APIConnectionError) return unreachable(error, model);
  if (error instanceof APIError && error.status !== undefined) return refused(error, situation);
  return new ModelError('api-error', `The answer of ${model} broke off: ${tidy(error instanceof Error ? error.message : String(error), situation)}`, {
    free: false,
  });
}

/** Codes of errors that come before a byte of the request has left. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);

function unreachable(error: APIConnectionError, model: string): ModelError {
  const code = codeOf(error);
  const hint = code === null ? '' : ` (${code})`;
  return new ModelError('api-error', `The connection to ask ${model} failed${hint}. Check the network and ANTHROPIC_BASE_URL if it goes on.`, {
    free: code !== null && NEVER_SENT.has(code),
  });
}

/** The system's code, somewhere down the chain of causes. */
function codeOf(error: unknown): string | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return null;
}

/** An answer with an error status: nothing is charged for those. */
function refused(error: APIError, situation: Situation): ModelError {
  const { model } = situation;
  const said = `${error.status}${error.requestID ? `, request ${error.requestID}` : ''}: ${tidy(error.apiMessage ?? error.message, situation)}`;
  const of = (failure: FailureClass, message: string) =>
    new ModelError(failure, message.slice(0, 480), { free: true, retryAfter: retryAfter(error.headers, situation.now) });
  if (isSpendingCap(error)) return of('spending-cap', `The model provider's spending limit is reached: raise it or add credit there. It said ${said}`);
  switch (error.status) {
    case 401:
    case 403:
      return of('bad-input', `The model provider refused the key: check ANTHROPIC_API_KEY. It said ${said}`);
    case 404:
      return of('bad-input', `The model provider does not know ${model}: check its name, and ANTHROPIC_BASE_URL (without /v1). It said ${said}`);
    case 408:
    case 504:
      return of('timeout', `${model} took too long. The provider said ${said}`);
    case 429:
      return of('rate-limit', `Too many requests to ${model} for now. The provider said ${said}`);
    case 503:
    case 529:
      return of('overloaded', `${model} is overloaded for now. The provider said ${said}`);
    default:
      if (error.type === 'overloaded_error') return of('overloaded', `${model} is overloaded for now. The provider said ${said}`);
      return of((error.status ?? 0) >= 500 ? 'api-error' : 'bad-input', `${model} could not be asked. The provider said ${said}`);
  }
}

/**
 * Money, not pace. By code where the provider gives one (`*_spend_limit_reached`, `billing_error`); by its
 * words where it gives none, as the 400 "You have reached your specified API usage limits" and "Your credit balance is too low".
 */
function isSpendingCap(error: APIError): boolean {
  if (error.status === 402 || error.type === 'billing_error') return true;
  if (error.errorCode !== null) return error.errorCode.endsWith('spend_limit_reached');
  const words = error.apiMessage ?? '';
  return [400, 403, 429].includes(error.status ?? 0) && /credit balance|billing|API usage limits|spend(ing)? (limit|cap)/i.test(words);
}

/** In ms; from `retry-after-ms`, or `retry-after` in seconds or as a date (RFC 9110, 10.2.3). At most a day. */
function retryAfter(headers: Headers | undefined, now: number): number | null {
  const precise = Number.parseFloat(headers?.get('retry-after-ms') ?? '');
  const plain = headers?.get('retry-after') ?? '';
  const seconds = /^\s*\d+(\.\d+)?\s*$/.test(plain) ? Number.parseFloat(plain) * 1000 : Date.parse(plain) - now;
  const wait = Number.isFinite(precise) ? precise : seconds;
  return Number.isFinite(wait) ? Math.min(Math.max(0, Math.ceil(wait)), 24 * 3_600_000) : null;
}

/** Somebody else's words: one short line, and the key taken out should they repeat it. */
const tidy = (words: string, { apiKey }: Situation): string =>
  words
    .replaceAll(apiKey, '[key]')
    .replace(/\p{C}+/gu, ' ')
    .slice(0, 250);

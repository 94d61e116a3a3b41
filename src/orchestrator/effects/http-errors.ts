import { EffectError } from './action.ts';

/**
 * Throws unless an answer's status says that the call was taken.
 * @param retryAfter the header of that name
 * @throws EffectError certain where the target says that it did nothing
 */
export function checkStatus(host: string, status: number, retryAfter: string | undefined, answer: string): void {
  if (status >= 200 && status < 300) return;
  const said = answer === '' ? `${status}` : `${status} ${answer.replace(/\s+/g, ' ').slice(0, 200)}`;
  const wait = waitOf(retryAfter);
  const options = (certain: boolean) => (wait === null ? { certain } : { certain, retryAfter: wait });

  if (status === 429) throw new EffectError('rate-limit', `${host} asks for fewer calls: ${said}`, options(true));
  if (status === 303 || status === 302)
    throw new EffectError('api-error', `${host} answered with a redirect, which is not followed; it may have done the work: ${said}`, { certain: false });
  if (status >= 300 && status < 400)
    throw new EffectError('bad-input', `${host} answered with a redirect, which is not followed; use the final address: ${said}`, { certain: true });
  // The same key is being worked on right now: asking again with it will tell.
  if (status === 409) throw new EffectError('api-error', `${host} reports a conflict: ${said}`, options(false));
  if (status === 408) throw new EffectError('timeout', `${host} did not get the whole call in time: ${said}`, options(true));
  if (status >= 400 && status < 500) throw new EffectError('bad-input', `${host} refuses the call: ${said}`, { certain: true });
  throw new EffectError(status === 503 || status === 529 ? 'overloaded' : 'api-error', `${host} failed: ${said}`, options(false));
}

/** Milliseconds. Only the form in seconds: a date would need the other side's clock. */
function waitOf(header: string | undefined): number | null {
  return header !== undefined && /^\d{1,6}$/.test(header.trim()) ? Number(header) * 1000 : null;
}

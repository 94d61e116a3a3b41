import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { z } from 'zod';
import { json } from '../../store/events/common.ts';
import type { Connector, ExternalAction, Performance } from './action.ts';
import { EffectError } from './action.ts';
import { checkStatus } from './http-errors.ts';
import { type Address, checkTarget, pinned, type Resolve, systemResolve } from './http-guard.ts';
import { shown } from './show-value.ts';

/** Headers a request may set; everything that routes, frames or authorises stays ours. */
const HEADERS = ['accept', 'accept-language', 'if-match', 'if-none-match', 'prefer'];
const MAX_ANSWER = 64 * 1024;
const KEPT = 1000;

const schema = z.strictObject({
  method: z.enum(['POST', 'PUT', 'PATCH', 'DELETE']),
  url: z
    .url({ protocol: /^https?$/, error: 'an http or https URL' })
    .max(2000)
    .meta({ title: 'URL' }),
  headers: z.record(
    z.string().refine((name) => HEADERS.includes(name), `one of ${HEADERS.join(', ')}`),
    z
      .string()
      .max(500)
      .regex(/^[\x20-\x7e]*$/, 'printable ASCII'),
  ),
  /** Sent as JSON; null sends nothing. */
  body: json,
});
export type HttpCallRequest = z.infer<typeof schema>;

export interface HttpCallOptions {
  /** `host:port` of targets that may be internal. */
  readonly allowHosts: readonly string[];
  readonly resolve?: Resolve;
}

/** Calls an HTTP API once, with the footprint as its `Idempotency-Key`. Redirects are not followed. */
export function createHttpCall({ allowHosts, resolve = systemResolve }: HttpCallOptions): ExternalAction<HttpCallRequest> {
  const connector: Connector<HttpCallRequest> = {
    name: 'http',
    timeout: 30_000,
    async perform(request, performance) {
      const url = new URL(request.url);
      const addresses = await untilAborted(checkTarget(url, allowHosts, resolve), performance.signal);
      return call(url, request, addresses, performance);
    },
    recovery: 'repeat',
  };
  return {
    kind: 'external',
    name: 'http.call',
    schema,
    irreversible: 'What the called service does cannot be taken back from here.',
    show: ({ method, url, headers, body }) => [
      { kind: 'fields', fields: [{ label: method, value: url }, ...Object.entries(headers).map(([label, value]) => ({ label, value }))] },
      ...(body === null ? [] : [{ kind: 'text' as const, text: typeof body === 'object' ? JSON.stringify(body, null, 2) : shown(body) }]),
    ],
    connector,
  };
}

async function call(url: URL, { method, headers, body }: HttpCallRequest, addresses: readonly Address[], { footprint, signal }: Performance) {
  const { promise: answered, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const payload = body === null ? null : Buffer.from(JSON.stringify(body));
  const secure = url.protocol === 'https:';
  let connected = false;
  const request = (secure ? httpsRequest : httpRequest)(url, {
    method,
    signal,
    // A pooled socket might lead to an address that was checked for another request.
    agent: false,
    lookup: pinned(addresses),
    headers: {
      ...headers,
      ...(payload === null ? {} : { 'content-type': 'application/json' }),
      'content-length': payload?.length ?? 0,
      'user-agent': 'countersign',
      'idempotency-key': footprint,
    },
  });
  request.on('socket', (socket) =>
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      connected = true;
    }),
  );
  request.on('response', resolve);
  request.on('error', (error) => reject(failed(url, error, signal, !connected)));
  request.end(payload ?? undefined);

  const response = await answered;
  const answer = await readAnswer(response);
  const status = response.statusCode ?? 0;
  checkStatus(url.host, status, response.headers['retry-after'], answer.text);
  return { status, type: response.headers['content-type'] ?? null, ...answer };
}

/** The beginning of the answer. The status line decided the outcome: a body cut short changes nothing. */
async function readAnswer(response: IncomingMessage): Promise<{ text: string; bytes: number; cut: boolean }> {
  const kept: Buffer[] = [];
  let bytes = 0;
  let cut = false;
  try {
    for await (const chunk of response) {
      if (!Buffer.isBuffer(chunk)) continue;
      bytes += chunk.length;
      kept.push(chunk);
      if (bytes > MAX_ANSWER) {
        cut = true;
        break;
      }
    }
  } catch {
    cut = true;
  }
  response.destroy();
  const text = Buffer.concat(kept).toString('utf8');
  return { text: text.slice(0, KEPT).toWellFormed(), bytes, cut: cut || text.length > KEPT };
}

function failed(url: URL, cause: Error, signal: AbortSignal, certain: boolean): EffectError {
  if (signal.aborted) return new EffectError('timeout', `${url.host} gave no answer in time.`, { certain, cause });
  return new EffectError('api-error', `${url.host} could not be called: ${cause.message}`, { certain, cause });
}

/** DNS look-ups cannot be aborted; waiting for them can. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(new EffectError('timeout', 'The deadline passed before the call was made.', { certain: true }));
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', abort));
}

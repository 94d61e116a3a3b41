import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { z } from 'zod';

/** What the stand-in does with one request. Made by `reply`. */
export type Reply = (response: ServerResponse, request: ModelRequest) => Charged | null;

/** Tokens the stand-in would charge for. */
export interface Charged {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_creation_input_tokens: number;
  readonly cache_read_input_tokens: number;
}

const requestSchema = z.object({
  model: z.string(),
  max_tokens: z.int().positive(),
  system: z.array(z.object({ type: z.literal('text'), text: z.string().min(1), cache_control: z.object({ type: z.literal('ephemeral') }).optional() })),
  messages: z.array(z.object({ role: z.enum(['user', 'assistant']), content: z.array(z.object({ type: z.literal('text'), text: z.string().min(1) })) })).min(1),
  output_config: z.object({
    format: z.object({ type: z.literal('json_schema'), schema: z.looseObject({ type: z.literal('object'), additionalProperties: z.literal(false) }) }),
  }),
});
export type ModelRequest = z.infer<typeof requestSchema>;

export interface Entry {
  readonly status: number | null;
  readonly request: ModelRequest | null;
  /** null: nothing is charged. */
  readonly charged: Charged | null;
}

const USAGE: Charged = { input_tokens: 100, output_tokens: 20, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };

/**
 * A stand-in of Anthropic's Messages API on loopback, as strict as the original about keys, headers and
 * bodies. It answers in the order of its script, then with `otherwise`, and keeps a ledger of all that came.
 */
export async function openModelTarget(key = 'sk-ant-stand-in-key') {
  const ledger: Entry[] = [];
  const script: Reply[] = [];
  let otherwise: Reply = reply.error(500, 'api_error', 'Nothing was scripted for this request.');

  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const problem = refuse(request, key);
      const parsed = requestSchema.safeParse(body);
      const answer = problem ?? (parsed.success ? (script.shift() ?? otherwise) : reply.error(400, 'invalid_request_error', z.prettifyError(parsed.error)));
      const charged = answer(response, parsed.data ?? UNREAD);
      ledger.push({ status: response.headersSent ? response.statusCode : null, request: parsed.data ?? null, charged });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  return {
    /** For the client's `baseURL`. */
    url: `http://127.0.0.1:${port}`,
    key,
    ledger,
    /** The next requests are answered so, in this order. */
    script(...replies: Reply[]): void {
      script.push(...replies);
    },
    otherwise(next: Reply): void {
      otherwise = next;
    },
    async close(): Promise<void> {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
export type ModelTarget = Awaited<ReturnType<typeof openModelTarget>>;

const UNREAD: ModelRequest = {
  model: '',
  max_tokens: 1,
  system: [],
  messages: [],
  output_config: { format: { type: 'json_schema', schema: { type: 'object', additionalProperties: false } } },
};

function message(request: ModelRequest, text: string, stop: string, usage: Charged): string {
  return JSON.stringify({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: request.model,
    content: [{ type: 'text', text }],
    stop_reason: stop,
    stop_sequence: null,
    usage,
  });
}

function sayText(text: string, stop = 'end_turn', usage: Partial<Charged> = {}): Reply {
  return (response, request) => {
    const charged = { ...USAGE, ...usage };
    response.writeHead(200, { 'content-type': 'application/json', 'request-id': 'req_1' }).end(message(request, text, stop, charged));
    return charged;
  };
}

export const reply = {
  json: (answer: unknown, usage?: Partial<Charged>): Reply => sayText(JSON.stringify(answer), 'end_turn', usage),
  /** Text where JSON was asked for. */
  text: (text: string): Reply => sayText(text),
  refusal: (): Reply => sayText('I cannot help with that.', 'refusal'),
  cutOff: (): Reply => sayText('{"fit": tr', 'max_tokens'),

  error:
    (status: number, type: string, words: string, extra: { headers?: Record<string, string>; code?: string } = {}): Reply =>
    (response) => {
      const details = extra.code === undefined ? {} : { details: { error_code: extra.code } };
      response.writeHead(status, { 'content-type': 'application/json', 'request-id': 'req_1', ...extra.headers });
      response.end(JSON.stringify({ type: 'error', error: { type, message: words, ...details }, request_id: 'req_1' }));
      return null;
    },

  /** Takes the request and never answers. The caller cannot know, but it is charged. */
  silence: (): Reply => () => USAGE,

  /** Headers and half of the body, then nothing more (`stall`) or a closed connection (`close`). */
  half:
    (then: 'stall' | 'close'): Reply =>
    (response, request) => {
      const whole = message(request, '{"fit": true}', 'end_turn', USAGE);
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(whole)) });
      response.write(whole.slice(0, whole.length / 2), () => then === 'close' && response.destroy());
      return USAGE;
    },

  /** Closes the connection instead of answering. */
  hangUp: (): Reply => (response) => {
    response.destroy();
    return USAGE;
  },

  /** A page where a reply should be, as a captive portal or a wrong address gives. */
  page: (): Reply => (response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Welcome</h1>');
    return null;
  },

  redirect:
    (location: string): Reply =>
    (response) => {
      response.writeHead(307, { location }).end();
      return null;
    },
};

function refuse(request: IncomingMessage, key: string): Reply | null {
  if (request.method !== 'POST' || request.url !== '/v1/messages')
    return reply.error(404, 'not_found_error', `${request.method} ${request.url} does not exist.`);
  // The API takes a key in either header; the client's version 1 sends a bearer token.
  const shown = request.headers['x-api-key'] ?? request.headers.authorization?.replace(/^Bearer /, '');
  if (shown !== key) return reply.error(401, 'authentication_error', `invalid API key: ${String(shown)}`);
  if (!/^\d{4}-\d\d-\d\d$/.test(String(request.headers['anthropic-version'])))
    return reply.error(400, 'invalid_request_error', 'anthropic-version: header is required');
  return null;
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  try {
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    return body;
  } catch {
    return null;
  }
}

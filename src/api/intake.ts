import type { ServerResponse } from 'node:http';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { clientAddress, limitKey, proxyList } from '../client-address.ts';
import { receiveLead } from '../orchestrator/intake.ts';
import type { Kernel } from '../orchestrator/kernel.ts';
import { CountersignError } from '../store/errors.ts';
import type { KeyValueStore } from '../store/log.ts';
import { findForm } from './forms.ts';
import { COMMON_HEADERS, received, refused, speechOf } from './intake-answers.ts';
import { createIntakeLimits } from './intake-limits.ts';
import { createIntakeRecords } from './intake-records.ts';
import { Room, readBody } from './read-body.ts';
import { isRefusal, type Refusal, refusal } from './refusal.ts';
import { bodyKind, readSubmission } from './submission.ts';
import { submittedLead } from './submitted-lead.ts';

export interface IntakeOptions {
  readonly kernel: Kernel;
  /** Where the forms are. */
  readonly kv: KeyValueStore;
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  /** Addresses or networks whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
}

export interface IntakeServer {
  /** Listens. @returns such as `http://127.0.0.1:4647`; a form is posted to `URL/in/PATH` */
  start(): Promise<{ readonly url: string }>;
  /** What is being recorded is answered first; what still comes in is told to come again. */
  stop(): Promise<void>;
}

type Env = { Bindings: HttpBindings };

/** ms from the first byte after the headers until the body must be there. */
const BODY_WITHIN = 20_000;
/** Of all bodies being read or worked on at once. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;
/** ms; slow headers never reach a handler. */
const SERVER_LIMITS = { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 5_000, maxHeaderSize: 16_384 };
const MAX_CONNECTIONS = 1_000;

/**
 * The door for forms on other people's pages: a listener of its own that serves `POST /in/PATH`
 * and nothing else, without session or cookie, meant to stand behind a tunnel or proxy. An answer
 * of success is only given once the lead is in the log (I3).
 * @throws CountersignError `TrustedProxies`
 */
export function createIntake({ kernel, kv, host, port, trustedProxies }: IntakeOptions): IntakeServer {
  const isProxy = proxyList(trustedProxies);
  const limits = createIntakeLimits(() => kernel.clock.now());
  const records = createIntakeRecords(kernel);
  const room = new Room(MAX_HELD_BYTES);
  const stopping = new AbortController();
  const open = new Set<ServerResponse>();

  const app = new Hono<Env>();
  app.use(async (c, next) => {
    const { outgoing } = c.env;
    open.add(outgoing);
    outgoing.once('close', () => open.delete(outgoing));
    await next();
    for (const [name, value] of Object.entries(COMMON_HEADERS)) c.header(name, value);
    if (stopping.signal.aborted) c.header('Connection', 'close');
  });
  app.post('/in/:path', post);
  app.options('/in/:path', (c) =>
    c.body(null, 204, {
      'Access-Control-Allow-Methods': 'POST',
      'Access-Control-Allow-Headers': 'Content-Type, Idempotency-Key',
      'Access-Control-Max-Age': '86400',
    }),
  );
  app.all('/in/:path', (c) =>
    refused(withHeader(c, 'Allow', 'POST, OPTIONS'), speech(c), refusal(405, 'Nothing to see here', 'Forms are sent to this address with POST.')),
  );
  app.notFound((c) => refused(c, speech(c), refusal(404, 'Not found', 'There is nothing at this address.')));
  app.onError((error, c) => {
    kernel.report.error('A form could not be recorded', error);
    return refused(
      withHeader(c, 'Retry-After', '60'),
      speech(c),
      refusal(503, 'Please try again', 'Your message could not be recorded. Nothing was kept of it; please send it again in a minute.'),
    );
  });

  async function post(c: Context<Env>): Promise<Response> {
    const answer = await take(c);
    if (!isRefusal(answer)) return received(c, speech(c), answer.redirect, kernel.settings().company.company, answer.files);
    if (answer.status === 503) c.header('Retry-After', '60');
    return refused(c, speech(c), answer);
  }

  async function take(c: Context<Env>): Promise<{ readonly redirect: string | null; readonly files: number } | Refusal> {
    const form = await findForm(kv, c.req.param('path') ?? '');
    if (form === null) return refusal(404, 'Not found', 'There is no form at this address any more.');
    const contentType = c.req.header('content-type') ?? '';
    const kind = bodyKind(contentType);
    if (kind === null)
      return refusal(415, 'Not understood', 'A form (application/x-www-form-urlencoded or multipart/form-data) or application/json was expected.');
    if (!/^(?:identity)?$/i.test(c.req.header('content-encoding') ?? '')) return refusal(415, 'Not understood', 'A body without compression was expected.');

    const door = `form:${form.name}`;
    const { intake } = kernel.settings().agents;
    const { incoming } = c.env;
    const socket = incoming.socket.remoteAddress ?? '';
    const forwarded = c.req.header('x-forwarded-for');
    const hit = limits.take(limitKey(clientAddress(socket, forwarded, isProxy)), form.name, intake);
    if (hit !== null) {
      const hint =
        forwarded !== undefined && !isProxy(socket) ? ' They came through a proxy that is not named in TRUSTED_PROXIES, so all visitors count as one.' : '';
      await records.limited(door, hit, intake[hit.limit], hint);
      c.header('Retry-After', String(Math.max(1, Math.ceil((hit.until - kernel.clock.now()) / 1000))));
      return refusal(429, 'Too many messages', 'Too many messages came in within an hour. Please try again later.');
    }

    const body = await readBody(incoming, { maxBytes: intake.bodyBytes, clock: kernel.clock, within: BODY_WITHIN, stopped: stopping.signal, room });
    if (isRefusal(body)) return body;
    try {
      const submission = await readSubmission(kind, contentType, body.bytes);
      if (isRefusal(submission)) return submission;
      const lead = submittedLead(submission, { door, key: c.req.header('idempotency-key') ?? null, currency: kernel.settings().company.currency });
      if ('refused' in lead) {
        await records.refused(door, lead.refused);
        // A robot that filled in what people cannot see is not told.
        return lead.answer ?? { redirect: form.redirect, files: 0 };
      }
      await receiveLead(kernel, lead);
      return { redirect: form.redirect, files: submission.files };
    } finally {
      room.give(body.held);
    }
  }

  const server = createAdaptorServer({ fetch: app.fetch, hostname: host, serverOptions: SERVER_LIMITS });
  if ('maxConnections' in server) server.maxConnections = MAX_CONNECTIONS;

  return {
    start: () =>
      new Promise((resolve, reject) => {
        server.once('error', (cause: NodeJS.ErrnoException) => {
          const advice = cause.code === 'EADDRINUSE' ? 'another program uses it: set INTAKE_PORT to a free one' : cause.message;
          reject(new CountersignError('IntakeNotListening', `The intake cannot listen on ${host}:${port}: ${advice}.`, { cause }));
        });
        server.listen(port, host, () => {
          const address = server.address();
          if (address === null || typeof address === 'string') return reject(new Error('The intake should listen on an IP port.'));
          resolve({ url: `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}` });
        });
      }),
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      stopping.abort();
      await Promise.all([...open].map((outgoing) => (outgoing.closed ? null : new Promise<void>((resolve) => outgoing.once('close', () => resolve())))));
      if ('closeAllConnections' in server) server.closeAllConnections();
      await closed;
    },
  };
}

const speech = (c: Context) => speechOf(bodyKind(c.req.header('content-type')) === 'json', c.req.header('accept'));

function withHeader(c: Context, name: string, value: string): Context {
  c.header(name, value);
  return c;
}

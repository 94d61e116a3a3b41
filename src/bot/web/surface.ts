import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { proxyList } from '../../client-address.ts';
import { type Clock, newId, type Random } from '../../ports.ts';
import type { KeyValueStore } from '../../store/log.ts';
import type { Desk } from '../intents.ts';
import { changes } from './changes.ts';
import { decisions } from './decisions.ts';
import { doors } from './doors.ts';
import { events } from './events.ts';
import { checkChange, limitBody, requireSession } from './gate.ts';
import { createLive } from './live.ts';
import { type PageParts, refuse } from './page.ts';
import { pages } from './pages.ts';
import { type Addresses, checkHost, type PageEnv, secureHeaders } from './security.ts';
import { createLoginLink } from './session.ts';

export interface WebSurfaceOptions {
  readonly desk: Desk;
  /** Login links, sessions, counters of failed logins. */
  readonly sessions: KeyValueStore;
  readonly random: Random;
  readonly clock: Clock;
  /** 0 = any free one. Always on 127.0.0.1. */
  readonly port: number;
  /** Under which the page is reached from elsewhere, such as `https://desk.example.com`. */
  readonly publicUrl: string | null;
  /** Addresses or networks whose `X-Forwarded-*` headers are believed. */
  readonly trustedProxies: readonly string[];
  /** The company's zone: for exact times, dates in forms, and "tomorrow, 9:00". */
  readonly timeZone: () => string;
  /** Text in Prometheus' format for `GET /metrics`. */
  readonly metrics?: () => Promise<string>;
  /** Agents can work: told by `GET /healthz`. Left out: always. */
  readonly ready?: () => boolean;
  /** The sample leads behind "Load sample leads". */
  readonly samples?: () => Promise<{ readonly name: string; readonly bytes: Uint8Array }>;
  /** Where a website's form can post to. */
  readonly formHint?: { readonly url: string };
  /** Told of what should not happen while a page is answered. */
  readonly log: (error: unknown) => void;
}

export interface WebSurface {
  /** Listens. @returns the address on this machine, `http://127.0.0.1:4646` */
  start(): Promise<{ readonly url: string }>;
  stop(): Promise<void>;
  /** A link that logs in once. */
  loginLink(): Promise<string>;
}

/**
 * The local page: the surface that needs no account and stays when chats are down.
 * @throws CountersignError `TrustedProxies`
 */
export function createWebSurface(options: WebSurfaceOptions): WebSurface {
  const isProxy = proxyList(options.trustedProxies);
  const publicUrl = options.publicUrl === null ? null : new URL(options.publicUrl);
  let port = options.port;
  const addresses = (): Addresses => ({ loopback: [`127.0.0.1:${port}`, `localhost:${port}`], publicUrl, isProxy });
  const live = createLive(options.desk, newId(options.random, 8));
  const app = createApp({
    desk: options.desk,
    sessions: options.sessions,
    random: options.random,
    clock: options.clock,
    log: options.log,
    timeZone: options.timeZone,
    live,
    addresses,
    metrics: options.metrics ?? null,
    ready: options.ready ?? (() => true),
    samples: options.samples ?? null,
    formUrl: options.formHint?.url ?? null,
  });
  const server = createAdaptorServer({ fetch: app.fetch, hostname: '127.0.0.1' });

  return {
    start: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(options.port, '127.0.0.1', () => {
          server.off('error', reject);
          port = addressOf(server.address()).port;
          resolve({ url: `http://127.0.0.1:${port}` });
        });
      }),
    stop: () =>
      new Promise((resolve) => {
        live.stop();
        server.close(() => resolve());
        // Streams never end by themselves.
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
    loginLink: () => createLoginLink(options.sessions, options.random, publicUrl?.origin ?? `http://127.0.0.1:${port}`),
  };
}

function addressOf(address: string | AddressInfo | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('The page should listen on an IP port.');
  return address;
}

function createApp(parts: PageParts): Hono<PageEnv> {
  const app = new Hono<PageEnv>();
  app.use(secureHeaders, checkHost(parts.addresses));
  app.route('/', doors(parts));
  app.use(requireSession(parts));
  app.on(['POST', 'PUT', 'PATCH', 'DELETE'], '*', limitBody, checkChange(parts));
  app.route('/', pages(parts));
  app.route('/', decisions(parts));
  app.route('/', changes(parts));
  app.route('/', events(parts));
  app.notFound((c) => refuse(c, 404, 'Not found', 'There is nothing at this address.'));
  app.onError((error, c) => {
    parts.log(new Error(`The page could not answer ${c.req.method} ${c.req.path}.`, { cause: error }));
    return refuse(c, 500, 'Something went wrong', 'It is in the log of Countersign. Look whether your last click had its effect before you repeat it.');
  });
  return app;
}

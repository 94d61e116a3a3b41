import { request } from 'node:http';
import { onTestFinished } from 'vitest';
import { createWebSurface, type WebSurfaceOptions } from '../../src/bot/web/surface.ts';
import { createFakeDesk } from './fake-desk.ts';
import { manualClock } from './manual-clock.ts';
import { memoryKeyValues } from './memory-key-values.ts';
import { seededRandom } from './seeded-random.ts';

export const NOW = '2026-11-24T12:00:00.000Z';

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** A plain request in which every header, `Host` and `Origin` too, is the caller's. */
export function send(
  url: string,
  { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string | Uint8Array } = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text: Buffer.concat(chunks).toString() }));
      incoming.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** The page over a desk in memory; stops when the test ends. */
export async function openWebPage({ threads, ...options }: Partial<WebSurfaceOptions> & { readonly threads?: Parameters<typeof createFakeDesk>[1] } = {}) {
  const clock = manualClock(NOW);
  const desk = createFakeDesk(clock.now, threads);
  const store = memoryKeyValues(clock);
  const errors: unknown[] = [];
  const surface = createWebSurface({
    desk,
    sessions: store,
    random: seededRandom(7),
    clock,
    port: 0,
    publicUrl: null,
    trustedProxies: [],
    timeZone: () => 'Europe/Berlin',
    metrics: async () => 'countersign_tasks_total 3\n',
    samples: async () => ({ name: 'leads.csv', bytes: new TextEncoder().encode('email\na@b.example\n') }),
    formHint: { url: 'http://127.0.0.1:4647/in/secret' },
    log: (error) => errors.push(error),
    ...options,
  });
  const { url } = await surface.start();
  onTestFinished(() => surface.stop());

  /** What a browser keeps after opening a login link: cookie and CSRF token. */
  async function login() {
    const link = new URL(await surface.loginLink());
    const { headers } = await send(`${url}${link.pathname}${link.search}`);
    const cookie = String(headers['set-cookie']).split(';')[0] ?? '';
    const { text } = await send(`${url}/begin`, { headers: { cookie } });
    const csrf = /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? '';
    const get = (path: string, more: Record<string, string> = {}) => send(`${url}${path}`, { headers: { cookie, ...more } });
    const post = (path: string, fields: Record<string, string | readonly string[]>, more: Record<string, string> = {}) => {
      const body = new URLSearchParams(Object.entries({ csrf, ...fields }).flatMap(([name, value]) => [value].flat().map((one) => [name, one])));
      return send(`${url}${path}`, {
        method: 'POST',
        headers: { cookie, origin: url, 'content-type': 'application/x-www-form-urlencoded', ...more },
        body: body.toString(),
      });
    };
    return { cookie, csrf, get, post };
  }

  return { clock, desk, store, errors, surface, url, login };
}

export const HTMX = { 'hx-request': 'true' };

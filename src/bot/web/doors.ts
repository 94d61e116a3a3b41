import { Hono } from 'hono';
import { asset } from './assets.ts';
import { sessionOf, setSessionCookie } from './gate.ts';
import { messagePage, signInPage } from './layout.ts';
import type { PageParts } from './page.ts';
import type { PageEnv } from './security.ts';
import { countFailure, mayTryAgain, redeemLink } from './session.ts';

/** What answers without a login: health, metrics for this machine, static files, and the login itself. */
export function doors(parts: PageParts): Hono<PageEnv> {
  const app = new Hono<PageEnv>();

  // It lives and records from here on; `ready` turns true a little later, when agents can work.
  app.get('/healthz', (c) => c.json({ ok: true, ready: parts.ready() }));

  // Prometheus scrapes without a cookie; from elsewhere, through a proxy, it takes a login.
  app.get('/metrics', async (c) => {
    if (!parts.metrics) return c.text('No metrics here.\n', 404);
    if (!c.get('facts').local && !(await sessionOf(c, parts))) return c.text('Metrics are for this machine, or after a login.\n', 401);
    c.header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8');
    return c.body(await parts.metrics());
  });

  app.get('/static/:name', (c) => {
    const found = asset(c.req.param('name'));
    if (!found) return c.text('There is no such file.\n', 404);
    const packed = /\bgzip\b/.test(c.req.header('accept-encoding') ?? '');
    c.header('Content-Type', found.type);
    c.header('Vary', 'Accept-Encoding');
    c.header('Cache-Control', c.req.query('v') === found.hash ? 'public, max-age=31536000, immutable' : 'no-cache');
    if (packed) c.header('Content-Encoding', 'gzip');
    return c.body(packed ? found.gzip : found.bytes);
  });

  app.get('/login', async (c) => {
    // Chats and browsers look at links before the person does: that must not use them up.
    if (c.req.method === 'HEAD' || /prefetch|prerender/.test(c.req.header('sec-purpose') ?? c.req.header('purpose') ?? '')) return c.body(null, 204);
    if (await sessionOf(c, parts)) return c.redirect('/', 303);
    const { address } = c.get('facts');
    if (!(await mayTryAgain(parts.sessions, address))) return c.html(messagePage('Too many attempts', 'Wait ten minutes, then open a new link.'), 429);
    const token = await redeemLink(parts.sessions, parts.random, parts.clock.now(), c.req.query('token') ?? '');
    if (token === null) {
      await countFailure(parts.sessions, address);
      return c.html(signInPage('This link was used already, or is too old.'), 401);
    }
    setSessionCookie(c, parts, token);
    return c.redirect('/', 303);
  });

  return app;
}

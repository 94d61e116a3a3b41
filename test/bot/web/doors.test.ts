import { describe, expect, test } from 'vitest';
import { asset, assetNames } from '../../../src/bot/web/assets.ts';
import { openWebPage, send } from '../../support/web-page.ts';

const MINUTE = 60_000;

describe('the login link', () => {
  test('logs in once; the second click is told how to get another', async () => {
    const { surface, url } = await openWebPage();
    const link = await surface.loginLink();
    expect(link).toMatch(new RegExp(`^${url}/login\\?token=[\\w-]{43}$`));

    const first = await send(link);
    const second = await send(link);

    expect(first).toMatchObject({ status: 303, headers: { location: '/' } });
    expect(String(first.headers['set-cookie'])).toMatch(/^countersign_\d+=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/);
    expect(second.status).toBe(401);
    expect(second.headers['set-cookie']).toBeUndefined();
    expect(second.text).toContain('npx countersign login');
  });

  test('of two clicks at the same moment one logs in', async () => {
    const { surface } = await openWebPage();
    const link = await surface.loginLink();
    const replies = await Promise.all([send(link), send(link), send(link)]);
    expect(replies.map(({ status }) => status).sort()).toEqual([303, 401, 401]);
  });

  test('is not used up by a chat that previews it or a browser that prefetches it', async () => {
    const { surface } = await openWebPage();
    const link = await surface.loginLink();
    expect((await send(link, { method: 'HEAD' })).status).toBe(204);
    expect((await send(link, { headers: { 'sec-purpose': 'prefetch;prerender' } })).status).toBe(204);
    expect((await send(link)).status).toBe(303);
  });

  test('is worth nothing after an hour', async () => {
    const { surface, clock } = await openWebPage();
    const link = await surface.loginLink();
    clock.move(60 * MINUTE + 1);
    expect((await send(link)).status).toBe(401);
  });

  test('opened again by somebody signed in leads to the feed', async () => {
    const { surface, login } = await openWebPage();
    const { cookie } = await login();
    expect(await send(await surface.loginLink(), { headers: { cookie } })).toMatchObject({ status: 303, headers: { location: '/' } });
  });

  test('neither it nor the session lies in the store in the clear', async () => {
    const { surface, store, login } = await openWebPage();
    const token = new URL(await surface.loginLink()).searchParams.get('token') ?? '';
    const { cookie } = await login();
    const stored = JSON.stringify(store.keys());
    expect(stored).not.toContain(token);
    expect(stored).not.toContain(cookie.split('=')[1]);
  });

  test('ten wrong ones from an address, and it has to wait ten minutes', async () => {
    const { surface, url, clock } = await openWebPage();
    for (let attempt = 0; attempt < 10; attempt++) expect((await send(`${url}/login?token=wrong${attempt}`)).status).toBe(401);
    const link = await surface.loginLink();
    expect((await send(link)).status).toBe(429);
    clock.move(10 * MINUTE + 1);
    expect((await send(link)).status).toBe(303);
  });
});

describe('without a session', () => {
  test.each(['/', '/begin', '/threads?known=x', '/approvals/a-lead', '/approvals/a-lead/why', '/events', '/nowhere'])(
    '%s says how to get one, and nothing else',
    async (path) => {
      const { url } = await openWebPage();
      const { status, text } = await send(`${url}${path}`);
      expect(status).toBe(401);
      expect(text).toContain('npx countersign login');
      expect(text).not.toContain('Jonas');
    },
  );

  test('a session ends with signing out, or after thirty days of not coming', async () => {
    const { login, clock } = await openWebPage();
    const [left, stayed] = [await login(), await login()];
    await left.post('/logout', {});
    expect((await left.get('/')).status).toBe(401);
    clock.move(29 * 24 * 60 * MINUTE);
    expect(await stayed.get('/')).toMatchObject({ status: 200, headers: { 'set-cookie': [expect.stringContaining('Max-Age=2592000')] } });
    clock.move(29 * 24 * 60 * MINUTE);
    expect((await stayed.get('/')).status).toBe(200);
    clock.move(31 * 24 * 60 * MINUTE);
    expect((await stayed.get('/')).status).toBe(401);
  });

  test('health and, on this machine, metrics answer', async () => {
    const { url } = await openWebPage();
    expect(await send(`${url}/healthz`)).toMatchObject({ status: 200, text: '{"ok":true,"ready":true}' });
    const { url: starting } = await openWebPage({ ready: () => false });
    expect(await send(`${starting}/healthz`)).toMatchObject({ status: 200, text: '{"ok":true,"ready":false}' });
    expect(await send(`${url}/metrics`)).toMatchObject({ status: 200, text: 'countersign_tasks_total 3\n' });
    expect((await send(`${url}/metrics`, { headers: { 'x-forwarded-for': '203.0.113.9' } })).status).toBe(401);
  });
});

describe('static files', () => {
  test('script and style together stay below 60 KB on the wire', () => {
    const total = assetNames.reduce((sum, name) => sum + (asset(name)?.gzip.length ?? 0), 0);
    expect(total).toBeLessThan(60 * 1024);
  });

  test('are kept for ever under the name with their hash, and never anything but what is on the list', async () => {
    const { url } = await openWebPage();
    expect((await send(`${url}/static/page.js?v=${asset('page.js')?.hash}`)).headers['cache-control']).toContain('immutable');
    expect((await send(`${url}/static/page.js?v=old`)).headers['cache-control']).toBe('no-cache');
    for (const path of ['/static/..%2fpage.ts', '/static/__proto__', '/static/constructor', '/static/../surface.ts'])
      expect((await send(`${url}${path}`)).status, path).not.toBe(200);
  });
});

import { describe, expect, test } from 'vitest';
import { packShown } from '../../../src/bot/web/render-card.ts';
import { openWebPage, send } from '../../support/web-page.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

describe('a change', () => {
  test.each([
    { why: 'does not say where it comes from', headers: {} },
    { why: 'comes from another site', headers: { origin: 'https://evil.example' } },
    { why: 'comes from nowhere', headers: { origin: 'null' } },
    { why: 'comes from another port of this machine', headers: { origin: 'http://127.0.0.1:1' } },
    { why: 'comes from a page the browser calls cross-site', headers: { origin: 'SELF', 'sec-fetch-site': 'cross-site' } },
    { why: 'comes from a page the browser calls same-site', headers: { origin: 'SELF', 'sec-fetch-site': 'same-site' } },
    { why: 'has no CSRF token', headers: { origin: 'SELF' }, csrf: null },
    { why: 'has another CSRF token', headers: { origin: 'SELF' }, csrf: 'f'.repeat(64) },
    { why: 'has a CSRF token of another length', headers: { origin: 'SELF' }, csrf: 'x' },
  ])('that $why is refused and changes nothing', async ({ headers, csrf }) => {
    const { url, desk, login } = await openWebPage();
    const session = await login();
    const token = csrf === undefined ? session.csrf : csrf;
    const body = new URLSearchParams({ agent: '*', ...(token !== null && { csrf: token }) }).toString();
    const sent = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value === 'SELF' ? url : value]));
    const { status } = await send(`${url}/pause`, { method: 'POST', headers: { cookie: session.cookie, ...FORM, ...sent }, body });
    expect(status).toBe(403);
    expect(desk.calls).toEqual([]);
  });

  test("needs the session's own token, not one of another login", async () => {
    const { desk, login } = await openWebPage();
    const [mine, other] = [await login(), await login()];
    expect((await mine.post('/pause', { csrf: other.csrf })).status).toBe(403);
    expect((await mine.post('/pause', {})).status).toBe(303);
    expect(desk.calls).toEqual([{ name: 'pause', args: ['*'] }]);
  });

  test('without a session is refused before anything is read', async () => {
    const { url, desk } = await openWebPage();
    expect((await send(`${url}/pause`, { method: 'POST', headers: { origin: url, ...FORM }, body: 'agent=*' })).status).toBe(401);
    expect(desk.calls).toEqual([]);
  });

  test.each([
    { what: 'JSON', headers: { 'content-type': 'application/json' }, body: '{"__proto__":{"csrf":"x"}}', status: 400 },
    { what: 'no type', headers: {}, body: 'agent=*', status: 400 },
    { what: 'a broken multipart body', headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: '--x\r\nnonsense', status: 400 },
    { what: '300 KB of form', headers: FORM, body: `agent=${'a'.repeat(300_000)}`, status: 413 },
  ])('with $what gets a clear $status', async ({ headers, body, status }) => {
    const { url, desk, login } = await openWebPage();
    const { cookie } = await login();
    const reply = await send(`${url}/pause`, { method: 'POST', headers: { cookie, origin: url, ...headers }, body });
    expect(reply.status).toBe(status);
    expect(reply.text).toContain('<h1>');
    expect(desk.calls).toEqual([]);
  });

  test('by GET changes nothing', async () => {
    const { desk, login } = await openWebPage();
    const { get } = await login();
    for (const path of ['/pause?agent=*', '/approvals/a-lead/decide?verdict=approve', '/act?verb=retry&target=t-failed', '/logout'])
      expect((await get(path)).status, path).toBe(404);
    expect(desk.calls).toEqual([]);
    expect((await get('/')).status).toBe(200);
  });
});

describe('the Host header', () => {
  test.each(['evil.example', 'evil.example:PORT', '127.0.0.1', '127.0.0.1:1', '[::1]:PORT', '127.0.0.1.evil.example:PORT', 'localhost.:PORT'])(
    '%j is not ours (DNS rebinding)',
    async (host) => {
      const { url, login } = await openWebPage();
      const { cookie } = await login();
      const { status, text } = await send(url, { headers: { cookie, host: host.replace('PORT', new URL(url).port) } });
      expect([400, 421]).toContain(status);
      expect(text).not.toContain('Jonas');
    },
  );

  test('is believed as localhost, and as PUBLIC_URL says', async () => {
    const { url, surface } = await openWebPage({ publicUrl: 'https://desk.example' });
    expect(await surface.loginLink()).toMatch(/^https:\/\/desk\.example\/login\?token=/);
    expect((await send(url, { headers: { host: `localhost:${new URL(url).port}` } })).status).toBe(401);
    expect((await send(url, { headers: { host: 'desk.example' } })).status).toBe(401);
    expect((await send(url, { headers: { host: 'other.example' } })).status).toBe(421);
  });

  test('from a named proxy, what it forwards counts; from anybody else it does not', async () => {
    const forwarded = { host: 'inner.example', 'x-forwarded-host': 'desk.example', 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.9' };
    const named = await openWebPage({ publicUrl: 'https://desk.example', trustedProxies: ['127.0.0.0/8'] });
    const unnamed = await openWebPage({ publicUrl: 'https://desk.example' });
    expect((await send(unnamed.url, { headers: forwarded })).status).toBe(421);
    const link = new URL(await named.surface.loginLink());
    const reply = await send(`${named.url}${link.pathname}${link.search}`, { headers: forwarded });
    expect(reply.status).toBe(303);
    expect(String(reply.headers['set-cookie'])).toContain('Secure');
  });

  test('failed logins count for whom the named proxy names, whatever a client claims before it', async () => {
    const { url, surface } = await openWebPage({ trustedProxies: ['127.0.0.1'] });
    for (let attempt = 0; attempt < 10; attempt++) await send(`${url}/login?token=no`, { headers: { 'x-forwarded-for': `10.0.0.${attempt}, 203.0.113.9` } });
    const link = await surface.loginLink();
    expect((await send(link, { headers: { 'x-forwarded-for': '10.0.0.99, 203.0.113.9' } })).status).toBe(429);
    expect((await send(link, { headers: { 'x-forwarded-for': '203.0.113.10' } })).status).toBe(303);
  });

  test('failed logins from one network of an IPv6 customer count as one', async () => {
    const { url, surface } = await openWebPage({ trustedProxies: ['127.0.0.1'] });
    for (let attempt = 0; attempt < 10; attempt++) await send(`${url}/login?token=no`, { headers: { 'x-forwarded-for': `[2001:db8:1:2::${attempt}]:443` } });
    expect((await send(await surface.loginLink(), { headers: { 'x-forwarded-for': '2001:db8:1:2:ffff::1' } })).status).toBe(429);
  });

  test('a proxy that is no address is refused at start', async () => {
    await expect(openWebPage({ trustedProxies: ['nginx'] })).rejects.toThrow(
      'A trusted proxy was expected to be an IP address or a network such as 10.0.0.0/8; "nginx" came.',
    );
  });
});

test('every answer forbids inline script, frames, and foreign destinations', async () => {
  const { url, login } = await openWebPage();
  const { get, post } = await login();
  const replies = [
    await get('/'),
    await get('/nowhere'),
    await send(url),
    await send(`${url}/login?token=no`),
    await post('/pause', { csrf: 'no' }),
    await send(`${url}/static/style.css`),
    await send(url, { headers: { host: 'evil.example' } }),
  ];
  for (const { headers } of replies) {
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    );
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'x-frame-options': 'DENY',
    });
  }
  expect((await get('/')).headers['cache-control']).toBe('no-store');
});

test('what went wrong inside stays inside: the page says that, the log says what', async () => {
  const { desk, errors, login } = await openWebPage();
  const { post } = await login();
  desk.decide = async () => {
    throw new Error('SECRET-CANARY in a message');
  };
  const shown = packShown({ item: 'reply', revision: 1, hash: 'h' });
  const { status, text } = await post('/approvals/a-lead/decide', { verdict: 'approve', item: shown });
  expect(status).toBe(500);
  expect(text).not.toContain('CANARY');
  expect(errors).toMatchObject([{ message: 'The page could not answer POST /approvals/a-lead/decide.', cause: { message: 'SECRET-CANARY in a message' } }]);
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openForm, revokeForm } from '../../src/api/forms.ts';
import { HONEYPOTS } from '../../src/api/submitted-lead.ts';
import { CountersignError } from '../../src/store/errors.ts';
import { CODE } from '../support/company.ts';
import { ANNA, givenDoor } from './given.ts';

const HOUR = 3_600_000;

it('puts what a form sends into the log before it answers (I3), and sends the browser to the redirect of the form', async () => {
  const door = await givenDoor({ redirect: 'https://nordlicht.example/thanks' });
  const answer = await door.sends(ANNA);
  expect([answer.status, answer.headers.get('location')]).toEqual([303, 'https://nordlicht.example/thanks']);
  expect(await door.leads()).toMatchObject([{ ...ANNA, origin: 'form:contact', stage: 'new' }]);
  expect(await door.told('IntakeReceived')).toMatchObject([{ door: 'form:contact' }]);
});

it('says thank you on a page of its own, under a strict policy, where a form has no redirect', async () => {
  const door = await givenDoor();
  const answer = await door.sends(ANNA);
  const page = await answer.text();
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-security-policy')).toMatch(
    /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
  );
  expect(page).toContain('Thank you');
  expect(page).not.toContain('<script');
});

it('takes a multipart form, and tells that its files were not kept', async () => {
  const door = await givenDoor();
  const form = new FormData();
  for (const [name, value] of Object.entries({ ...ANNA, name: 'Anna Müller-Öztürk 🦊' })) form.append(name, value);
  form.append('attachment', new Blob([new Uint8Array([0xff, 0xfe, 0, 1])]), '../../etc/passwd');
  form.append('unused', new Blob([]), '');
  const answer = await fetch(door.url, { method: 'POST', body: form });
  expect(await answer.text()).toContain('The attached file was not taken');
  expect(await door.leads()).toMatchObject([{ ...ANNA, name: 'Anna Müller-Öztürk 🦊' }]);
});

it('answers a program with JSON, and lets pages of other origins send it', async () => {
  const door = await givenDoor({ redirect: 'https://nordlicht.example/thanks' });
  const preflight = await fetch(door.url, { method: 'OPTIONS', headers: { origin: 'https://nordlicht.example', 'access-control-request-method': 'POST' } });
  expect([preflight.status, preflight.headers.get('access-control-allow-origin'), preflight.headers.get('access-control-allow-headers')]).toEqual([
    204,
    '*',
    'Content-Type, Idempotency-Key',
  ]);
  const answer = await door.sendsJson(ANNA, { origin: 'https://nordlicht.example' });
  expect([
    answer.status,
    answer.headers.get('access-control-allow-origin'),
    answer.headers.get('access-control-allow-credentials'),
    await answer.json(),
  ]).toEqual([202, '*', null, { status: 'received' }]);
  expect(await door.leads()).toHaveLength(1);
});

it.each([
  ['form', 'a line of it\n'],
  ['JSON', 'Ünïcode 🦊 '],
])('keeps the whole of a message of 1 MB (%s), sealed, and its beginning in the lead', async (kind, piece) => {
  const door = await givenDoor();
  const message = piece.repeat(1_000_000 / Buffer.byteLength(piece)).trim();
  const answer = await (kind === 'form' ? door.sends({ ...ANNA, message }) : door.sendsJson({ ...ANNA, message }));
  expect(answer.ok).toBe(true);
  const [lead] = await door.leads();
  expect(message.startsWith(String(lead?.['message']))).toBe(true);
  expect(String(lead?.['message']).length).toBeGreaterThan(3990);
  const person = (await door.told('DocumentCreated'))[0]?.person ?? '';
  expect(await door.kernel.sealedBlobs.get(person, String(lead?.['messageBlob']))).toBe(message);
});

it.each([
  ['the same form once more', {}, {}],
  ['another content under the same Idempotency-Key', { message: 'Changed on the way' }, { 'idempotency-key': 'k1' }],
])('takes %s for the same delivery', async (_, change, headers) => {
  const door = await givenDoor();
  expect((await door.sends(ANNA, headers)).status).toBe(200);
  expect((await door.sends({ ...ANNA, ...change }, headers)).status).toBe(200);
  expect(await door.leads()).toHaveLength(1);
});

it('takes one of eight equal posts at the same moment', async () => {
  const door = await givenDoor();
  const answers = await Promise.all(Array.from({ length: 8 }, () => door.sends({ ...ANNA, message: 'x'.repeat(5000) })));
  expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
  expect(await door.leads()).toHaveLength(1);
});

it('does not let the key of one form stand for a delivery of another', async () => {
  const door = await givenDoor();
  const other = await openForm(door.house.stores.kv, door.kernel.random, 'landing-page', { redirect: null });
  await door.sends(ANNA, { 'idempotency-key': 'k1' });
  await fetch(`${door.origin}/in/${other.path}`, {
    method: 'POST',
    body: new URLSearchParams({ ...ANNA, email: 'ben@nordlicht.example' }),
    headers: { 'idempotency-key': 'k1' },
  });
  expect((await door.leads()).map(({ origin }) => origin)).toEqual(['form:contact', 'form:landing-page']);
});

it('loses nobody to a page that sends the same submission id with every post', async () => {
  const door = await givenDoor();
  await door.sends({ ...ANNA, submission_id: '1' });
  await door.sends({ ...ANNA, submission_id: '1', email: 'ben@nordlicht.example' });
  expect(await door.leads()).toHaveLength(2);
});

it('answers a robot in the trap as if it had been heard, and keeps a bounded record without what it wrote', async () => {
  const door = await givenDoor({ intake: 'perAddressPerHour: 1000' });
  for (let post = 0; post < 25; post += 1) expect((await door.sends({ ...ANNA, website_confirm: `https://pills.example/${post}` })).status).toBe(200);
  expect(await door.leads()).toEqual([]);
  expect(await door.told('IntakeRefused')).toEqual(Array(10).fill({ door: 'form:contact', why: 'a robot filled in the hidden field' }));
  await door.clock.advance(HOUR);
  await door.sends({ ...ANNA, website_confirm: 'x' });
  expect((await door.told('IntakeRefused')).at(-1)?.why).toBe('a robot filled in the hidden field (and 15 more posts refused before that)');
});

it('takes all that the example form asks for, and knows its trap', async () => {
  const page = readFileSync(join(CODE, 'examples', 'form.html'), 'utf8');
  const names = [...page.matchAll(/<(?:input|textarea)[^>]*\sname="([^"]+)"/g)].map(([, name = '']) => name);
  expect(names.filter((name) => HONEYPOTS.has(name))).toEqual(['website_confirm']);
  const filled: Record<string, string> = { ...ANNA, website: 'https://nordlicht.example', phone: '+49 30 5550 1820', budget: '3–5k EUR', website_confirm: '' };
  expect(names.toSorted()).toEqual(Object.keys(filled).toSorted());

  const door = await givenDoor();
  await door.sends(filled);
  expect(await door.leads()).toMatchObject([
    { ...ANNA, website: 'https://nordlicht.example', phone: '+49 30 5550 1820', budgetMinor: 500_000, budgetCurrency: 'EUR' },
  ]);
});

it.each([
  [{ name: 'Anna', message: 'Hello' }, 'An e-mail address is missing', 'no e-mail address'],
  [{ ...ANNA, email: 'anna<script>' }, 'This e-mail address cannot be right', 'no usable e-mail address'],
])('tells a visitor what to put right: %j', async (fields, title, why) => {
  const door = await givenDoor();
  const page = await door.sends(fields);
  expect([page.status, await page.text()]).toEqual([422, expect.stringContaining(title)]);
  const json = await door.sendsJson(fields);
  expect([json.status, json.headers.get('content-type'), await json.json()]).toEqual([
    422,
    'application/problem+json',
    expect.objectContaining({ title, status: 422 }),
  ]);
  expect(await door.leads()).toEqual([]);
  expect((await door.told('IntakeRefused'))[0]).toEqual({ door: 'form:contact', why });
});

it('turns one address away after its posts of an hour, says until when, and records it once', async () => {
  const door = await givenDoor({ intake: 'perAddressPerHour: 3' });
  for (let post = 0; post < 3; post += 1) {
    expect((await door.sends({ ...ANNA, message: `Message ${post}` })).status).toBe(200);
    await door.clock.advance(60_000);
  }
  for (let post = 0; post < 4; post += 1) {
    const answer = await door.sends(ANNA);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, String(57 * 60)]);
  }
  expect(await door.told('LimitReached')).toMatchObject([{ limit: 'intake.perAddressPerHour', until: '2026-03-02T10:00:00.000Z' }]);
  await door.clock.advance(57 * 60_000);
  expect((await door.sends(ANNA)).status).toBe(200);
  expect((await door.sends(ANNA)).status).toBe(429);
});

it('limits a form however many addresses post to it', async () => {
  const door = await givenDoor({ intake: 'perAddressPerHour: 2, perFormPerHour: 3', trustedProxies: ['127.0.0.1'] });
  const statuses = [];
  for (let post = 0; post < 5; post += 1) statuses.push((await door.sends(ANNA, { 'x-forwarded-for': `203.0.113.${post}` })).status);
  expect(statuses).toEqual([200, 200, 200, 429, 429]);
  expect(await door.told('LimitReached')).toMatchObject([{ limit: 'intake.perFormPerHour' }]);
});

it('believes X-Forwarded-For only from a named proxy, and says so where visitors seem to be one', async () => {
  const door = await givenDoor({ intake: 'perAddressPerHour: 1' });
  expect((await door.sends(ANNA, { 'x-forwarded-for': '203.0.113.1' })).status).toBe(200);
  expect((await door.sends(ANNA, { 'x-forwarded-for': '203.0.113.2' })).status).toBe(429);
  const [limit] = await door.told('LimitReached');
  expect(limit?.detail).toContain('TRUSTED_PROXIES');
  expect(JSON.stringify(limit)).not.toContain('203.0.113');
});

it.each([
  ['GET', 405],
  ['HEAD', 405],
  ['PUT', 405],
  ['DELETE', 405],
])('shows nothing to %s', async (method, status) => {
  const door = await givenDoor();
  const answer = await fetch(door.url, { method });
  expect([answer.status, answer.headers.get('allow')]).toEqual([status, 'POST, OPTIONS']);
});

it('serves nothing but forms that are open', async () => {
  const door = await givenDoor();
  const post = (path: string) => fetch(`${door.origin}${path}`, { method: 'POST', body: new URLSearchParams(ANNA) });
  for (const path of [
    '/',
    '/in',
    '/in/',
    '/in/contact',
    '/in/__proto__',
    '/in/%E0%A4%A',
    `/in/${door.form.path}/x`,
    `/in/..%2f${door.form.path}`,
    '/healthz',
    '/metrics',
  ])
    expect([path, (await post(path)).status]).toEqual([path, 404]);
  await revokeForm(door.house.stores.kv, 'contact');
  expect((await post(`/in/${door.form.path}`)).status).toBe(404);
  expect(await door.leads()).toEqual([]);
});

it('never answers with success when the store cannot take it', async () => {
  const unavailable = () => Promise.reject(new CountersignError('StoreUnavailable', 'the disk is full: make room'));
  const door = await givenDoor({
    redirect: 'https://nordlicht.example/thanks',
    kernel: (kernel) => ({ ...kernel, journal: { ...kernel.journal, append: unavailable } }),
  });
  for (const answer of [await door.sends(ANNA), await door.sendsJson(ANNA), await door.sends({ ...ANNA, website_confirm: 'x' })]) {
    expect([answer.status, answer.headers.get('location'), answer.headers.get('retry-after')]).toEqual([503, null, '60']);
    expect(await answer.text()).not.toContain('disk');
  }
});

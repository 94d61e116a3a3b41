import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { ANNA, type Door, givenDoor } from './given.ts';

/** Row 22 of the faults: 4xx with a clear error, memory bounded, nothing half-written. */

const UNLIMITED = 'perAddressPerHour: 1000000, perFormPerHour: 1000000';
const MULTIPART = 'multipart/form-data; boundary=----Boundary7MA4';
const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';
// The addresses of fc.emailAddress() are valid, but too strange to be taken.
const address = fc.stringMatching(/^[a-z0-9]{1,12}@[a-z0-9]{1,12}\.example$/);

it.each<readonly [string, number, string | null, string | Uint8Array]>([
  ['no content type', 415, null, 'email=anna@nordlicht.example'],
  ['plain text', 415, 'text/plain', 'email=anna@nordlicht.example'],
  ['XML', 415, 'application/xml', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'],
  ['a content type named after a property', 415, 'constructor', 'x'],
  ['broken JSON', 400, JSON_TYPE, '{"email": "anna@nordlicht.example"'],
  ['JSON that is no object', 400, JSON_TYPE, '"anna@nordlicht.example"'],
  ['JSON in Latin-1', 400, JSON_TYPE, Buffer.from('{"name": "Müller"}', 'latin1')],
  ['JSON a million levels deep', 400, JSON_TYPE, `${'['.repeat(500_000)}${']'.repeat(500_000)}`],
  ['JSON with a million values', 400, JSON_TYPE, `[${'{},'.repeat(500_000)}{}]`],
  ['__proto__ at the top', 400, JSON_TYPE, '{"__proto__": {"email": "a@nordlicht.example"}, "email": "b@nordlicht.example"}'],
  ['__proto__ further in', 400, JSON_TYPE, '{"data": {"email": "b@nordlicht.example", "x": [{"__proto__": {"polluted": true}}]}}'],
  ['a form in Latin-1', 400, FORM, 'email=anna@nordlicht.example&name=M%FCller'],
  ['a form with cut UTF-8', 400, FORM, 'email=anna@nordlicht.example&name=%F0%9F%A6'],
  ['a form with a __proto__', 400, FORM, 'email=anna@nordlicht.example&__proto__=x'],
  ['a form with a million fields', 400, FORM, 'a&'.repeat(900_000)],
  ['a multipart form that is cut off', 400, MULTIPART, '------Boundary7MA4\r\nContent-Disposition: form-data; name="email"\r\n\r\nanna@nordlicht.example'],
  ['a multipart form without its boundary', 400, 'multipart/form-data', '------Boundary7MA4--'],
  [
    'a multipart form in Latin-1',
    400,
    MULTIPART,
    Buffer.from('------Boundary7MA4\r\nContent-Disposition: form-data; name="name"\r\n\r\nMüller\r\n------Boundary7MA4--\r\n', 'latin1'),
  ],
  [
    'a multipart form with ten thousand parts',
    400,
    MULTIPART,
    `${'------Boundary7MA4\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n'.repeat(10_000)}------Boundary7MA4--\r\n`,
  ],
  ['nothing', 422, FORM, ''],
  ['3 MB', 413, FORM, `email=anna@nordlicht.example&message=${'x'.repeat(3_000_000)}`],
])('refuses %s with %i and a reason, and writes nothing', async (_, status, type, body) => {
  const door = await givenDoor();
  const before = await door.kernel.journal.head();
  const answer = await fetch(door.url, { method: 'POST', body: Buffer.from(body), headers: type === null ? {} : { 'content-type': type }, redirect: 'manual' });
  expect(answer.status).toBe(status);
  expect((await answer.text()).length).toBeGreaterThan(50);
  expect(await door.leads()).toEqual([]);
  expect((await door.kernel.journal.head()) - before).toBe(status === 422 ? 1 : 0);
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
});

it('refuses 3 MB whose length was not told, as soon as it is too much', async () => {
  const door = await givenDoor();
  let sent = 0;
  const endless = new ReadableStream({
    pull(controller) {
      sent += 100_000;
      controller.enqueue(Buffer.alloc(100_000, 'x'));
    },
  });
  const init = { method: 'POST', body: endless, headers: { 'content-type': FORM }, duplex: 'half' } as const;
  expect((await fetch(door.url, init)).status).toBe(413);
  expect(sent).toBeLessThan(20_000_000);
});

it('refuses a packed body, which could become any size', async () => {
  const door = await givenDoor();
  expect((await door.sends(ANNA, { 'content-encoding': 'gzip' })).status).toBe(415);
});

it('does not wait for a sender that drips', async () => {
  const door = await givenDoor();
  const socket = await raw(door, `POST ${new URL(door.url).pathname} HTTP/1.1\r\nHost: x\r\nContent-Type: ${FORM}\r\nContent-Length: 1000\r\n\r\n`);
  for (let second = 0; second < 19; second += 1) {
    socket.write('a');
    await door.clock.advance(1000);
  }
  await door.clock.advance(2000);
  expect(await answered(socket)).toMatch(/^HTTP\/1\.1 408 [\s\S]*connection: close/i);
  expect(await door.leads()).toEqual([]);
});

it('writes nothing of a form whose sender hangs up half-way, and goes on', async () => {
  const door = await givenDoor();
  const socket = await raw(
    door,
    `POST ${new URL(door.url).pathname} HTTP/1.1\r\nHost: x\r\nContent-Type: ${FORM}\r\nContent-Length: 1000\r\n\r\nemail=anna@nordlicht.example&message=`,
  );
  socket.destroy();
  expect((await door.sends({ ...ANNA, email: 'ben@nordlicht.example' })).status).toBe(200);
  expect(await door.leads()).toMatchObject([{ email: 'ben@nordlicht.example' }]);
});

it('stops although somebody is still sending, and tells them to come again', async () => {
  const door = await givenDoor();
  const socket = await raw(door, `POST ${new URL(door.url).pathname} HTTP/1.1\r\nHost: x\r\nContent-Type: ${FORM}\r\nContent-Length: 1000\r\n\r\nemail=`);
  await door.clock.advance(0);
  await door.stop();
  expect(await answered(socket)).toMatch(/^HTTP\/1\.1 503 |^$/);
  await expect(fetch(door.url)).rejects.toThrow();
});

it.each([
  ['no host', 'GET / HTTP/1.1\r\n\r\n'],
  ['a broken host', 'POST /in/x HTTP/1.1\r\nHost: [\r\nContent-Length: 0\r\n\r\n'],
  ['two lengths', 'POST /in/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['30 KB of headers', `GET /in/x HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(30_000)}\r\n\r\n`],
  ['nonsense', 'nonsense\r\n\r\n'],
])('answers a request with %s with 4xx', async (_, text) => {
  const door = await givenDoor();
  expect(await answered(await raw(door, text))).toMatch(/^HTTP\/1\.1 4\d\d /);
});

it('shows hostile text as text on its own page', async () => {
  const door = await givenDoor();
  const page = await (await door.sends({ ...ANNA, email: '"><script>alert(1)</script>' })).text();
  expect(page).not.toContain('<script>');
});

it('survives anything that can be posted: never 5xx, and a lead exactly when it says so', async () => {
  const door = await givenDoor({ intake: UNLIMITED });
  const name = fc.oneof(
    fc.constantFrom(
      'email',
      'name',
      'message',
      'Your e-mail',
      'phone',
      'budget',
      'website',
      '_replyto',

      'constructor',
      'toString',
      'data',
      'fields',
      'rawRequest',
      'event_id',
    ),
    fc.string({ unit: 'binary', maxLength: 12 }),
  );
  const value = fc.oneof(
    { weight: 2, arbitrary: address },
    fc.constantFrom('a@b', 'anna@nordlicht.example', '%', '=1+1', '\u202e\u0000\ud800', '(((((a+)+)+)+)+$', '9'.repeat(400)),
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.string({ maxLength: 30 }).map((text) => text.repeat(300)),
  );
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      value,
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(name, tie('tree'), { maxKeys: 5, noNullPrototype: true }),
    ),
  }));
  const pairs = fc.array(fc.tuple(name, value), { maxLength: 8 });
  const body = fc.oneof(
    tree.map((json) => ({ type: JSON_TYPE, bytes: Buffer.from(JSON.stringify(json)) })),
    fc
      .dictionary(name, fc.oneof(value, tree), { maxKeys: 8, noNullPrototype: true })
      .map((json) => ({ type: JSON_TYPE, bytes: Buffer.from(JSON.stringify(json)) })),
    pairs.map((list) => ({
      type: FORM,
      bytes: Buffer.from(list.map(([key, text]) => `${encodeURIComponent(key.toWellFormed())}=${encodeURIComponent(text.toWellFormed())}`).join('&')),
    })),
    pairs.map((list) => ({
      type: MULTIPART,
      bytes: Buffer.from(
        `${list.map(([key, text]) => `------Boundary7MA4\r\nContent-Disposition: form-data; name="${key}"\r\n\r\n${text}\r\n`).join('')}------Boundary7MA4--\r\n`,
      ),
    })),
    fc.record({ type: fc.constantFrom(JSON_TYPE, FORM, MULTIPART), bytes: fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)) }),
  );
  const statuses = new Set<number>();
  let post = 0;
  await fc.assert(
    fc.asyncProperty(body, async ({ type, bytes }) => {
      const before = await door.kernel.journal.head();
      const headers = { 'content-type': type, 'idempotency-key': String((post += 1)) };
      const answer = await fetch(door.url, { method: 'POST', body: bytes, headers, redirect: 'manual' });
      statuses.add(answer.status);
      expect(await answer.text()).not.toMatch(/<script|\.ts:\d+/);
      const written = (await door.kernel.journal.head()) - before;
      if (answer.ok) expect(written).toBe(1);
      else expect([answer.status, answer.status === 422 ? 0 : written]).toEqual([expect.toBeOneOf([400, 422]), 0]);
    }),
    { numRuns: 400, seed: 4 },
  );
  expect([...statuses].sort()).toEqual([200, 202, 400, 422]);
});

async function raw(door: Door, text: string): Promise<Socket> {
  const { hostname, port } = new URL(door.url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write(text);
  return socket;
}

/** Everything that came until the other side closed. */
async function answered(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

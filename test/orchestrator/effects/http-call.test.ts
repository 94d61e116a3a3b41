import { afterEach, describe, expect, test } from 'vitest';
import { createHttpCall, type HttpCallRequest } from '../../../src/orchestrator/effects/http-call.ts';
import { isPublicAddress, type Resolve } from '../../../src/orchestrator/effects/http-guard.ts';
import { type HttpAnswer, type HttpTarget, startHttpTarget } from '../../support/http-target.ts';
import { FOOTPRINT, performance } from './given.ts';

let target: HttpTarget | null = null;
afterEach(async () => {
  await target?.close();
  target = null;
});
const request = (url: string, part: Partial<HttpCallRequest> = {}): HttpCallRequest => ({ method: 'POST', url, headers: {}, body: { invoice: 7 }, ...part });

/** A target that the configuration permits, as a person's own service on the same machine. */
async function given(...answers: HttpAnswer[]) {
  target = await startHttpTarget(answers);
  const { connector } = createHttpCall({ allowHosts: [target.host] });
  const url = `http://${target.host}/hook?a=1`;
  return {
    target,
    call: (part: Partial<HttpCallRequest> = {}, signal?: AbortSignal) => connector.perform(request(url, part), performance(connector.timeout, signal)),
  };
}

describe('a call', () => {
  test('carries the footprint as its idempotency key and JSON as its body', async () => {
    const { target, call } = await given({ status: 201, body: '{"id":"x"}' });
    expect(await call({ headers: { prefer: 'return=minimal' } })).toEqual({ status: 201, type: 'application/json', text: '{"id":"x"}', bytes: 10, cut: false });
    expect(target.calls).toEqual([
      {
        method: 'POST',
        path: '/hook?a=1',
        body: '{"invoice":7}',
        headers: expect.objectContaining({ 'idempotency-key': FOOTPRINT, 'content-type': 'application/json', prefer: 'return=minimal', host: target.host }),
      },
    ]);
  });

  test('keeps the beginning of a long answer and stops reading', async () => {
    const { call } = await given({ status: 200, body: 'é'.repeat(5_000_000) });
    const receipt = await call();
    expect(receipt).toMatchObject({ status: 200, cut: true, text: 'é'.repeat(1000) });
    expect(receipt.bytes).toBeLessThan(1_000_000);
  });

  test.each([
    { url: 'ftp://example.org/' },
    { url: 'file:///etc/passwd' },
    { url: 'javascript:alert(1)' },
    { method: 'TRACE' },
    { headers: { host: 'evil.example' } },
    { headers: { authorization: 'x' } },
    { headers: { 'transfer-encoding': 'chunked' } },
    { headers: { 'Idempotency-Key': 'mine' } },
    { headers: { accept: 'a\r\nx: y' } },
  ])('%j is refused by the schema', (part) => {
    expect(createHttpCall({ allowHosts: [] }).schema.safeParse({ ...request('https://example.org/'), ...part }).success).toBe(false);
  });

  test('the card shows where it goes and what it says', () => {
    expect(createHttpCall({ allowHosts: [] }).show(request('https://example.org/x'))).toEqual([
      { kind: 'fields', fields: [{ label: 'POST', value: 'https://example.org/x' }] },
      { kind: 'text', text: '{\n  "invoice": 7\n}' },
    ]);
  });
});

describe('what goes wrong, and whether it may have happened (I4)', () => {
  test.each([
    [429, { 'retry-after': '7' }, { class: 'rate-limit', certain: true, retryAfter: 7000 }],
    [429, {}, { class: 'rate-limit', certain: true, retryAfter: null }],
    [400, {}, { class: 'bad-input', certain: true }],
    [408, {}, { class: 'timeout', certain: true }],
    [409, {}, { class: 'api-error', certain: false }],
    [500, {}, { class: 'api-error', certain: false }],
    [503, { 'retry-after': '30' }, { class: 'overloaded', certain: false, retryAfter: 30_000 }],
    [529, {}, { class: 'overloaded', certain: false }],
  ])('%i %j', async (status, headers, failure) => {
    const { call } = await given({ status, headers, body: 'because' });
    await expect(call()).rejects.toMatchObject({ ...failure, message: expect.stringContaining(`${status} because`) });
  });

  test('it acts and then times out: unknown, and the same footprint again is not done twice', async () => {
    const { target, call } = await given('act-and-never-answer');
    const deadline = new AbortController();
    const calling = call({}, deadline.signal);
    await target.acted();
    deadline.abort();
    await expect(calling).rejects.toMatchObject({ class: 'timeout', certain: false });

    expect(createHttpCall({ allowHosts: [] }).connector.recovery).toBe('repeat');
    await call();
    expect(target.calls).toHaveLength(2);
    expect(target.ledger).toEqual([{ key: FOOTPRINT, body: '{"invoice":7}' }]);
  });

  test('it acts and hangs up: unknown', async () => {
    const { call } = await given('act-and-hang-up');
    await expect(call()).rejects.toMatchObject({ class: 'api-error', certain: false });
  });

  test('nobody listens, or the deadline is past: certain', async () => {
    const { target, call } = await given();
    await expect(call({}, AbortSignal.abort())).rejects.toMatchObject({ class: 'timeout', certain: true });
    expect(target.calls).toEqual([]);
    await target.close();
    await expect(call()).rejects.toMatchObject({ class: 'api-error', certain: true });
  });

  test('a name that does not resolve is certain; one that never resolves ends at the deadline', async () => {
    const call = (resolve: Resolve, signal?: AbortSignal) => {
      const { connector } = createHttpCall({ allowHosts: [], resolve });
      return connector.perform(request('https://hooks.example/'), performance(connector.timeout, signal));
    };
    await expect(call(() => Promise.reject(new Error('ENOTFOUND')))).rejects.toMatchObject({ class: 'api-error', certain: true });
    const deadline = new AbortController();
    const calling = call(() => new Promise(() => {}), deadline.signal);
    deadline.abort();
    await expect(calling).rejects.toMatchObject({ class: 'timeout', certain: true });
  });
});

describe('calls into the internal network (fault 21)', () => {
  const REFUSED = { class: 'bad-input', certain: true };

  test.each([
    'http://127.0.0.1:PORT/',
    'http://localhost:PORT/',
    'http://localhost.:PORT/',
    'http://LOCALHOST:PORT/',
    'http://127.1:PORT/',
    'http://2130706433:PORT/',
    'http://0177.0.0.1:PORT/',
    'http://0x7f.0.0.1:PORT/',
    'http://0x7f000001:PORT/',
    'http://0:PORT/',
    'http://0.0.0.0:PORT/',
    'http://127.0.0.1.:PORT/',
    'http://①②⑦.⓪.⓪.①:PORT/',
    'http://127。0。0。1:PORT/',
    'http://%31%32%37.0.0.1:PORT/',
    'http://[::1]:PORT/',
    'http://[::]:PORT/',
    'http://[::ffff:127.0.0.1]:PORT/',
    'http://[::ffff:7f00:1]:PORT/',
    'http://[0:0:0:0:0:ffff:7f00:0001]:PORT/',
    'http://[::127.0.0.1]:PORT/',
    'http://[64:ff9b::7f00:1]:PORT/',
    'http://[2002:7f00:1::]:PORT/',
    'http://example.org@127.0.0.1:PORT/',
    'http://127.0.0.1:PORT@example.org/',
    'http://example.org:x@127.0.0.1:PORT/',
    'http:\\\\127.0.0.1:PORT\\',
    'http:127.0.0.1:PORT',
    'http://169.254.169.254/latest/meta-data/',
    'http://[fe80::1]/',
    'http://[fd00:ec2::254]/',
    'http://10.0.0.1/',
    'http://192.168.1.1/',
    'http://172.16.0.1/',
    'http://100.64.0.1/',
    'http://100.100.100.200/',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    'http://[ff02::1]/',
    'http://198.18.0.1/',
    'http://93.184.216.34:25/',
    'http://93.184.216.34:22/',
  ])('%s is refused before anything leaves', async (form) => {
    target = await startHttpTarget();
    const url = form.replace('PORT', target.host.split(':')[1] ?? '');
    const { connector } = createHttpCall({ allowHosts: [] });
    await expect(connector.perform(request(url), performance(connector.timeout))).rejects.toMatchObject(REFUSED);
    expect(target.calls).toEqual([]);
  });

  const named =
    (addresses: readonly string[]): Resolve =>
    async () =>
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

  test.each([[['127.0.0.1']], [['::1']], [['::ffff:10.0.0.1']], [['93.184.216.34', '127.0.0.1']], [['2606:2800:220:1::1', 'fd00::1']]])(
    'a name at %j is refused: every address counts',
    async (addresses) => {
      const { connector } = createHttpCall({ allowHosts: [], resolve: named(addresses) });
      await expect(connector.perform(request('https://hooks.example/'), performance(connector.timeout))).rejects.toMatchObject(REFUSED);
    },
  );

  test('a name that points elsewhere the second time (rebinding) is resolved once, and that address is called', async () => {
    target = await startHttpTarget();
    const port = target.host.split(':')[1];
    let asked = 0;
    const resolve: Resolve = async () => {
      asked += 1;
      return [{ address: asked === 1 ? '127.0.0.1' : '169.254.169.254', family: 4 }];
    };
    const { connector } = createHttpCall({ allowHosts: [`hooks.example:${port}`], resolve });
    await connector.perform(request(`http://hooks.example:${port}/`), performance(connector.timeout));
    expect(asked).toBe(1);
    expect(target.calls).toMatchObject([{ headers: { host: `hooks.example:${port}` } }]);
  });

  test('permission is for one host and port', async () => {
    const { target: permitted } = await given();
    const other = await startHttpTarget();
    const { connector } = createHttpCall({ allowHosts: [permitted.host] });
    await expect(connector.perform(request(`http://${other.host}/`), performance(connector.timeout))).rejects.toMatchObject(REFUSED);
    expect(other.calls).toEqual([]);
    await other.close();
  });

  test.each([
    [301, true],
    [307, true],
    [308, true],
    // By these a target may say that the work is done and its result is elsewhere.
    [302, false],
    [303, false],
  ])('a redirect (%i) is not followed', async (status, certain) => {
    const inside = await startHttpTarget();
    const { target, call } = await given({ status, headers: { location: `http://${inside.host}/admin` } });
    await expect(call()).rejects.toMatchObject({ certain, message: expect.stringContaining('redirect, which is not followed') });
    expect(target.calls).toHaveLength(1);
    expect(inside.calls).toEqual([]);
    await inside.close();
  });

  test('what is public stays callable', () => {
    for (const address of ['93.184.216.34', '8.8.8.8', '2606:2800:220:1::1', '::ffff:8.8.8.8', '64:ff9b::808:808'])
      expect([address, isPublicAddress(address)]).toEqual([address, true]);
    for (const address of ['', 'example.org', '8.8.8', '2001:db8::1', 'fec0::1', '64:ff9b::a00:1', '64:ff9b:1::808:808', '::808:808'])
      expect([address, isPublicAddress(address)]).toEqual([address, false]);
  });
});

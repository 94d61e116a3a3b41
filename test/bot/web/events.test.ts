import { describe, expect, onTestFinished, test } from 'vitest';
import { createLive } from '../../../src/bot/web/live.ts';
import { thread } from '../../support/fake-cards.ts';
import { createFakeDesk } from '../../support/fake-desk.ts';
import { NOW, openWebPage } from '../../support/web-page.ts';

const at = Date.parse(NOW);

/** Reads a stream event by event. */
async function follow(url: string, headers: Record<string, string>) {
  const abort = new AbortController();
  onTestFinished(() => abort.abort());
  const response = await fetch(url, { headers, signal: abort.signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = '';
  async function next(): Promise<{ event: string; id: string; data: string } | null> {
    while (!buffer.includes('\n\n')) {
      const chunk = await reader?.read();
      if (!chunk || chunk.done) return null;
      buffer += chunk.value;
    }
    const end = buffer.indexOf('\n\n');
    const lines = buffer.slice(0, end).split('\n');
    buffer = buffer.slice(end + 2);
    const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? '';
    return { event: field('event'), id: field('id'), data: field('data') };
  }
  return { response, next, abort };
}

describe('the stream of news', () => {
  test('names what changes, as it changes', async () => {
    const { url, desk, login } = await openWebPage();
    const { cookie, get } = await login();
    const since = /events\?since=([^"]+)"/.exec((await get('/')).text)?.[1];
    const { next } = await follow(`${url}/events?since=${since}`, { cookie });
    expect(await next()).toMatchObject({ event: 'beat', id: since });
    desk.put(thread('task:new', at, 'New'));
    expect(await next()).toMatchObject({ event: 'desk-changed', data: '{"threads":["task:new"],"everything":false}' });
  });

  test('misses nothing between page and stream, nor while the line was down', async () => {
    const { url, desk, login } = await openWebPage();
    const { cookie, get } = await login();
    const since = /events\?since=([^"]+)"/.exec((await get('/')).text)?.[1];
    desk.put(thread('task:a', at, 'A'));

    const first = await follow(`${url}/events?since=${since}`, { cookie });
    const told = await first.next();
    first.abort.abort();
    desk.put(thread('task:b', at, 'B'));
    desk.put(thread('task:c', at, 'C'));
    desk.put(thread('task:b', at, 'B again'));
    const second = await follow(`${url}/events?since=${since}`, { cookie, 'last-event-id': told?.id ?? '' });

    expect(told?.data).toBe('{"threads":["task:a"],"everything":false}');
    expect((await second.next())?.data).toBe('{"threads":["task:b","task:c"],"everything":false}');
  });

  test('after a restart of the server it asks to look at everything', async () => {
    const { url, login } = await openWebPage();
    const { cookie } = await login();
    const { next } = await follow(`${url}/events`, { cookie, 'last-event-id': 'otherboot.7' });
    const news = JSON.parse((await next())?.data ?? '{}');
    expect(news.everything).toBe(true);
    expect(news.threads).toContain('task:t-lead');
  });

  test('beats every 15 s, and ends when the session has ended', async () => {
    const { url, login, clock } = await openWebPage();
    const { cookie, post, get } = await login();
    const since = /events\?since=([^"]+)"/.exec((await get('/')).text)?.[1];
    const { next } = await follow(`${url}/events?since=${since}`, { cookie });
    expect((await next())?.event).toBe('beat');
    clock.move(15_000);
    expect((await next())?.event).toBe('beat');
    await post('/logout', {});
    clock.move(15_000);
    expect(await next()).toBeNull();
  });

  test('is bounded: the hundred and first is refused, and a closed one makes room', async () => {
    const { url, login } = await openWebPage();
    const { cookie } = await login();
    const open = await Promise.all(Array.from({ length: 100 }, () => follow(`${url}/events`, { cookie })));
    const refused = await follow(`${url}/events`, { cookie });
    expect(refused.response.status).toBe(503);
    open[0]?.abort.abort();
    await expect.poll(async () => (await follow(`${url}/events`, { cookie })).response.status).toBe(200);
  });

  test('stopping the page ends the streams and listens to the desk no more', async () => {
    const { url, surface, desk, login } = await openWebPage();
    const { cookie } = await login();
    const { next } = await follow(`${url}/events`, { cookie });
    await next();
    await surface.stop();
    await expect(next()).rejects.toThrow();
    expect(desk.listeners()).toBe(0);
  });
});

test('only so much is remembered; who was away longer looks at everything', () => {
  const desk = createFakeDesk(() => at, []);
  const live = createLive(desk, 'boot');
  const start = live.position();
  for (let index = 0; index < 2000; index++) desk.put(thread(`task:${index % 3}`, at, 'T'));
  expect(live.since(start)).toMatchObject({ threads: ['task:0', 'task:1', 'task:2'], everything: false });
  desk.put(thread('task:0', at, 'T'));
  expect(live.since(start)).toMatchObject({ threads: [], everything: true });
  expect(live.since(undefined).everything).toBe(true);
  expect(live.since('boot.99999').everything).toBe(true);
});

import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { sessionOf } from './gate.ts';
import type { PageParts } from './page.ts';
import { PAGE } from './render-feed.ts';
import type { PageEnv } from './security.ts';

const BEAT = 15_000;
const MAX_STREAMS = 100;

/**
 * `GET /events`: which threads changed, as they change. Each event carries the position it brings
 * the reader to; a reader that comes back with `Last-Event-ID` gets what it missed, or, where that
 * is not known any more, everything. `beat` shows a reader that the line is alive.
 */
export function events(parts: PageParts): Hono<PageEnv> {
  const { live, clock, desk } = parts;
  const app = new Hono<PageEnv>();
  let streams = 0;

  app.get('/events', (c) => {
    if (streams >= MAX_STREAMS) return c.text('Too many pages are open. Close some.\n', 503);
    streams++;
    c.header('X-Accel-Buffering', 'no');
    return streamSSE(c, async (stream) => {
      let position = c.req.header('last-event-id') || c.req.query('since');
      const closed = new Promise<void>((resolve) => stream.onAbort(resolve));
      try {
        while (!stream.aborted && !stream.closed) {
          const news = live.since(position);
          if (news.everything) {
            const threads = (await desk.feed({ limit: PAGE })).map(({ id }) => id);
            await stream.writeSSE({ event: 'desk-changed', id: news.position, data: JSON.stringify({ threads, everything: true }) });
          } else if (news.position !== position) {
            await stream.writeSSE({ event: 'desk-changed', id: news.position, data: JSON.stringify({ threads: news.threads, everything: false }) });
          } else {
            // A login that ended ends what it opened.
            if (!(await sessionOf(c, parts))) return;
            await stream.writeSSE({ event: 'beat', id: news.position, data: '' });
          }
          position = news.position;
          if (live.position() === position) await Promise.race([changeOrBeat(), closed]);
        }
      } finally {
        streams--;
      }
    });
  });

  const changeOrBeat = (): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        forget();
        cancel();
        resolve();
      };
      const forget = live.next(done);
      const cancel = clock.at(clock.now() + BEAT, done);
    });

  return app;
}

import { Hono } from 'hono';
import type { Card } from '../card.ts';
import type { Thread } from '../intents.ts';
import { editPanel, rejectPanel } from './forms.ts';
import { type Html, html } from './html.ts';
import { renderStatus } from './layout.ts';
import { cardPage, isHtmx, type PageParts, page, refuse, viewOf } from './page.ts';
import { beginPage, setUpPage } from './render-begin.ts';
import { unpackShown } from './render-card.ts';
import { PAGE, quietFeed, renderFeed, renderNews, renderThreads } from './render-feed.ts';
import { whyPanel } from './render-thread.ts';
import type { PageContext, PageEnv } from './security.ts';

const NEWS = 50;
const NO_CARD = 'There is no such card. It may be from another data folder.';

/** What can be looked at. Nothing here changes anything. */
export function pages(parts: PageParts): Hono<PageEnv> {
  const { desk } = parts;
  const app = new Hono<PageEnv>();

  app.get('/', async (c) => {
    // Before anything is read, so that what changes while reading is sent again.
    const position = parts.live.position();
    const view = viewOf(c, parts);
    const status = await desk.status();
    if (status.needsSetup) return page(c, parts, 'Welcome', setUpPage({}, [], view.zone, view));
    const [at, id] = [c.req.query('at'), c.req.query('id')];
    const threads = await desk.feed({ limit: PAGE, ...(at && id && { before: { at, id } }) });
    if (isHtmx(c)) return c.html(renderThreads(threads, view));
    const begin = status.leads === 0 && !at;
    return page(
      c,
      parts,
      status.waiting > 0 ? `(${status.waiting}) Feed` : 'Feed',
      renderFeed(threads, begin ? beginPage(beginOptions(parts), view) : quietFeed, view),
      { position },
    );
  });

  app.get('/begin', (c) => page(c, parts, 'Add leads', beginPage(beginOptions(parts), viewOf(c, parts))));

  /** What changed, for a page that is open: `known` are threads it shows, `fresh` are not. */
  app.get('/threads', async (c) => {
    const ids = (name: string): string[] => [...new Set(c.req.queries(name) ?? [])].slice(0, NEWS);
    const load = async (id: string): Promise<[string, Thread | null]> => [id, await desk.thread(id)];
    const known = new Map(await Promise.all(ids('known').map(load)));
    const fresh = (await Promise.all(ids('fresh').map(load))).flatMap(([, thread]) => thread ?? []).sort((a, b) => (a.at < b.at ? 1 : -1));
    const view = viewOf(c, parts);
    return c.html(
      html`${renderNews(known, fresh, view)}<hx-partial hx-target="#status" hx-swap="innerMorph">${renderStatus(await desk.status(), view)}</hx-partial>`,
    );
  });

  /** Which of these there are at all: a change may concern a task that has no thread yet, so that "3 new" counts threads. */
  app.get('/threads/there', async (c) => {
    const ids = [...new Set(c.req.queries('id') ?? [])].slice(0, NEWS);
    const found = await Promise.all(ids.map((id) => desk.thread(id)));
    return c.json(found.flatMap((thread) => thread?.id ?? []));
  });

  app.get('/approvals/:id', (c) => onCard(c, () => null));

  app.get('/approvals/:id/edit', (c) =>
    onCard(c, async (card) => {
      const item = card.items.find(({ item }) => item === c.req.query('item'));
      const fields = item && (await desk.form(card.approval, item.item));
      return item && fields ? editPanel({ card, item, fields, problems: [], typed: new Map() }, viewOf(c, parts)) : null;
    }),
  );

  app.get('/approvals/:id/reject', (c) =>
    onCard(c, (card) => {
      const chosen = (c.req.queries('item') ?? []).flatMap((packed) => unpackShown(packed)?.item ?? []);
      return rejectPanel(card, new Set(chosen), viewOf(c, parts));
    }),
  );

  app.get('/approvals/:id/why', (c) => onCard(c, async (card) => whyPanel(await desk.why(card.approval), card, parts.timeZone())));

  async function onCard(c: PageContext, panel: (card: Card) => Html | null | Promise<Html | null>): Promise<Response> {
    const card = await desk.card(c.req.param('id') ?? '');
    if (!card) return refuse(c, 404, 'Not found', NO_CARD);
    const open = await panel(card);
    if (open === null) return isHtmx(c) ? refuse(c, 404, 'Not found', 'This cannot be edited any more.') : cardPage(c, parts, card, {});
    return isHtmx(c) ? c.html(open) : cardPage(c, parts, card, { panel: open });
  }

  return app;
}

export const beginOptions = ({ samples, formUrl }: PageParts) => ({ samples: samples !== null, formUrl });

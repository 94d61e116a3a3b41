import type { Clock, Random } from '../../ports.ts';
import type { KeyValueStore } from '../../store/log.ts';
import type { Card } from '../card.ts';
import type { Answer, Desk, Person } from '../intents.ts';
import { type Html, html } from './html.ts';
import { messagePage, shell, signInPage } from './layout.ts';
import type { Live } from './live.ts';
import { type CardExtras, renderCard, type View } from './render-card.ts';
import type { Addresses, PageContext } from './security.ts';
import { domId, visible } from './visible-text.ts';

/** What the handlers work with. */
export interface PageParts {
  readonly desk: Desk;
  readonly sessions: KeyValueStore;
  readonly random: Random;
  readonly clock: Clock;
  readonly log: (error: unknown) => void;
  readonly live: Live;
  readonly addresses: () => Addresses;
  readonly timeZone: () => string;
  readonly metrics: (() => Promise<string>) | null;
  readonly ready: () => boolean;
  readonly samples: (() => Promise<{ readonly name: string; readonly bytes: Uint8Array }>) | null;
  readonly formUrl: string | null;
}

/** Whoever holds a login link is the owner. */
export const OWNER: Person = { surface: 'page', user: 'owner' };

const STATUS = { 'not-found': 404, 'not-allowed': 403, 'already-decided': 409, expired: 410, changed: 409, invalid: 422, unavailable: 503 } as const;
type Code = 200 | 400 | 401 | 403 | 404 | 409 | 410 | 413 | 422 | 429 | 500 | 503;

export const isHtmx = (c: PageContext): boolean => c.req.header('hx-request') === 'true';
export const viewOf = (c: PageContext, { clock, timeZone }: PageParts): View => ({ csrf: c.get('session').csrf, now: clock.now(), zone: timeZone() });
export const statusOf = (answer: Answer): Code => (answer.ok ? 200 : STATUS[answer.code]);

/** A whole page around `main`; `follow` lets it change live. */
export async function page(
  c: PageContext,
  parts: PageParts,
  title: string,
  main: Html,
  { status = 200, position = null }: { status?: Code; position?: string | null } = {},
): Promise<Response> {
  return c.html(shell({ title, main, position, status: await parts.desk.status(), view: viewOf(c, parts) }), status);
}

/** Something went wrong that belongs to no card: said at the top, and what the person typed stays. */
export function refuse(c: PageContext, status: Code, title: string, text: string): Response | Promise<Response> {
  if (!isHtmx(c)) return c.html(messagePage(title, text), status);
  c.header('HX-Reswap', 'none');
  return c.html(html`<hx-partial hx-target="#alerts" hx-swap="innerHTML"><p><b>${title}.</b> ${visible(text)}</p></hx-partial>`, status);
}

export function signedOut(c: PageContext, why: string | null = null): Response | Promise<Response> {
  if (isHtmx(c)) return refuse(c, 401, 'You are signed out', 'Open a new login link (npx countersign login) in another tab, then reload this page.');
  return c.html(signInPage(why), 401);
}

export const toast = (message: string): Html => html`<hx-partial hx-target="#toast" hx-swap="innerHTML"><p>${visible(message)}</p></hx-partial>`;

/**
 * The answer to a click on a card: the card as it is now, and in words what kept the click from
 * working. Without script: back to the feed, or the card on a page of its own when there is something to say.
 */
export async function answerOnCard(
  c: PageContext,
  parts: PageParts,
  approval: string,
  answer: Answer,
  panel?: (card: Card) => Html | undefined,
): Promise<Response> {
  const card = (await parts.desk.card(approval)) ?? answer.card;
  if (!card) return refuse(c, statusOf(answer), 'Nothing was changed', answer.message);
  const moved = answer.card !== null && answer.card.approval !== approval;
  const note = answer.ok && !moved ? undefined : answer.message;
  const open = panel?.(card);
  const extras: CardExtras = { ...(note && { note }), ...(open && { panel: open }) };
  if (isHtmx(c)) return c.html(html`${renderCard(card, viewOf(c, parts), extras)}${answer.ok ? toast(answer.message) : ''}`, statusOf(answer));
  if (extras.note === undefined && open === undefined) return c.redirect(`/#${domId('card', approval)}`, 303);
  return cardPage(c, parts, card, extras, statusOf(answer));
}

/** A card on a page of its own, with a panel open: how the links and forms work without script. */
export const cardPage = (c: PageContext, parts: PageParts, card: Card, extras: CardExtras, status: Code = 200): Promise<Response> =>
  page(
    c,
    parts,
    'Card',
    html`<p><a class="button" href="/#${domId('card', card.approval)}">Back to the feed</a></p>${renderCard(card, viewOf(c, parts), extras)}`,
    { status },
  );

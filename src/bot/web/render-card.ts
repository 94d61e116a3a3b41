import { sha256 } from '../../store/json.ts';
import type { Card, CardItem } from '../card.ts';
import type { Shown } from '../intents.ts';
import { type Html, html, nothing } from './html.ts';
import { exact, relative, SNOOZES, withTimes } from './moments.ts';
import { renderParts } from './render-parts.ts';
import { domId, line, visible } from './visible-text.ts';

/** What a renderer needs beside the card: who may click, and what time it is where. */
export interface View {
  readonly csrf: string;
  /** ms since 1970 */
  readonly now: number;
  readonly zone: string;
}

export interface CardExtras {
  /** Why the last click did not do what it should. */
  readonly note?: string;
  /** An open panel: a form, or the answer to "why?". */
  readonly panel?: Html;
}

export const when = (at: string, { now, zone }: View): Html =>
  html`<time datetime="${at}" title="${exact(at, zone)}" data-relative>${relative(at, now)}</time>`;
export const hiddenCsrf = ({ csrf }: View): Html => html`<input type="hidden" name="csrf" value="${csrf}">`;

/** What the person saw of an item, as it travels in a form (I5): `hash.revision.item`. */
export const packShown = ({ item, revision, hash }: Shown): string => `${hash}.${revision}.${item}`;
export function unpackShown(packed: string): Shown | null {
  const [, hash, revision, item] = /^([^.]+)\.(\d{1,9})\.(.+)$/s.exec(packed) ?? [];
  return hash && revision && item ? { item, revision: Number(revision), hash } : null;
}

/** Changes when anything a decision depends on changes. */
export const cardVersion = (card: Card): string =>
  sha256(JSON.stringify([card.state, card.items.map(({ item, revision, hash, state }) => [item, revision, hash, state])])).slice(0, 12);

export const isOpen = (card: Card): boolean => card.state === 'waiting' || card.state === 'snoozed';
export const undecided = (card: Card): readonly CardItem[] => card.items.filter(({ state }) => state === 'waiting');

/** One approval. Pure: the same card and view give the same markup. */
export function renderCard(card: Card, view: View, { note, panel }: CardExtras = {}): Html {
  const id = domId('card', card.approval);
  return html`<section class="card ${card.state}" id="${id}" tabindex="-1" aria-labelledby="${id}-title"
    hx-target:inherited="#${id}" hx-swap:inherited="outerMorph" hx-sync:inherited="#${id}:drop">
    <header><h3 id="${id}-title" dir="auto">${line(card.title)}</h3>${card.highRisk ? html`<span class="badge risk">High risk</span>` : nothing}</header>
    ${isOpen(card) ? open(card, view) : settled(card, view)}
    <div class="note" id="${id}-note" role="alert">${note ? html`<p>${visible(note)}</p>` : nothing}</div>
    <div class="slot" id="${id}-slot" data-version="${cardVersion(card)}">${panel ?? nothing}</div>
  </section>`;
}

function open(card: Card, view: View): Html {
  const path = `/approvals/${encodeURIComponent(card.approval)}`;
  const form = domId('decide', card.approval);
  return html`${renderParts(card.context)}
    <form class="decide" id="${form}" method="post" action="${path}/decide">${hiddenCsrf(view)}
      <fieldset aria-label="Decide">
        ${items(card, path)}
        ${assurance(card, view)}
        ${buttons(card, path, form)}
      </fieldset>
    </form>`;
}

function items(card: Card, path: string): Html {
  const choosable = undecided(card).length > 1;
  return html`<ul class="items ${card.batch ? 'batch' : ''}">${card.items.map(
    (item) => html`<li>
    ${heading(item, path, choosable, card)}
    ${card.batch ? html`<details class="peek"><summary>Show<span class="sr"> ${line(item.title)}</span></summary>${renderParts(item.body)}</details>` : renderParts(item.body)}
    ${item.irreversible ? html`<p class="hint irreversible"><span class="glyph" aria-hidden="true">↯</span> ${line(item.irreversible, 400)}</p>` : nothing}
  </li>`,
  )}</ul>`;
}

// A box has an id of its own, so that an update never moves one item's tick to another.
function heading(item: CardItem, path: string, choosable: boolean, card: Card): Html {
  const edit =
    item.editable && item.state === 'waiting' && !singleEdit(card)
      ? panelLink(`${path}/edit?item=${encodeURIComponent(item.item)}`, card, 'Edit', `Edit: ${line(item.title, 80)}`, 'text')
      : nothing;
  if (item.state !== 'waiting')
    return html`<p class="item-head"><span dir="auto">${line(item.title)}</span> <span class="item-state">${line(item.state)}</span></p>`;
  if (!choosable)
    return html`<p class="item-head"><span dir="auto">${line(item.title)}</span><input type="hidden" name="item" value="${packShown(item)}">${edit}</p>`;
  return html`<p class="item-head"><label><input type="checkbox" id="${domId('pick', `${card.approval} ${item.item}`)}" name="item" value="${packShown(item)}" checked> <span dir="auto">${line(item.title)}</span></label>${edit}</p>`;
}

/** The one item the card's own Edit button is for, or null when each item has its own. */
const singleEdit = (card: Card): CardItem | null => {
  const [first, second] = undecided(card);
  return first && !second && first.editable ? first : null;
};

function assurance(card: Card, view: View): Html {
  return html`<div class="assurance">
    ${card.confidence === null ? nothing : html`<p><span class="glyph" aria-hidden="true">◔</span> <span><b>${line(card.agent, 60)}</b> is ${sureness(card.confidence)} <span class="number">(${Math.round(card.confidence * 100)} %)</span></span></p>`}
    ${card.rules.length === 0 ? nothing : html`<p><span class="glyph" aria-hidden="true">§</span> <span>You are asked because: ${card.rules.map((rule, index) => html`${index > 0 ? '; ' : ''}${line(rule.replace(/\.$/, ''), 300)}`)}.</span></p>`}
    <p><span class="glyph" aria-hidden="true">◷</span> <span>Expires ${when(card.expiresAt, view)}${card.state === 'snoozed' && card.snoozedUntil ? html` · snoozed, comes back ${when(card.snoozedUntil, view)}` : nothing}</span></p>
  </div>`;
}

export const sureness = (confidence: number): string =>
  confidence >= 0.9 ? 'very sure' : confidence >= 0.75 ? 'fairly sure' : confidence >= 0.5 ? 'not quite sure' : 'mostly guessing';

function buttons(card: Card, path: string, form: string): Html {
  const waiting = undecided(card);
  const edit = singleEdit(card);
  const many = waiting.length > 1;
  return html`<div class="buttons">
    <button class="primary" name="verdict" value="approve" formaction="${path}/decide" hx-post="${path}/decide" hx-disable="closest fieldset"
      ${card.highRisk ? html`hx-confirm="High risk: ${line(card.title, 80)}. Approve?"` : nothing} ${many ? html`data-count="${waiting.length}"` : nothing}>${many ? `Approve ${waiting.length} selected` : 'Approve'}</button>
    ${edit ? panelLink(`${path}/edit?item=${encodeURIComponent(edit.item)}`, card, 'Edit') : nothing}
    ${panelLink(`${path}/reject`, card, 'Reject', undefined, 'button', many ? `#${form} [name=item]` : undefined)}
    <details class="menu"><summary class="button" aria-label="More">⋯</summary><div class="sheet">
      <p class="sheet-title" id="${form}-snooze">Snooze</p>
      ${SNOOZES.map(({ key, label }) => html`<button name="until" value="${key}" formaction="${path}/snooze" hx-post="${path}/snooze" hx-disable="closest fieldset" formnovalidate>${label}</button>`)}
      <hr>${panelLink(`${path}/why`, card, 'Why?', undefined, 'row')}
    </div></details>
  </div>`;
}

/** A link that opens a panel on the card; without script it leads to a page with the panel open. */
export function panelLink(href: string, card: Card, label: string, full?: string, look = 'button', include?: string): Html {
  return html`<a class="${look}" href="${href}" hx-get="${href}" hx-target="#${domId('card', card.approval)}-slot" hx-swap="innerHTML" ${full ? html`aria-label="${full}"` : nothing} ${include ? html`hx-include="${include}"` : nothing}>${label}</a>`;
}

function settled(card: Card, view: View): Html {
  const { decision } = card;
  const path = `/approvals/${encodeURIComponent(card.approval)}`;
  return html`
    ${
      decision
        ? html`<p class="verdict ${/reject/i.test(decision.verdict) ? 'no' : 'yes'}"><span class="glyph" aria-hidden="true">${/reject/i.test(decision.verdict) ? '✕' : '✓'}</span>
        <span><b>${sentence(decision.verdict)}</b> by <bdi>${line(decision.by, 80)}</bdi> ${when(decision.at, view)}${decision.reason ? html` — <span dir="auto">“${line(decision.reason, 400)}”</span>` : nothing}</span></p>`
        : html`<p class="verdict"><span class="glyph" aria-hidden="true">◷</span> <span><b>${card.state === 'expired' ? 'Expired' : 'Not needed any more'}</b>${card.state === 'expired' ? html` ${when(card.expiresAt, view)}: nobody answered` : nothing}</span></p>`
    }
    ${card.outcome.length === 0 ? nothing : html`<ol class="outcome">${card.outcome.map((step) => html`<li dir="auto">${line(withTimes(step, view.zone), 400)}</li>`)}</ol>`}
    ${card.state === 'held' && card.heldUntil ? held(card, view, path) : nothing}
    <div class="after"><details class="peek"><summary>What it was</summary>${renderParts(card.context)}<ul class="items">${card.items.map(
      (item) => html`<li>
      <p class="item-head"><span dir="auto">${line(item.title)}</span> <span class="item-state">${line(withTimes(item.state, view.zone))}</span></p>${renderParts(item.body)}</li>`,
    )}</ul></details>
      ${panelLink(`${path}/why`, card, 'Why?', undefined, 'text')}</div>`;
}

/** While the effects are held the decision can be taken back. The script counts down from `data-left`. */
function held(card: Card, view: View, path: string): Html {
  const left = Math.max(0, Date.parse(card.heldUntil ?? '') - view.now);
  const mail = card.items.some(({ body }) => body.some(({ kind }) => kind === 'mail'));
  return html`<form class="held" method="post" action="${path}/take-back">${hiddenCsrf(view)}<fieldset aria-label="Undo">
    <p data-left="${left}" data-over="${mail ? 'Sending…' : 'Starting…'}">${mail ? 'Sending' : 'Starting'} in <b class="seconds">${Math.ceil(left / 1000)}</b> s</p>
    <button formaction="${path}/take-back" hx-post="${path}/take-back" hx-disable="closest fieldset">Undo</button></fieldset></form>`;
}

const sentence = (words: string): string => {
  const text = line(words, 80);
  return text.charAt(0).toUpperCase() + text.slice(1);
};

import type { Part } from '../card.ts';
import { type Html, html, nothing } from './html.ts';
import { cut, line } from './visible-text.ts';

/** The body of a card or a thread. Pure; all text is foreign (I8). */

const MAX_TEXT = 20_000;
const LONG = 700;

export const renderParts = (parts: readonly Part[]): Html => html`${parts.map(renderPart)}`;

function renderPart(part: Part): Html {
  switch (part.kind) {
    case 'text':
      return html`<p class="prose" dir="auto">${text(part.text)}</p>`;
    case 'fields':
      return html`<dl class="fields">${part.fields.map(({ label, value }) => html`<div><dt>${line(label)}</dt><dd dir="auto">${text(value)}</dd></div>`)}</dl>`;
    case 'mail':
      return html`<div class="mail" role="group" aria-label="E-mail">
        <dl><div><dt>From</dt><dd dir="auto">${line(part.from)}</dd></div><div><dt>To</dt><dd dir="auto">${line(part.to)}</dd></div><div><dt>Subject</dt><dd class="subject" dir="auto">${line(part.subject, 400)}</dd></div></dl>
        ${scrolling(part.text)}
      </div>`;
    case 'change':
      return html`<div class="change"><p class="target">${line(part.target)}</p><dl>${part.changes.map(
        ({ field, from, to }) => html`<div><dt>${line(field)}</dt>
        <dd><del dir="auto"><span class="sr">from </span>${text(from) || '(empty)'}</del> <span aria-hidden="true">→</span> <ins dir="auto"><span class="sr">to </span>${text(to) || '(empty)'}</ins></dd></div>`,
      )}</dl></div>`;
    case 'quote':
      return html`<figure class="quote"><figcaption><bdi>${line(part.who)}</bdi> wrote</figcaption>${quoted(part.text)}</figure>`;
    case 'reasons':
      return part.reasons.length === 0
        ? nothing
        : html`<ul class="reasons">${part.reasons.map(
            ({ name, points, detail }) => html`<li>
        <span class="points ${points < 0 ? 'minus' : points > 0 ? 'plus' : ''}">${signed(points)}</span><span class="reason-text"><b dir="auto">${line(name)}</b>${detail ? html` <span class="detail" dir="auto">${line(detail, 300)}</span>` : nothing}</span></li>`,
          )}</ul>`;
    default:
      return part satisfies never;
  }
}

const signed = (points: number): string => (points > 0 ? `+${points}` : points < 0 ? `−${-points}` : '0');

const left = (hidden: number): Html | null =>
  hidden > 0 ? html`<span class="cut">… ${hidden.toLocaleString('en')} more characters are not shown</span>` : null;

function text(value: string): Html | string {
  const { text: shown, hidden } = cut(value, MAX_TEXT);
  return hidden > 0 ? html`${breakable(shown)} ${left(hidden)}` : breakable(shown);
}

// Laying out a run without a space takes a browser quadratic time: 20,000 letters stop it for a second.
const RUN = /\S{100}(?=\S)/gu;
function breakable(value: string): Html | string {
  if (value.search(RUN) === -1) return value;
  let from = 0;
  const pieces = [...value.matchAll(RUN)].map(({ index, 0: run }) => {
    const piece = html`${value.slice(from, index + run.length)}<wbr>`;
    from = index + run.length;
    return piece;
  });
  return html`${pieces}${value.slice(from)}`;
}

// What a long mail says must be read before it is approved, so it scrolls instead of folding away.
const scrolling = (value: string): Html =>
  value.length > LONG * 2
    ? html`<div class="mail-text long" dir="auto" tabindex="0" role="region" aria-label="Text of the e-mail">${text(value)}</div>`
    : html`<div class="mail-text" dir="auto">${text(value)}</div>`;

function quoted(value: string): Html {
  if (value.length <= LONG) return html`<blockquote dir="auto">${text(value)}</blockquote>`;
  return html`<details><summary><blockquote dir="auto">${cut(value, LONG).text}…</blockquote><span class="more">Show all (${value.length.toLocaleString('en')} characters)</span></summary>
    <blockquote class="rest" dir="auto">${text(value)}</blockquote></details>`;
}

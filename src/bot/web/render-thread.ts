import type { Card } from '../card.ts';
import type { Thread, WhyStep } from '../intents.ts';
import { type Html, html, nothing } from './html.ts';
import { exact, withTimes } from './moments.ts';
import { type CardExtras, hiddenCsrf, renderCard, type View, when } from './render-card.ts';
import { renderParts } from './render-parts.ts';
import { domId, line, visible } from './visible-text.ts';

/** One entry of the feed. Pure. */

export const threadId = (id: string): string => domId('thread', id);

const GLYPHS: Readonly<Record<Thread['tone'], string>> = { neutral: '·', waiting: '●', good: '✓', bad: '!' };

export interface ThreadExtras {
  readonly note?: string;
  /** For one of its cards, by approval id. */
  readonly cards?: ReadonlyMap<string, CardExtras>;
}

export function renderThread(thread: Thread, view: View, { note, cards }: ThreadExtras = {}): Html {
  const id = threadId(thread.id);
  const head = html`<h2 id="${id}-title" dir="auto">${line(thread.title)}</h2>
    <p class="meta">${thread.agent ? html`<span class="agent">${line(thread.agent, 60)}</span> · ` : nothing}${when(thread.at, view)}</p>`;
  const state = thread.state
    ? html`<p class="state"><span class="glyph" aria-hidden="true">${GLYPHS[thread.tone]}</span>${line(withTimes(thread.state, view.zone), 120)}</p>`
    : nothing;
  const body = html`${thread.body.length > 0 ? html`<div class="body">${renderParts(thread.body)}</div>` : nothing}
    ${thread.cards.map((card) => renderCard(card, view, cards?.get(card.approval)))}
    ${actions(thread, view)}`;
  return html`<article class="thread ${thread.kind} tone-${thread.tone}" id="${id}" tabindex="-1" data-thread="${thread.id}" aria-labelledby="${id}-title">
    ${thread.kind === 'quiet' ? html`<details class="fold"><summary class="head">${head}${state}</summary>${body}</details>` : html`<div class="head">${head}${state}</div>${body}`}
    <div class="note" id="${id}-note" role="alert">${note ? html`<p>${visible(note)}</p>` : nothing}</div>
  </article>`;
}

function actions(thread: Thread, view: View): Html {
  if (thread.actions.length === 0) return nothing;
  const id = threadId(thread.id);
  // Each button its own target, so each its own small form: a lead and an item may stand in one thread.
  return html`<div class="actions" role="group" aria-label="What happened?" hx-target:inherited="#${id}" hx-swap:inherited="outerMorph" hx-sync:inherited="#${id}:drop">${thread.actions.map(
    ({ verb, label, target }) => html`
    <form method="post" action="/act">${hiddenCsrf(view)}<input type="hidden" name="verb" value="${verb}"><input type="hidden" name="target" value="${target}"><input type="hidden" name="thread" value="${thread.id}"><fieldset>
      <button formaction="/act" hx-post="/act" hx-disable="closest fieldset" class="${verb === 'retry' ? 'primary' : ''}">${line(label, 60)}</button></fieldset></form>`,
  )}</div>`;
}

/** The answer to "why?": every step, oldest first (I9). */
export function whyPanel(steps: readonly WhyStep[] | null, card: Card, zone: string): Html {
  return html`<div class="panel why"><h4 tabindex="-1">Why?</h4>
    ${
      steps === null || steps.length === 0
        ? html`<p class="hint">Nothing is on record for this yet.</p>`
        : html`<ol class="timeline">${steps.map(
            (step) => html`<li><p class="step"><b dir="auto">${line(step.what, 300)}</b></p>
        <p class="meta"><bdi>${line(step.who, 100)}</bdi> · <time datetime="${step.at}">${exact(step.at, zone)}</time> · commit ${step.commit}</p>
        ${step.details.length === 0 ? nothing : renderParts([{ kind: 'fields', fields: step.details }])}</li>`,
          )}</ol>`
    }
    <div class="buttons"><a class="button" href="/#${domId('card', card.approval)}" data-close>Close</a></div></div>`;
}

import type { Status } from '../intents.ts';
import { assetUrl } from './assets.ts';
import { type Html, html, nothing } from './html.ts';
import { hiddenCsrf, type View } from './render-card.ts';
import { line } from './visible-text.ts';

/** The frame around every page. Pure. */

// What a person has open or typed outlives an update: an open fold stays open, and a panel or a
// note is only replaced by the answer to the person's own click (page.js sets `data-own`).
const HTMX = JSON.stringify({
  history: false,
  includeIndicatorCSS: false,
  extensions: 'sse',
  morphIgnore: ['data-htmx-powered', 'open', 'data-own'],
  morphSkipChildren: '.slot:not(:empty):not([data-own]), .note:not(:empty):not([data-own])',
  sse: { reconnectDelay: 500, reconnectMaxDelay: 5000 },
});

export function document(title: string, body: Html): Html {
  return html`<!doctype html>
<html lang="en"><head>
<meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<meta name="theme-color" media="(prefers-color-scheme: light)" content="#f6f4ef"><meta name="theme-color" media="(prefers-color-scheme: dark)" content="#16171b">
<meta name="htmx-config" content="${HTMX}">
<link rel="icon" href="${assetUrl('mark.svg')}" type="image/svg+xml"><link rel="stylesheet" href="${assetUrl('style.css')}">
<script src="${assetUrl('htmx.js')}" defer></script><script src="${assetUrl('sse.js')}" defer></script><script src="${assetUrl('page.js')}" defer></script><script src="${assetUrl('live.js')}" defer></script>
</head><body>${body}</body></html>`;
}

export interface Shell {
  readonly title: string;
  readonly status: Status;
  readonly view: View;
  readonly main: Html;
  /** Where the stream of news starts; null for a page that stays as it is. */
  readonly position: string | null;
}

export function shell({ title, status, view, main, position }: Shell): Html {
  return document(
    `${title} · ${line(status.company, 60) || 'Countersign'}`,
    html`
<a class="skip" href="#main">Skip to the feed</a>
<header class="top"><a class="brand" href="/"><img src="${assetUrl('mark.svg')}" alt="" width="28" height="28"><span dir="auto">${line(status.company, 60) || 'Countersign'}</span></a>
  <nav aria-label="Page">${status.needsSetup ? nothing : html`<a href="/begin">Add leads</a>`}<form method="post" action="/logout">${hiddenCsrf(view)}<button class="text">Sign out</button></form></nav></header>
<div id="alerts" role="alert"></div>
<div class="columns">${status.needsSetup ? nothing : html`<aside id="status" aria-label="Status">${renderStatus(status, view)}</aside>`}<main id="main" tabindex="-1">${main}</main></div>
<div id="toast" role="status"></div>
${position === null ? nothing : html`<div id="live" data-now="${view.now}" data-stream="/events?since=${position}" hx-swap="none" hidden></div>`}`,
  );
}

const dollars = (micros: number): string => `$${(micros / 1_000_000).toFixed(2)}`;

/** Counts, spend, pause, problems: what the person must know before reading on. */
export function renderStatus(status: Status, view: View): Html {
  const all = status.paused.includes('*');
  const agents = status.paused.filter((name) => name !== '*');
  return html`
  ${status.problems.length === 0 ? nothing : html`<div class="problems" role="group" aria-label="Problems"><p class="title"><span class="glyph" aria-hidden="true">!</span> Needs a look</p><ul>${status.problems.map((problem) => html`<li>${line(problem, 400)}</li>`)}</ul></div>`}
  ${status.practice ? html`<div class="practice"><p><b>Practice mode.</b> Mail stays in <code>data/outbox</code>; nothing leaves. To go live: <code>npx countersign doctor --test-mail YOU</code>, then <code>npx countersign live</code>.</p></div>` : nothing}
  <dl class="counts">
    ${count('Waiting for you', status.waiting, 'waiting')}${count('Behind them', status.behind)}${count('Working', status.running)}${count('Failed', status.failed, 'bad')}
  </dl>
  <div class="spend"><p><span>Spent today</span> <b>${dollars(status.spentTodayMicros)}</b> <span>of ${dollars(status.budgetTodayMicros)}</span></p>
    <progress max="${Math.max(1, status.budgetTodayMicros)}" value="${Math.min(status.spentTodayMicros, Math.max(1, status.budgetTodayMicros))}" aria-label="Spent of today's budget"></progress></div>
  ${status.queueReady ? nothing : html`<p class="hint">Starting up: agents begin in a moment.</p>`}
  <div class="pause">${pauseForm('*', all, 'Pause all', 'Resume all', view)}${all ? html`<p class="hint"><b>Everything is paused:</b> nothing new is started.</p>` : nothing}
    ${agents.map((name) => html`<div class="paused"><span>${line(name, 60)} is paused</span>${pauseForm(name, true, '', 'Resume', view)}</div>`)}</div>`;
}

const count = (label: string, value: number, look = ''): Html => html`<div class="${value > 0 ? look : ''}"><dt>${label}</dt><dd>${value}</dd></div>`;

function pauseForm(agent: string, paused: boolean, pause: string, resume: string, view: View): Html {
  const path = paused ? '/resume' : '/pause';
  return html`<form method="post" action="${path}">${hiddenCsrf(view)}<input type="hidden" name="agent" value="${agent}"><fieldset>
    <button formaction="${path}" hx-post="${path}" hx-target="#status" hx-swap="innerMorph" hx-sync="#status:drop" hx-disable="closest fieldset">${paused ? resume : pause}</button></fieldset></form>`;
}

/** Without a session: how to get one, and nothing else. */
export function signInPage(why: string | null): Html {
  return document(
    'Sign in · Countersign',
    html`<main class="alone"><img src="${assetUrl('mark.svg')}" alt="" width="56" height="56"><h1>Countersign</h1>
    ${why ? html`<p class="why">${why}</p>` : nothing}
    <p>This page opens with a link that works once. To get one, run this where Countersign runs:</p>
    <pre><code>npx countersign login</code></pre><p class="hint">When Countersign starts it prints one, too.</p></main>`,
  );
}

export const messagePage = (title: string, text: string): Html =>
  document(
    `${title} · Countersign`,
    html`<main class="alone"><img src="${assetUrl('mark.svg')}" alt="" width="56" height="56"><h1>${title}</h1><p>${text}</p><p><a class="button" href="/">Back to the feed</a></p></main>`,
  );

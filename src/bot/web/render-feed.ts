import type { Thread } from '../intents.ts';
import { type Html, html, nothing } from './html.ts';
import type { View } from './render-card.ts';
import { renderThread, threadId } from './render-thread.ts';

/** Threads to a page. */
export const PAGE = 20;

/** The feed, newest first. `empty` is shown while there is none; CSS hides it as soon as one arrives. */
export const renderFeed = (threads: readonly Thread[], empty: Html, view: View): Html => html`<h1 class="sr">Feed</h1>
  <button id="fresh" class="fresh" type="button" hidden>Show new</button>
  <div id="feed">${renderThreads(threads, view)}</div>${threads.length === 0 ? html`<div class="empty">${empty}</div>` : nothing}`;

/** A run of threads and, when there may be more, the link that fetches them. */
export function renderThreads(threads: readonly Thread[], view: View): Html {
  const last = threads.length === PAGE ? threads.at(-1) : undefined;
  const href = last ? `/?at=${encodeURIComponent(last.at)}&id=${encodeURIComponent(last.id)}` : '';
  return html`${threads.map((thread) => renderThread(thread, view))}${last ? html`<p class="older"><a class="button" href="${href}" hx-get="${href}" hx-target="closest .older" hx-swap="outerHTML" hx-sync="this:drop">Load older</a></p>` : nothing}`;
}

/** Threads that changed, each to its place; ones that are gone go. Threads new to the reader come on top. */
export const renderNews = (known: ReadonlyMap<string, Thread | null>, fresh: readonly Thread[], view: View): Html =>
  html`${[...known].map(([id, thread]) =>
    thread
      ? html`<hx-partial hx-target="#${threadId(id)}" hx-swap="outerMorph">${renderThread(thread, view)}</hx-partial>`
      : html`<hx-partial hx-target="#${threadId(id)}" hx-swap="delete"></hx-partial>`,
  )}${fresh.length === 0 ? nothing : html`<hx-partial hx-target="#feed" hx-swap="afterbegin">${fresh.map((thread) => renderThread(thread, view))}</hx-partial>`}`;

export const quietFeed: Html = html`<h2>All quiet</h2><p>Nothing needs you. New leads and what became of them will show up here by themselves.</p>`;

// Keeps an open page true. The stream only names what changed; what is shown is fetched, so that
// after sleep or a dropped connection the same way brings everything up to date.
(() => {
  let line = document.getElementById('live');
  const feed = document.getElementById('feed');
  const pill = document.getElementById('fresh');
  if (!line || !feed || !pill) return;

  const AT_ONCE = 50;
  const SILENCE = 40_000; // the server beats every 15 s
  const changed = new Set();
  const fresh = new Set();
  const there = new Set(); // of `fresh`, those known to be threads
  let statusOnly = false;
  let working = false;
  let heard = performance.now();
  let touched = -Infinity;

  const shown = (id) => document.querySelector(`[data-thread="${CSS.escape(id)}"]`);

  document.addEventListener('desk-changed', ({ detail }) => {
    remember(detail.id);
    const { threads, everything } = JSON.parse(detail.data);
    if (everything) for (const thread of document.querySelectorAll('[data-thread]')) changed.add(thread.dataset.thread);
    for (const id of threads) (shown(id) ? changed : fresh).add(id);
    statusOnly = true;
    void flush();
  });
  document.addEventListener('beat', ({ detail }) => remember(detail.id));

  function remember(position) {
    heard = performance.now();
    delete document.body.dataset.offline;
    line.dataset.position = position;
  }

  // Nothing may slide under a pointer that is about to click, or away from somebody who reads or types.
  const calm = () =>
    performance.now() - touched > 1500 &&
    feed.getBoundingClientRect().top > -40 &&
    !document.activeElement?.matches('#feed input, #feed textarea, #feed select');
  for (const type of ['pointermove', 'pointerdown', 'keydown']) {
    document.addEventListener(
      type,
      ({ target }) => {
        if (target instanceof Element && target.closest('.thread')) touched = performance.now();
      },
      { passive: true },
    );
  }

  const take = (ids) => {
    const some = [...ids].slice(0, AT_ONCE);
    for (const id of some) {
      ids.delete(id);
      there.delete(id);
    }
    return some;
  };

  let timer;
  function again(after) {
    clearTimeout(timer);
    timer = setTimeout(flush, after);
  }

  async function flush(force = false) {
    if (working) return;
    working = true;
    try {
      for (;;) {
        const insert = fresh.size > 0 && (force || calm());
        if (changed.size === 0 && !statusOnly && !insert) break;
        for (const id of fresh)
          if (shown(id)) {
            fresh.delete(id);
            changed.add(id);
          }
        const old = take(changed);
        const young = insert ? take(fresh) : [];
        statusOnly = false;
        if (!(await show(old, young))) {
          for (const id of old) changed.add(id);
          for (const id of young) fresh.add(id);
          statusOnly = true;
          again(5000);
          break;
        }
      }
    } finally {
      working = false;
    }
    if (fresh.size > 0) await keepWhatIsThere();
    pill.hidden = fresh.size === 0;
    pill.textContent = `${fresh.size} new: show`;
    if (fresh.size > 0) again(1600);
  }

  // Not every change has a thread to show; those that have none must not be counted.
  async function keepWhatIsThere() {
    const asked = [...fresh].filter((id) => !there.has(id)).slice(0, AT_ONCE);
    if (asked.length === 0) return;
    try {
      const response = await fetch(`/threads/there?${new URLSearchParams(asked.map((id) => ['id', id]))}`);
      const found = new Set(await response.json());
      for (const id of asked) {
        if (found.has(id)) there.add(id);
        else fresh.delete(id);
      }
    } catch {
      // Asked again with the next change.
    }
  }

  async function show(known, young) {
    const query = new URLSearchParams([...known.map((id) => ['known', id]), ...young.map((id) => ['fresh', id])]);
    try {
      const response = await fetch(`/threads?${query}`, { headers: { 'HX-Request': 'true' } });
      if (!response.ok && response.status !== 401) return false;
      await htmx.swap({ sourceElement: feed, target: feed, swap: 'none', text: await response.text() });
      return true;
    } catch {
      return false;
    }
  }

  pill.addEventListener('click', async () => {
    pill.hidden = true;
    await flush(true);
    scrollTo({ top: 0 });
    feed.querySelector('.thread')?.focus({ preventScroll: true });
  });

  // Opened here and not by markup: htmx would open it before its extension or these listeners are there, and what came then was lost.
  addEventListener('DOMContentLoaded', reconnect, { once: true });

  // A stream can be dead without anybody saying so. A new element is a new stream from the last position.
  function reconnect() {
    heard = performance.now();
    const next = line.cloneNode();
    next.removeAttribute('data-htmx-powered');
    next.setAttribute('hx-sse:connect', line.dataset.position ? `/events?since=${encodeURIComponent(line.dataset.position)}` : line.dataset.stream);
    line.replaceWith(next);
    line = next;
    htmx.process(next);
  }
  setInterval(() => {
    if (!document.hidden && performance.now() - heard > SILENCE) reconnect();
  }, 5000);
  addEventListener('online', reconnect);
  addEventListener('pageshow', ({ persisted }) => persisted && reconnect());

  document.addEventListener('htmx:sse:error', ({ detail }) => {
    if (detail.status === 401) location.reload();
    else document.body.dataset.offline = '';
  });
  document.addEventListener('htmx:sse:after:connection', () => {
    heard = performance.now();
    delete document.body.dataset.offline;
  });
})();

// What markup alone cannot do: countdowns, fresh times, folds, focus. Everything works without it.
(() => {
  const all = (selector, root = document) => root.querySelectorAll(selector);

  // --- the answer to the person's own click may replace what is otherwise left alone (see morphSkipChildren)
  const posted = (ctx) => ctx?.request?.method === 'POST';
  document.addEventListener('htmx:before:swap', ({ detail: { ctx, tasks } }) => {
    if (!posted(ctx)) return;
    const target = tasks.find(({ type }) => type === 'main')?.target;
    if (target?.matches?.('.card, .thread')) for (const part of all(':scope > .slot, :scope > .note', target)) part.dataset.own = '';
  });
  document.addEventListener('htmx:after:swap', ({ detail: { ctx } }) => {
    for (const part of all('[data-own]')) delete part.dataset.own;
    refresh();
    const target = ctx?.target?.id && document.getElementById(ctx.target.id);
    if (!target) return;
    if (target.matches('.slot')) {
      target.opener = ctx.sourceElement;
      target.querySelector('h4')?.focus();
    } else if (posted(ctx)) {
      // A button that is gone took the focus along.
      const wrong = target.querySelector('[aria-invalid]');
      if (wrong) wrong.focus();
      else if (document.activeElement === document.body || document.activeElement === null) target.focus({ preventScroll: true });
    }
  });
  document.addEventListener('htmx:before:request', ({ detail: { ctx } }) => {
    if (posted(ctx)) for (const id of ['alerts', 'toast']) document.getElementById(id)?.replaceChildren();
  });
  document.addEventListener('htmx:error', ({ detail: { ctx } }) => {
    if (!posted(ctx) || ctx.response) return;
    const text = document.createElement('p');
    text.textContent = 'No answer from Countersign. When the connection is back, the card shows whether your click counted.';
    document.getElementById('alerts')?.replaceChildren(text);
  });

  // --- panels
  document.addEventListener('click', (event) => {
    const close = event.target.closest?.('[data-close]');
    const slot = close?.closest('.slot');
    if (!slot?.closest('#feed')) return;
    event.preventDefault();
    const back = slot.opener?.isConnected && slot.opener.checkVisibility() ? slot.opener : slot.closest('.card');
    slot.replaceChildren();
    back.focus();
  });

  // --- menus
  const closeMenus = (except) => {
    for (const menu of all('details.menu[open]')) if (menu !== except) menu.open = false;
  };
  document.addEventListener('click', ({ target }) => closeMenus(target.closest?.('.sheet') ? null : target.closest?.('details.menu')));
  document.addEventListener('keydown', ({ key }) => {
    const open = key === 'Escape' && document.querySelector('details.menu[open]');
    if (!open) return;
    open.open = false;
    open.querySelector('summary').focus();
  });

  // --- how many are selected
  function countSelected(form) {
    const button = form.querySelector('[data-count]');
    if (!button) return;
    const count = all('input[name=item]:checked', form).length;
    button.textContent = `Approve ${count} selected`;
    button.disabled = count === 0;
  }
  document.addEventListener('change', ({ target }) => target.form?.matches('.decide') && countSelected(target.form));

  // --- time
  const drift = () => Number(document.getElementById('live')?.dataset.now ?? Date.now()) - loadedAt;
  const loadedAt = Date.now();
  const span = (ms) =>
    ms < 3_600_000
      ? `${Math.max(1, Math.round(ms / 60_000))} min`
      : ms < 129_600_000
        ? `${Math.round(ms / 3_600_000)} h`
        : `${Math.round(ms / 86_400_000)} days`;
  function relative(at, now) {
    const distance = at - now;
    if (Math.abs(distance) < 30_000) return distance > 0 ? 'in a moment' : 'just now';
    return distance > 0 ? `in ${span(distance)}` : `${span(-distance)} ago`;
  }
  function freshTimes() {
    const now = Date.now() + drift();
    for (const time of all('time[data-relative]')) {
      const at = Date.parse(time.dateTime);
      const text = relative(at, now);
      if (time.textContent !== text) time.textContent = text;
      time.title = new Date(at).toLocaleString(undefined, { dateStyle: 'full', timeStyle: 'short' });
    }
  }
  const ends = new WeakMap();
  function countDown() {
    for (const line of all('[data-left]')) {
      const left = line.dataset.left;
      if (ends.get(line)?.left !== left) ends.set(line, { left, end: performance.now() + Number(left) });
      const seconds = Math.ceil((ends.get(line).end - performance.now()) / 1000);
      const number = line.querySelector('.seconds');
      if (number && seconds > 0) number.textContent = seconds;
      if (number && seconds <= 0) {
        line.textContent = line.dataset.over;
        const button = line.parentElement.querySelector('button');
        if (button) button.disabled = true;
      }
    }
  }

  function refresh() {
    freshTimes();
    countDown();
    for (const form of all('form.decide')) countSelected(form);
    for (const form of all('.slot > form[data-version]')) {
      const hint = form.querySelector('.meanwhile');
      if (hint) hint.hidden = form.dataset.version === form.parentElement.dataset.version;
    }
  }
  setInterval(freshTimes, 30_000);
  setInterval(countDown, 250);
  refresh();

  // --- plain forms
  for (const input of all('[data-zone]')) input.value = Intl.DateTimeFormat().resolvedOptions().timeZone || input.value;
  for (const form of all('form:not([hx-post])')) {
    form.addEventListener('submit', (event) => {
      if (event.defaultPrevented) return;
      if (form.ariaBusy === 'true') event.preventDefault();
      form.ariaBusy = 'true';
    });
  }
  addEventListener('pageshow', () => {
    for (const form of all('form[aria-busy]')) form.ariaBusy = null;
  });
})();

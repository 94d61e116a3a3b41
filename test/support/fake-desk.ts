import type { Card, FormField, FormProblem } from '../../src/bot/card.ts';
import type { Answer, Desk, ImportReport, SetupAnswers, Shown, Status, Thread } from '../../src/bot/intents.ts';
import { HOSTILE, sampleThreads } from './fake-cards.ts';

export interface FakeDesk extends Desk {
  /** Every call that changes something: name and arguments, without the person. */
  readonly calls: { readonly name: string; readonly args: readonly unknown[] }[];
  /** Puts a thread in, or in the place of the one with its id, and tells the listeners. */
  put(thread: Thread): void;
  /** Replaces one card, wherever it is, and tells the listeners. */
  putCard(card: Card): void;
  remove(id: string): void;
  set(status: Partial<Status>): void;
  /** The next answer of `decide`, `edit`, `act` … whatever they would have said. */
  answerNext(answer: Answer): void;
  listeners(): number;
}

/** A desk in memory, for tests of a surface and for looking at it. `now` in ms since 1970. */
export function createFakeDesk(now: () => number, threads: readonly Thread[] = sampleThreads(now())): FakeDesk {
  const feed = new Map(threads.map((thread) => [thread.id, thread]));
  const listeners = new Set<(ids: readonly string[]) => void>();
  const calls: { name: string; args: readonly unknown[] }[] = [];
  let planned: Answer | null = null;
  let status: Status = {
    company: 'Lindt Studio',
    practice: true,
    waiting: 4,
    behind: 12,
    running: 2,
    failed: 2,
    leads: 42,
    spentTodayMicros: 430_000,
    budgetTodayMicros: 2_000_000,
    paused: [],
    queueReady: true,
    problems: [],
    needsSetup: false,
  };

  const tell = (...ids: string[]): void => {
    for (const listener of listeners) listener(ids);
  };
  const home = (approval: string): Thread | undefined => [...feed.values()].find(({ cards }) => cards.some((card) => card.approval === approval));
  const find = (approval: string): Card | null => home(approval)?.cards.find((card) => card.approval === approval) ?? null;
  const iso = (ms = now()): string => new Date(ms).toISOString();

  function putCard(card: Card): void {
    const thread = home(card.approval);
    if (!thread) throw new Error(`There is no thread with the card ${card.approval}.`);
    feed.set(thread.id, { ...thread, cards: thread.cards.map((old) => (old.approval === card.approval ? card : old)) });
    tell(thread.id);
  }

  /** Notes the call and answers as planned, or as a real desk would where the card cannot be decided. */
  function click(name: string, args: readonly unknown[], approval: string, states: readonly Card['state'][], act: (card: Card) => Answer): Answer {
    calls.push({ name, args });
    const early = planned;
    planned = null;
    if (early) return early;
    const card = find(approval);
    if (!card) return { ok: false, code: 'not-found', message: `There is no card ${approval}.`, card: null };
    if (states.includes(card.state)) return act(card);
    if (card.state === 'expired') return { ok: false, code: 'expired', message: 'This expired; nothing was done.', card };
    return {
      ok: false,
      code: 'already-decided',
      message: `Already ${card.decision?.verdict ?? 'closed'} by ${card.decision?.by ?? 'nobody'} at ${card.decision?.at ?? 'an unknown time'}.`,
      card,
    };
  }
  const done = (message: string, card: Card | null): Answer => ({ ok: true, message, card });

  function decided(card: Card, verdict: string, shown: readonly Shown[], reason: string): Answer {
    const stale = shown.find((one) => !card.items.some((item) => item.item === one.item && item.hash === one.hash && item.revision === one.revision));
    if (stale) return { ok: false, code: 'changed', message: 'This changed meanwhile; look at it again.', card };
    const items = card.items.map((item) => (shown.some((one) => one.item === item.item) ? { ...item, state: verdict } : item));
    const open = items.some(({ state }) => state === 'waiting');
    const next: Card = open
      ? { ...card, items }
      : {
          ...card,
          items,
          state: verdict === 'rejected' ? 'decided' : 'held',
          heldUntil: verdict === 'rejected' ? null : iso(now() + 10_000),
          decision: { by: 'owner', at: iso(), verdict, reason },
        };
    putCard(next);
    return done(`${shown.length} ${verdict}.`, next);
  }

  return {
    calls,
    put(thread) {
      feed.set(thread.id, thread);
      tell(thread.id);
    },
    putCard,
    remove(id) {
      feed.delete(id);
      tell(id);
    },
    set(change) {
      status = { ...status, ...change };
      tell('status');
    },
    answerNext(answer) {
      planned = answer;
    },
    listeners: () => listeners.size,

    status: async () => status,
    feed: async ({ limit, before }) => {
      const newest = [...feed.values()].sort((a, b) => (a.at === b.at ? (a.id < b.id ? 1 : -1) : a.at < b.at ? 1 : -1));
      return newest.filter(({ at, id }) => !before || at < before.at || (at === before.at && id < before.id)).slice(0, limit);
    },
    thread: async (id) => feed.get(id) ?? null,
    approvals: async () => [...feed.values()].flatMap(({ cards }) => cards).filter(({ state }) => state === 'waiting'),
    card: async (approval) => find(approval),
    decide: async (_who, approval, verdict, shown, reason = '') =>
      click('decide', [approval, verdict, shown, reason], approval, ['waiting', 'snoozed'], (card) =>
        decided(card, verdict === 'approve' ? 'approved' : 'rejected', shown, reason),
      ),
    form: async (approval, id) => (find(approval)?.items.some(({ item }) => item === id) ? FIELDS : null),
    edit: async (_who, approval, shown, values) =>
      click('edit', [approval, shown, values], approval, ['waiting', 'snoozed'], (card) => {
        const problems: FormProblem[] = FIELDS.filter(({ name, required }) => required && String(values[name] ?? '').trim() === '').map(({ name }) => ({
          field: name,
          problem: 'Please fill this in.',
        }));
        if (problems.length > 0) return { ok: false, code: 'invalid', message: 'Something is missing.', card, problems };
        return decided(card, 'edited and approved', [shown], '');
      }),
    snooze: async (_who, approval, until) =>
      click('snooze', [approval, until], approval, ['waiting', 'snoozed'], (card) => {
        const next: Card = { ...card, state: 'snoozed', snoozedUntil: until };
        putCard(next);
        return done('Snoozed.', next);
      }),
    takeBack: async (_who, approval) =>
      click('takeBack', [approval], approval, ['held'], (card) => {
        const next: Card = { ...card, state: 'waiting', heldUntil: null, decision: null, items: card.items.map((item) => ({ ...item, state: 'waiting' })) };
        putCard(next);
        return done('Taken back.', next);
      }),
    async act(_who, verb, target) {
      calls.push({ name: 'act', args: [verb, target] });
      const early = planned;
      planned = null;
      if (early) return early;
      const thread = [...feed.values()].find(({ actions }) => actions.some((action) => action.target === target));
      if (!thread) return { ok: false, code: 'not-found', message: `Nothing has the id ${target}.`, card: null };
      this.put({ ...thread, actions: [], state: verb, tone: 'neutral' });
      return done(`Noted: ${verb}.`, null);
    },
    why: async (id) => (find(id) ? WHY : null),
    async pause(_who, agent) {
      calls.push({ name: 'pause', args: [agent] });
      this.set({ paused: [...status.paused, agent] });
      return done('Paused.', null);
    },
    async resume(_who, agent) {
      calls.push({ name: 'resume', args: [agent] });
      this.set({ paused: status.paused.filter((name) => name !== agent) });
      return done('Running again.', null);
    },
    async importLeads(_who, fileName, csv) {
      calls.push({ name: 'importLeads', args: [fileName, new TextDecoder().decode(csv)] });
      return REPORT;
    },
    async setUp(_who, answers: SetupAnswers) {
      calls.push({ name: 'setUp', args: [answers] });
      if (!answers.senderEmail.includes('@'))
        return {
          ok: false,
          code: 'invalid',
          message: 'Look at the address.',
          card: null,
          problems: [{ field: 'senderEmail', problem: 'An e-mail address was expected.' }],
        };
      this.set({ needsSetup: false, company: answers.company });
      return done('Welcome.', null);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

const field = (name: string, label: string, type: FormField['type'], value: string, more: Partial<FormField> = {}): FormField => ({
  name,
  label,
  type,
  value,
  required: true,
  maxLength: null,
  choices: [],
  ...more,
});

const FIELDS: readonly FormField[] = [
  field('to', 'To', 'text', 'jonas@reiterhof-berg.example', { maxLength: 254 }),
  field('subject', 'Subject', 'text', 'Re: Online booking', { maxLength: 200 }),
  field('text', 'Text', 'multiline', 'Hi Jonas,\n\nthank you for writing.'),
  field('tone', 'Tone', 'choice', 'warm', { choices: ['warm', 'plain'] }),
  field('amount', 'Amount', 'number', '', { required: false }),
  field('sendAt', 'Send at', 'date-time', '2026-11-25T08:00:00.000Z', { required: false }),
];

const WHY = [
  {
    at: '2026-11-24T11:56:00.000Z',
    commit: 41,
    what: 'Form “contact” was sent',
    who: 'form:contact',
    details: [{ label: 'From', value: 'jonas@reiterhof-berg.example' }],
  },
  {
    at: '2026-11-24T11:56:01.000Z',
    commit: 42,
    what: 'lead-qualification proposed a reply',
    who: 'agent:lead-qualification@1',
    details: [
      { label: 'Model', value: 'heuristic' },
      { label: 'Prompt', value: 'sha256 9f2c…' },
      { label: 'Hostile', value: HOSTILE },
    ],
  },
  { at: '2026-11-24T11:56:01.100Z', commit: 43, what: 'Policy asks: first contact', who: 'system:policy', details: [] },
];

const REPORT: ImportReport = {
  created: 12,
  repeated: 3,
  rejectedCount: 2,
  rejected: [
    { line: 4, why: 'no e-mail address' },
    { line: 9, why: `not an address: ${HOSTILE}` },
  ],
  columns: [
    { header: 'E-Mail', field: 'email' },
    { header: 'Vorname', field: 'name' },
    { header: '<b>Fax</b>', field: null },
  ],
};

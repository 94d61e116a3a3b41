import { type Decided, decide, edit, snooze, takeBack } from '../../orchestrator/decisions.ts';
import { editForm, parseForm } from '../../orchestrator/effects/edit-form.ts';
import { waitingApprovals } from '../../orchestrator/inbox.ts';
import { type Kernel, loadTask, retryConflicts } from '../../orchestrator/kernel.ts';
import { findItem } from '../../orchestrator/task.ts';
import type { SetUp } from '../../settings/write-settings.ts';
import { newEvent } from '../../store/events/index.ts';
import { evolveControl, NO_CONTROL } from '../../store/projections/control.ts';
import type { ApprovalView } from '../../store/projections/views.ts';
import type { Answer, Desk, ImportReport, Person } from '../intents.ts';
import { actOn } from './acts.ts';
import { cardOf, loadCard } from './cards.ts';
import { answerer } from './people.ts';
import { loadStatus, type StatusParts } from './status.ts';
import { loadFeed, loadThread } from './threads.ts';
import { explain } from './why.ts';

export interface DeskParts {
  readonly kernel: Kernel;
  readonly status: StatusParts;
  readonly importLeads: (kernel: Kernel, actor: string, fileName: string, csv: Uint8Array) => Promise<ImportReport>;
  readonly setUp: SetUp;
}

/** What every surface and the CLI talk to. Each method records first and answers then. */
export function createDesk({ kernel, status, importLeads, setUp }: DeskParts): Desk {
  /** The documents must show what was just decided, so that the answer's card does. */
  const settled = async () => kernel.projector.reached(await kernel.journal.head());
  const who = (person: Person) => answerer(person, kernel.settings());

  const answerOf = async (approval: string, decided: Decided, message: (done: Extract<Decided, { decided: true }>) => string): Promise<Answer> => {
    await settled();
    const card = await loadCard(kernel, approval);
    return decided.decided
      ? { ok: true, message: decided.vote ?? message(decided), card }
      : { ok: false, code: decided.refusal.code, message: decided.refusal.why, card };
  };

  return {
    status: () => loadStatus(kernel, status),
    feed: (options) => loadFeed(kernel, options),
    thread: (id) => loadThread(kernel, id),
    approvals: async () => {
      const now = kernel.clock.now();
      const awake = (await waitingApprovals(kernel)).filter(({ snoozedUntil }) => snoozedUntil === null || new Date(snoozedUntil).getTime() <= now);
      return Promise.all(awake.map((approval) => cardOf(kernel, approval)));
    },
    card: (approval) => loadCard(kernel, approval),

    async decide(person, approval, verdict, shown, reason = '') {
      const decided = await decide(kernel, who(person), approval, verdict, shown, reason.trim().slice(0, 500));
      return answerOf(approval, decided, ({ approved, rejected, returned }) => {
        const rest = returned > 0 ? ` ${returned} not included; asked again on a new card.` : '';
        return approved > 0 ? `Approved.${rest}` : rejected > 0 ? `Rejected.${rest}` : `Recorded.${rest}`;
      });
    },

    async form(approval, itemId) {
      const card = await loadCard(kernel, approval);
      const bound = card?.items.find(({ item }) => item === itemId);
      const task = bound === undefined ? null : await loadTask(kernel, bound.task);
      const record = task === null ? undefined : findItem(task, itemId);
      return record === undefined ? null : editForm(kernel.actions.get(record.item.action), record.item.request);
    },

    async edit(person, approval, shown, values) {
      const card = await loadCard(kernel, approval);
      const bound = card?.items.find(({ item }) => item === shown.item);
      const task = bound === undefined ? null : await loadTask(kernel, bound.task);
      const record = task === null ? undefined : findItem(task, shown.item);
      if (record === undefined) return { ok: false, code: 'not-found', message: `There is no item ${shown.item} on this card.`, card };
      const parsed = parseForm(kernel.actions.get(record.item.action), record.item.request, values);
      if (!parsed.ok) return { ok: false, code: 'invalid', message: 'Please correct what is marked.', card, problems: parsed.problems };
      const decided = await edit(kernel, who(person), approval, shown, parsed.request);
      return answerOf(approval, decided, ({ approved }) => (approved > 0 ? 'Saved and approved.' : 'Saved. Somebody else must approve this now.'));
    },

    async snooze(person, approval, until) {
      const at = new Date(until).getTime();
      if (!Number.isFinite(at) || at <= kernel.clock.now())
        return {
          ok: false,
          code: 'invalid',
          message: `A time in the future was expected, such as ${new Date(kernel.clock.now() + 3_600_000).toISOString()}; ${until} came.`,
          card: await loadCard(kernel, approval),
        };
      return answerOf(approval, await snooze(kernel, who(person), approval, at), () => `Snoozed until ${until}.`);
    },

    async takeBack(person, approval) {
      return answerOf(approval, await takeBack(kernel, who(person), approval), () => 'Taken back. Nothing was sent; it is asked again on a new card.');
    },

    async act(person, verb, target, note = '') {
      const answer = await actOn(kernel, who(person), verb, target, note);
      await settled();
      return answer;
    },

    why: (id) => explain(kernel, id),

    pause: (person, agent) => setPaused(person, agent, true),
    resume: (person, agent) => setPaused(person, agent, false),

    async importLeads(person, fileName, csv) {
      const report = await importLeads(kernel, who(person).actor, fileName, csv);
      await settled();
      return report;
    },

    async setUp(person, answers) {
      if (who(person).person !== 'owner') return { ok: false, code: 'not-allowed', message: 'Only the owner can do this.', card: null };
      const written = await setUp(answers);
      return written.ok
        ? { ok: true, message: 'Saved.', card: null }
        : { ok: false, code: 'invalid', message: 'Please correct what is marked.', card: null, problems: written.problems };
    },

    onChange(listener) {
      let stopped = false;
      const tell = (threads: readonly string[]) => {
        if (threads.length > 0 && !stopped) listener(threads);
      };
      const unlisten = kernel.projector.onApplied((commits) => {
        const threads = new Set<string>();
        const approvals = new Set<string>();
        for (const event of commits.flatMap(({ events }) => events)) {
          const [kind, id = ''] = event.stream.split(':');
          if (kind === 'task') threads.add(event.stream);
          else if (kind === 'approval') approvals.add(id);
          else if (kind === 'control' || kind === 'import') threads.add('status');
          if (event.type === 'TaskProposed' && event.data.quiet) threads.add(`quiet:${event.at.slice(0, 10)}`);
          if (event.type === 'DocumentChanged') threads.add('status');
        }
        tell([...threads]);
        if (approvals.size > 0) threadsOf([...approvals]).then(tell, (error) => kernel.report.error('What changed could not be told', error));
      });
      return () => {
        stopped = true;
        unlisten();
      };
    },
  };

  /** Where a question is shown: a snoozed or expired one changes a thread whose task did not. */
  async function threadsOf(approvals: readonly string[]): Promise<string[]> {
    const found = await kernel.documents.getMany('approval', approvals);
    // Written by the fold of exactly this view.
    const views = found.map(({ data }) => data as unknown as ApprovalView);
    return [...new Set(views.flatMap(({ id, batch, items }) => (batch ? [`batch:${id}`] : items.map(({ task }) => `task:${task}`))))];
  }

  async function setPaused(person: Person, agent: string, pause: boolean): Promise<Answer> {
    const by = who(person);
    const known = kernel.agents.list().map(({ name }) => name);
    if (by.person === null) return { ok: false, code: 'not-allowed', message: 'Only somebody who may approve can pause agents.', card: null };
    if (agent !== '*' && !known.includes(agent))
      return { ok: false, code: 'not-found', message: `There is no agent ${agent}. Known ones: ${known.join(', ')}.`, card: null };
    return retryConflicts(async () => {
      const { paused, version } = (await kernel.journal.readStream('control')).reduce(evolveControl, NO_CONTROL);
      const name = agent === '*' ? 'All agents' : agent;
      if (pause === (paused[agent] !== undefined))
        return { ok: true, message: `${name} ${agent === '*' ? 'are' : 'is'} ${pause ? 'paused' : 'working'} already.`, card: null };
      const envelope = { actor: by.actor, source: by.source, cause: null, correlation: `control@${version + 1}`, subject: null };
      await kernel.journal.append(
        [pause ? newEvent('control', 'AgentPaused', { agent, reason: `by ${by.person}` }, envelope) : newEvent('control', 'AgentResumed', { agent }, envelope)],
        { control: version },
      );
      await settled();
      const still = !pause && agent !== '*' && paused['*'] !== undefined ? ' as soon as all agents are: everything is paused' : '';
      return {
        ok: true,
        message: `${name} ${agent === '*' ? 'are' : 'is'} ${pause ? 'paused: nothing new is started' : `working again${still}`}.`,
        card: null,
      };
    });
  }
}

import { type Contact, recordContact } from '../../orchestrator/contact.ts';
import type { Answerer } from '../../orchestrator/decisions.ts';
import { about, type Kernel, loadTask, retryConflicts } from '../../orchestrator/kernel.ts';
import { findItem, isOpen, type TaskState } from '../../orchestrator/task.ts';
import { type NewEvent, newEvent } from '../../store/events/index.ts';
import type { Answer } from '../intents.ts';

const CONTACTS: readonly string[] = ['replied', 'bounced', 'opted-out', 'won', 'lost'] satisfies readonly Contact[];
const isContact = (verb: string): verb is Contact => CONTACTS.includes(verb);

const ok = (message: string): Answer => ({ ok: true, message, card: null });
const no = (code: Extract<Answer, { ok: false }>['code'], message: string): Answer => ({ ok: false, code, message, card: null });

/** What a person can do to a task, an item or a lead, beside deciding. */
export async function actOn(kernel: Kernel, who: Answerer, verb: string, target: string, note: string): Promise<Answer> {
  if (who.person === null) return no('not-allowed', 'Only somebody who may approve can do this.');
  if (isContact(verb)) {
    const ref = target.includes(':') ? target : `lead:${target}`;
    if ((await kernel.documents.get('lead', ref.slice('lead:'.length))) === null) return no('not-found', `There is no lead ${target}.`);
    const changed = await recordContact(kernel, ref, verb, { actor: who.actor, source: who.source });
    return ok(changed ? 'Recorded. Follow-ups that waited for this are cancelled.' : 'That was recorded before.');
  }
  return retryConflicts(async () => {
    const task = await loadTask(kernel, target.replace(/^task:/, '').replace(/\.\d+$/, ''));
    if (task === null) return no('not-found', `There is no task ${target}.`);
    const by = about(task, who.actor, who.source);
    const planned = plan(task, verb, target, note, by);
    if ('refused' in planned) return planned.refused;
    await kernel.journal.append([planned.event], { [`task:${task.id}`]: task.version });
    return ok(planned.message);
  });
}

type Planned = { readonly event: NewEvent; readonly message: string } | { readonly refused: Answer };

function plan(task: TaskState, verb: string, target: string, note: string, by: ReturnType<typeof about>): Planned {
  const stream = `task:${task.id}`;
  const reason = note.trim().slice(0, 500) || `by ${by.actor}`;
  const failed = task.status === 'failed' || task.status === 'quarantined' || task.items.some((record) => record.status === 'failed');
  switch (verb) {
    case 'retry':
      return failed
        ? { event: newEvent(stream, 'TaskRetried', { reason }, by), message: 'It is tried again.' }
        : { refused: no('changed', `Only failed work can be tried again; task ${task.id} is ${task.status}.`) };
    case 'discard':
      return failed || isOpen(task)
        ? { event: newEvent(stream, 'TaskDiscarded', { reason }, by), message: 'Discarded.' }
        : { refused: no('changed', `Task ${task.id} is ${task.status}; there is nothing to discard.`) };
    case 'cancel':
      return isOpen(task)
        ? { event: newEvent(stream, 'TaskCancelled', { reason }, by), message: 'Cancelled. What has left already is not taken back.' }
        : { refused: no('changed', `Task ${task.id} is ${task.status}; there is nothing to cancel.`) };
    case 'happened':
    case 'did-not-happen': {
      const record = findItem(task, target);
      if (record === undefined) return { refused: no('not-found', `There is no item ${target}. Give the item's id, such as ${task.id}.1.`) };
      if (record.status !== 'unknown') return { refused: no('changed', `Whether ${target} happened is known.`) };
      const happened = verb === 'happened';
      return {
        event: newEvent(stream, 'EffectResolved', { item: target, revision: record.item.revision, happened }, by),
        message: happened ? 'Recorded as done.' : 'It is asked again.',
      };
    }
    default:
      return { refused: no('invalid', `retry, discard, cancel, happened, did-not-happen, ${CONTACTS.join(', ')} were expected; ${verb} came.`) };
  }
}

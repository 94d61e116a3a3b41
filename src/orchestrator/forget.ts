import { canonicalAddress } from '../agents/leads/address.ts';
import { instant } from '../ports.ts';
import type { Document, DocumentStore } from '../store/documents.ts';
import { ENTITIES } from '../store/entities.ts';
import { newEvent } from '../store/events/index.ts';
import type { KeyStore } from '../store/log.ts';
import type { EntityState } from '../store/projections/entity.ts';
import type { TaskView } from '../store/projections/views.ts';
import { suppress } from './contact.ts';
import { about, type Kernel, loadTask, retryConflicts } from './kernel.ts';
import { isOpen } from './task.ts';

export interface ForgetParts {
  readonly kernel: Kernel;
  readonly keys: KeyStore;
  /** Nothing that was deleted stays in the files. */
  readonly scrub: () => Promise<void>;
  /** A mail of theirs in the outbox, by the name of its file. */
  readonly removeMail: (file: string) => Promise<void>;
}

/** Everything known of one person. */
export interface KnownPerson {
  /** One address may stand for several: as it was written, and as mail to it goes. */
  readonly persons: readonly string[];
  readonly addresses: readonly string[];
  /** `lead:ID`, `customer:ID` … */
  readonly documents: readonly string[];
  readonly tasks: readonly string[];
  /** Files in the outbox. */
  readonly mails: readonly string[];
  readonly blobs: readonly string[];
  /** False: their key is destroyed, and that is on record. */
  readonly remembered: boolean;
}

/**
 * @param typed an e-mail address, a lead (`lead:ID` or `ID`), or a person's id
 * @returns null when nobody like that is known
 */
export async function findPerson({ kernel, keys }: Pick<ForgetParts, 'kernel' | 'keys'>, typed: string): Promise<KnownPerson | null> {
  const persons = await personsOf(kernel, typed.trim());
  const known = await keys.getMany(persons);
  const found = await Promise.all(persons.map((person) => everythingOf(kernel, person)));
  const own = <T>(pick: (one: (typeof found)[number]) => readonly T[]): T[] => [...new Set(found.flatMap(pick))];
  const documents = own((one) => one.documents);
  const tasks = own((one) => one.tasks);
  if (known.size === 0 && documents.length === 0 && tasks.length === 0) return null;
  const onRecord = await Promise.all(persons.map(async (person) => (await kernel.journal.readStream(`person:${person}`)).length > 0));
  const typedAddress = typed.includes('@') ? [typed.trim().toLowerCase()] : [];
  return {
    persons: persons.filter((person, index) => known.has(person) || (found[index]?.documents.length ?? 0) > 0 || (found[index]?.tasks.length ?? 0) > 0),
    addresses: [...new Set([...typedAddress, ...own((one) => one.addresses)])],
    documents,
    tasks,
    mails: own((one) => one.mails),
    blobs: own((one) => one.blobs),
    remembered: known.size > 0 || !onRecord.includes(true),
  };
}

/**
 * Forgets a person: open work is cancelled, the address is not written to again until they write
 * to us, and their key is gone before that is on record, so a crash in between leaves nothing
 * readable and the same call finishes it. The hashes of the log cover the ciphertext: `verify`
 * goes on passing.
 */
export async function forgetPerson(
  { kernel, keys, scrub, removeMail }: ForgetParts,
  known: KnownPerson,
  by: { readonly actor: string; readonly source: string },
): Promise<{ readonly cancelled: number }> {
  let cancelled = 0;
  for (const id of known.tasks) if (await cancel(kernel, id, by)) cancelled += 1;
  const [first] = known.persons;
  if (first === undefined) return { cancelled };
  for (const address of known.addresses) await suppress(kernel, address, 'forgotten', first, by);
  for (const file of known.mails) await removeMail(file);
  for (const blob of known.blobs) await kernel.blobs.delete(blob);

  for (const person of known.persons) await keys.destroy(person);
  const forgotten = known.persons.map((person) =>
    newEvent(
      `person:${person}`,
      'PersonForgotten',
      { person, at: instant(kernel.clock.now()) },
      { ...by, cause: null, correlation: `person:${person}`, subject: null },
    ),
  );
  const { commit } = await kernel.journal.append(forgotten);
  await kernel.projector.reached(commit);
  await scrub();
  return { cancelled };
}

async function personsOf(kernel: Kernel, typed: string): Promise<string[]> {
  const { documents, pseudonym } = kernel;
  const address = typed.toLowerCase();
  const leads = typed.includes('@')
    ? await documents.find('lead', { where: { 'fields.email': address } })
    : [await documents.get('lead', typed.replace(/^lead:/, ''))].filter((lead) => lead !== null);
  const joined = await withDuplicates(documents, leads);
  const written = joined.flatMap(({ data }) => (typeof data['person'] === 'string' ? [data['person']] : []));
  if (typed.includes('@')) return [...new Set([...written, pseudonym(`person ${canonicalAddress(address)}`), pseudonym(`person ${address}`)])];
  return written.length > 0 ? [...new Set(written)] : [typed];
}

/** With the leads and customers that were found to be the same person, whatever address they came with. */
async function withDuplicates(documents: DocumentStore, known: readonly Document[]): Promise<readonly Document[]> {
  const refs = known.map(({ collection, id }) => `${collection}:${id}`);
  const originals = known.flatMap(({ data }) => {
    // Written by the fold of exactly this state.
    const ref = (data as unknown as EntityState).fields['duplicateOf'];
    return typeof ref === 'string' ? [ref] : [];
  });
  const siblings = await documents.find('lead', { where: { 'fields.duplicateOf': { in: [...refs, ...originals] } } });
  const first = await Promise.all(originals.map((ref) => documents.get(ref.slice(0, ref.indexOf(':')), ref.slice(ref.indexOf(':') + 1))));
  const found = new Map([...siblings, ...first.filter((document) => document !== null)].map((document) => [`${document.collection}:${document.id}`, document]));
  const fresh = [...found].filter(([ref]) => !refs.includes(ref)).map(([, document]) => document);
  return fresh.length === 0 ? known : withDuplicates(documents, [...known, ...fresh]);
}

/** What is stored under one person's key, or names what is. */
async function everythingOf(kernel: Kernel, person: string) {
  const { documents } = kernel;
  const entities = (await Promise.all(Object.keys(ENTITIES).map((entity) => documents.find(entity, { where: { person } })))).flat();
  // Written by the folds of exactly these states.
  const states = entities.map(({ data }) => data as unknown as EntityState);
  const tasks = (await documents.find('task', { where: { person } })).map(({ data }) => data as unknown as TaskView);
  const outbound = await documents.find('outbound', { where: { person } });
  const answers = (await Promise.all(tasks.map(({ id }) => kernel.journal.readStream(`task:${id}`)))).flat();
  return {
    documents: entities.map(({ collection, id }) => `${collection}:${id}`),
    // What is forgotten already reads `[forgotten]`.
    addresses: states.flatMap(({ fields }) =>
      [fields['email'], fields['address']].filter((address) => typeof address === 'string').filter((address) => address.includes('@')),
    ),
    tasks: tasks.map(({ id }) => id),
    mails: outbound.flatMap(({ data: { receipt } }) => (isObject(receipt) && typeof receipt['file'] === 'string' ? [receipt['file']] : [])),
    blobs: [
      ...states.flatMap(({ fields }) => (typeof fields['messageBlob'] === 'string' ? [fields['messageBlob']] : [])),
      ...answers.flatMap((event) => (event.type === 'ModelAnswered' && event.data.blob !== null ? [event.data.blob] : [])),
    ],
  };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

const cancel = (kernel: Kernel, id: string, by: { readonly actor: string; readonly source: string }): Promise<boolean> =>
  retryConflicts(async () => {
    const task = await loadTask(kernel, id);
    if (task === null || !isOpen(task)) return false;
    await kernel.journal.append([newEvent(`task:${id}`, 'TaskCancelled', { reason: 'The person was forgotten.' }, about(task, by.actor, by.source))], {
      [`task:${id}`]: task.version,
    });
    return true;
  });

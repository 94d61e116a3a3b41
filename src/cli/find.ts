import type { DocumentStore } from '../store/documents.ts';
import { notFound, usage } from './failure.ts';

/** Rows of an ambiguous prefix that are named. */
const NAMED = 5;

/**
 * The one id of a collection that begins with what was typed.
 * @param what for messages: `task`, `question`, `lead`
 * @throws CountersignError `NotFound`, `Usage` when it fits several
 */
export async function findId(documents: DocumentStore, collection: string, typed: string, what: string): Promise<string> {
  const text = typed.trim().replace(new RegExp(`^${collection}:`), '');
  if ((await documents.get(collection, text)) !== null) return text;
  const fitting = text === '' ? [] : await beginningWith(documents, collection, text);
  const [only] = fitting;
  if (only === undefined) throw notFound(`There is no ${what} ${typed}.`);
  if (fitting.length > 1)
    throw usage(`${typed} fits ${fitting.length} of them (${fitting.slice(0, NAMED).join(', ')}${fitting.length > NAMED ? ' …' : ''}): type more of it.`);
  return only;
}

async function beginningWith(documents: DocumentStore, collection: string, text: string): Promise<string[]> {
  // Tasks and questions hold their id as a field; other documents are few enough to look through.
  const where = collection === 'task' || collection === 'approval' ? { id: { gte: text, lt: `${text}~` } } : {};
  return (await documents.find(collection, { where })).map(({ id }) => id).filter((id) => id.startsWith(text));
}

/** The same for an item, `TASK.N`. */
export async function findItemId(documents: DocumentStore, typed: string): Promise<string> {
  const [, task, number] = /^(?:task:)?(.+)\.(\d+)$/.exec(typed.trim()) ?? [];
  if (task === undefined || number === undefined)
    throw usage(`The id of an item such as 4k9zq2.1 was expected (task, dot, number); ${typed} came. See: countersign tasks --status unknown`);
  return `${await findId(documents, 'task', task, 'task')}.${number}`;
}

/** A lead by its id, the beginning of it, or its e-mail address. */
export async function findLead(documents: DocumentStore, typed: string): Promise<string> {
  if (!typed.includes('@')) return findId(documents, 'lead', typed, 'lead');
  const found = await documents.find('lead', { where: { 'fields.email': typed.trim().toLowerCase() }, orderBy: [['createdAt', 'desc']] });
  const [latest] = found;
  if (latest === undefined) throw notFound(`There is no lead with the address ${typed}.`);
  return latest.id;
}

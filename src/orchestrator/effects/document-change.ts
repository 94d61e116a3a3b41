import { z } from 'zod';
import { ENTITIES, entityName } from '../../store/entities.ts';
import { documentEvents } from '../../store/events/document.ts';
import { canonicalJson, type Json, type JsonObject } from '../../store/json.ts';
import type { InternalAction, Planned } from './action.ts';
import { shown } from './show-value.ts';

const schema = z.strictObject({
  changes: documentEvents.DocumentChanged.shape.changes
    .max(50)
    .refine((changes) => new Set(changes.map(({ field }) => field)).size === changes.length, 'a field can be changed only once'),
});
export type DocumentChangeRequest = z.infer<typeof schema>;

const equal = (a: Json, b: Json): boolean => canonicalJson(a) === canonicalJson(b);
const present = (data: JsonObject, field: string): Json => (Object.hasOwn(data, field) ? (data[field] ?? null) : null);

/**
 * Changes fields of the item's target. It conflicts only where a touched field no longer equals
 * its `from` (I5); a field that has the wanted value already is left out.
 */
export const documentChange: InternalAction<DocumentChangeRequest> = {
  kind: 'internal',
  name: 'document.change',
  schema,
  irreversible: null,

  show: ({ changes }) => [{ kind: 'change', target: 'document', changes: changes.map(({ field, from, to }) => ({ field, from: shown(from), to: shown(to) })) }],

  async plan({ changes }, { item, task, agent, load, envelope }): Promise<Planned> {
    const { target } = item;
    const entity = entityName.safeParse(target?.split(':')[0]);
    if (target === null || !entity.success) return { impossible: `A change needs a document as its target, such as lead:ID, not ${target ?? 'none'}.` };
    const document = await load(target);
    if (!document) return { impossible: `There is no document ${target}.` };
    if (document.removed) return { impossible: `${target} was removed.` };

    const entitySchema = ENTITIES[entity.data];
    const unknown = changes.find(({ field }) => !Object.hasOwn(entitySchema.shape, field));
    if (unknown)
      return { impossible: `A ${entity.data} has no field ${JSON.stringify(unknown.field)}. It has: ${Object.keys(entitySchema.shape).join(', ')}.` };
    const after = { ...document.data, ...Object.fromEntries(changes.map(({ field, to }) => [field, to])) };
    const checked = entitySchema.safeParse(after);
    if (!checked.success) return { impossible: `${target} would not be a valid ${entity.data}: ${z.prettifyError(checked.error)}` };

    const open = changes.filter(({ field, to }) => !equal(present(document.data, field), to));
    const moved = open.filter(({ field, from }) => !equal(present(document.data, field), from));
    if (moved.length > 0) {
      const now = moved.map(({ field, from }) => `${field} is now ${shown(present(document.data, field))}, not ${shown(from)}`);
      return {
        conflict: `${target} was changed meanwhile: ${now.join('; ')}.`,
        revised: { changes: open.map(({ field, to }) => ({ field, from: present(document.data, field), to })) },
      };
    }
    if (open.length === 0) return { events: [], expect: { [target]: document.version } };
    const provenance = { source: envelope.source, agent, task };
    return {
      events: [{ ...envelope, stream: target, type: 'DocumentChanged', subject: document.person, data: { entity: entity.data, changes: open, provenance } }],
      expect: { [target]: document.version },
    };
  },
};

import { z } from 'zod';
import { ENTITIES, entityName } from '../../store/entities.ts';
import { documentEvents } from '../../store/events/document.ts';
import type { InternalAction, Planned } from './action.ts';
import { shown } from './show-value.ts';

const { fields, externalIds } = documentEvents.DocumentCreated.shape;
const schema = z.strictObject({ entity: entityName, fields, externalIds });
export type DocumentCreateRequest = z.infer<typeof schema>;

/** Puts a new document under the item's target, `ENTITY:ID`. */
export const documentCreate: InternalAction<DocumentCreateRequest> = {
  kind: 'internal',
  name: 'document.create',
  schema,
  irreversible: null,

  show: ({ entity, fields }) => [
    {
      kind: 'fields',
      fields: [
        { label: 'new', value: entity },
        ...Object.entries(fields)
          .filter(([, value]) => value !== null)
          .map(([label, value]) => ({ label, value: shown(value) })),
      ],
    },
  ],

  async plan({ entity, fields, externalIds }, { item, task, agent, load, envelope }): Promise<Planned> {
    const { target } = item;
    if (target === null || !target.startsWith(`${entity}:`))
      return { impossible: `A new ${entity} needs a target such as ${entity}:ID, not ${target ?? 'none'}.` };
    const checked = ENTITIES[entity].safeParse(fields);
    if (!checked.success) return { impossible: `This is no complete ${entity}: ${z.prettifyError(checked.error)}` };
    if (await load(target)) return { impossible: `${target} was created already.` };

    const provenance = { source: envelope.source, agent, task };
    return {
      events: [{ ...envelope, stream: target, type: 'DocumentCreated', data: { entity, person: envelope.subject, fields, externalIds, provenance } }],
      expect: { [target]: 'absent' },
    };
  },
};

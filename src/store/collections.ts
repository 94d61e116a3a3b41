import type { CollectionSpec } from './documents.ts';

/** Every projection there is, and what it is looked up by. */
export const COLLECTIONS: readonly CollectionSpec[] = [
  {
    name: 'lead',
    indexes: [
      ['person'],
      ['fields.email'],
      ['fields.keys.address'],
      ['fields.keys.domain'],
      ['fields.keys.company'],
      ['fields.keys.phone'],
      ['fields.keys.name'],
      ['fields.stage'],
    ],
  },
  { name: 'customer', indexes: [['person'], ['fields.email'], ['fields.domain']] },
  { name: 'suppression', indexes: [['person']] },
  {
    name: 'task',
    indexes: [
      ['person'],
      ['runnable', 'request.agent', 'rank', 'readyAt'],
      ['dueAt'],
      ['asking', 'rank'],
      ['batching'],
      ['status', 'updatedAt'],
      ['request.about'],
      ['quietDay', 'updatedAt'],
      ['feedAt'],
      ['agentMade', 'createdAt'],
      ['attention', 'updatedAt'],
    ],
  },
  { name: 'approval', indexes: [['person'], ['status', 'batch', 'rank'], ['batch', 'updatedAt'], ['dueAt']] },
  { name: 'outbound', indexes: [['person'], ['at'], ['to', 'at'], ['ref', 'at']] },
  { name: 'notice', indexes: [['at']] },
  { name: 'import', indexes: [['running']] },
  { name: 'control', indexes: [] },
];

import { z } from 'zod';
import { id, instant, json, jsonObject, ref, short } from './common.ts';

/** Where a value came from: which agent or person, from which task. */
const provenance = z.strictObject({ source: short, agent: short.nullable(), task: id.nullable() });

/** Stream `ENTITY:ID`. Which of the fields are personal, the entity's schema says; the codec seals those. */
export const documentEvents = {
  DocumentCreated: z.strictObject({
    entity: id,
    /** Whose personal data it holds, or null. */
    person: id.nullable(),
    fields: jsonObject,
    externalIds: z.record(z.string(), short),
    provenance,
  }),
  DocumentChanged: z.strictObject({
    entity: id,
    changes: z.array(z.strictObject({ field: id, from: json, to: json })).min(1),
    provenance,
  }),
  /** A tombstone: the document stays, marked as gone. */
  DocumentRemoved: z.strictObject({ entity: id, reason: short, provenance }),
};

/** Stream `intake:KEY`, which must not exist: a repeated delivery changes nothing. */
export const intakeEvents = {
  IntakeReceived: z.strictObject({ door: short, entity: ref, hash: z.string() }),
  /** Turned away at the door: a honeypot, a limit, no usable address. Nothing personal is kept. */
  IntakeRefused: z.strictObject({ door: short, why: short }),
};

/** Stream `import:ID`. */
export const importEvents = {
  /** Before the first row: after a crash the rest is imported at the next start. The blob is sealed, and deleted at the end. */
  ImportStarted: z.strictObject({ file: short, what: z.enum(['leads', 'suppressions']), blob: z.string() }),
  ImportFinished: z.strictObject({
    file: short,
    what: z.enum(['leads', 'suppressions']),
    created: z.int(),
    repeated: z.int(),
    rejected: z.array(z.strictObject({ line: z.int(), why: short })).max(1000),
    rejectedCount: z.int(),
  }),
};

/** Stream `person:ID`. Its key is destroyed before this is written. */
export const personEvents = { PersonForgotten: z.strictObject({ person: id, at: instant }) };

import { instant, newId } from '../ports.ts';
import { type Lead, lead as leadSchema } from '../store/entities.ts';
import { VersionConflict } from '../store/errors.ts';
import { newEvent } from '../store/events/index.ts';
import { canonicalJson, type JsonObject } from '../store/json.ts';
import { endForgotten, suppress } from './contact.ts';
import type { Kernel } from './kernel.ts';
import { requests } from './wake.ts';

/** A lead as it came through a door, in the fields of the entity. */
export interface IncomingLead {
  /** `form:contact`, `csv:leads.csv`, `command` … */
  readonly door: string;
  /** The id of this delivery at this door; null: the content is the id, whatever file or form it came by. */
  readonly deliveryId: string | null;
  readonly lead: Lead;
  /** The whole message, where the lead holds only its beginning. */
  readonly whole: string | null;
  /** `system:intake`, `human:cli:owner` … */
  readonly actor: string;
}

/**
 * Puts a lead into the log. The intake's own stream must not exist, so a repeated delivery, or
 * the same row of another export, changes nothing.
 */
export async function receiveLead(kernel: Kernel, incoming: IncomingLead): Promise<'created' | 'repeated'> {
  const { lead, door } = incoming;
  const source = door.slice(0, door.indexOf(':') < 0 ? undefined : door.indexOf(':'));
  const { origin: _origin, messageBlob: _blob, ...content } = lead;
  const identity = incoming.deliveryId === null ? [source, content as JsonObject, incoming.whole] : [door, incoming.deliveryId];
  const key = kernel.pseudonym(`intake ${canonicalJson(identity)}`);
  const person = kernel.pseudonym(`person ${lead.keys.address ?? lead.email.toLowerCase()}`);
  const correlation = newId(kernel.random);
  const id = newId(kernel.random, 10);
  const intake = `intake:${key}`;
  // A repeated delivery leaves no blob behind.
  if (incoming.whole !== null && (await kernel.journal.readStream(intake)).length > 0) return 'repeated';
  const messageBlob = incoming.whole === null ? null : await kernel.sealedBlobs.put(person, incoming.whole);
  const fields: JsonObject = { ...leadSchema.parse({ ...lead, messageBlob }) };
  const envelope = { actor: incoming.actor, source: door, cause: null, correlation, subject: person };
  const ended = source === 'form' ? await endForgotten(kernel, lead.email, envelope) : null;
  const provenance = { source: door, agent: null, task: null };
  const created = newEvent(
    `lead:${id}`,
    'DocumentCreated',
    { entity: 'lead', person, fields, externalIds: {}, provenance },
    { ...envelope, cause: `${intake}@1` },
  );
  // As it will be read: the first event of its stream.
  const woken = requests(kernel, { ...created, version: 1, commit: 0, at: instant(kernel.clock.now()) });
  try {
    await kernel.journal.append(
      [
        newEvent(intake, 'IntakeReceived', { door, entity: `lead:${id}`, hash: key }, { ...envelope, subject: null }),
        created,
        ...woken,
        ...(ended === null ? [] : [ended.event]),
      ],
      {
        ...Object.fromEntries([intake, `lead:${id}`, ...woken.map(({ stream }) => stream)].map((stream) => [stream, 'absent' as const])),
        ...(ended === null ? {} : { [ended.event.stream]: ended.version }),
      },
    );
    return 'created';
  } catch (error) {
    if (error instanceof VersionConflict && error.stream === intake) return 'repeated';
    throw error;
  }
}

/** Adds an address from a list of theirs to the suppression list. */
export async function suppressAddress(kernel: Kernel, address: string, door: string, actor: string): Promise<'created' | 'repeated'> {
  const person = kernel.pseudonym(`person ${address.trim().toLowerCase()}`);
  return (await suppress(kernel, address, 'imported', person, { actor, source: door })) ? 'created' : 'repeated';
}

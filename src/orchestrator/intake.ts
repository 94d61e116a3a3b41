import { newId } from '../ports.ts';
import { VersionConflict } from '../store/errors.ts';
import { lead as leadSchema, type Lead } from '../store/entities.ts';
import { newEvent } from '../store/events/index.ts';
import { canonicalJson, type JsonObject } from '../store/json.ts';
import type { Kernel } from './kernel.ts';
import { suppressionId } from './contact.ts';

/** A lead as it came through a door, in the fields of the entity. */
export interface IncomingLead {
  /** `form:contact`, `csv:leads.csv`, `command` … */
  readonly door: string;
  /** The door's own id of this delivery; null: the content is the id. */
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
  const key = kernel.pseudonym(`intake ${source} ${incoming.deliveryId ?? canonicalJson(content as JsonObject)} ${incoming.whole ?? ''}`);
  const person = kernel.pseudonym(`person ${lead.keys.address ?? lead.email.toLowerCase()}`);
  const correlation = newId(kernel.random);
  const id = newId(kernel.random, 10);
  const intake = `intake:${key}`;
  const messageBlob = incoming.whole === null ? null : await kernel.sealedBlobs.put(person, incoming.whole);
  const fields: JsonObject = { ...leadSchema.parse({ ...lead, messageBlob }) };
  const envelope = { actor: incoming.actor, source: door, cause: null, correlation, subject: person };
  try {
    await kernel.journal.append(
      [
        newEvent(intake, 'IntakeReceived', { door, entity: `lead:${id}`, hash: key }, { ...envelope, subject: null }),
        newEvent(`lead:${id}`, 'DocumentCreated', { entity: 'lead', person, fields, externalIds: {}, provenance: { source: door, agent: null, task: null } }, { ...envelope, cause: `${intake}@1` }),
      ],
      { [intake]: 'absent', [`lead:${id}`]: 'absent' },
    );
    return 'created';
  } catch (error) {
    if (error instanceof VersionConflict && error.stream === intake) return 'repeated';
    throw error;
  }
}

/** Adds an address to the suppression list. */
export async function suppressAddress(kernel: Kernel, address: string, door: string, actor: string): Promise<'created' | 'repeated'> {
  const stream = `suppression:${suppressionId(kernel, address)}`;
  const person = kernel.pseudonym(`person ${address.trim().toLowerCase()}`);
  const fields = { address, reason: 'imported' };
  try {
    await kernel.journal.append(
      [newEvent(stream, 'DocumentCreated', { entity: 'suppression', person, fields, externalIds: {}, provenance: { source: door, agent: null, task: null } }, { actor, source: door, cause: null, correlation: stream, subject: person })],
      { [stream]: 'absent' },
    );
    return 'created';
  } catch (error) {
    if (error instanceof VersionConflict) return 'repeated';
    throw error;
  }
}

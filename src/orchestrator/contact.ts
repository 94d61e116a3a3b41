import { instant } from '../ports.ts';
import type { Lead, Suppression } from '../store/entities.ts';
import { type Envelope, type NewEvent, newEvent } from '../store/events/index.ts';
import type { Json } from '../store/json.ts';
import type { Expected } from '../store/log.ts';
import { type Kernel, loadEntity, retryConflicts } from './kernel.ts';

/** What a lead did, or what became of it. */
export type Contact = 'replied' | 'bounced' | 'opted-out' | 'won' | 'lost';

/**
 * Records it on the lead; follow-ups that wait for the lead to stay as it is are cancelled by
 * that. Opting out and bouncing also suppress the address.
 * @returns false when there is no such lead or it was recorded before
 */
export async function recordContact(kernel: Kernel, ref: string, what: Contact, by: { actor: string; source: string }): Promise<boolean> {
  return retryConflicts(async () => {
    const lead = await loadEntity(kernel, ref);
    if (lead === null || lead.removed) return false;
    const now = instant(kernel.clock.now());
    const wanted = CHANGES[what](now);
    const changes = Object.entries(wanted).flatMap(([field, to]) =>
      lead.fields[field] === to || (field.endsWith('At') && lead.fields[field] !== null) ? [] : [{ field, from: lead.fields[field] ?? null, to }],
    );
    if (changes.length === 0) return false;
    const envelope = { ...by, cause: `${ref}@${lead.version}`, correlation: kernel.pseudonym(`${ref}@${lead.version}`), subject: lead.person };
    const provenance = { source: by.source, agent: null, task: null };
    const events: NewEvent[] = [newEvent(ref, 'DocumentChanged', { entity: 'lead', changes, provenance }, envelope)];
    const expect: Record<string, Expected> = { [ref]: lead.version };
    const address = lead.fields['email'];
    if ((what === 'opted-out' || what === 'bounced') && typeof address === 'string') {
      const added = await suppression(kernel, address, what === 'bounced' ? 'bounce' : 'opt-out', lead.person, envelope);
      if (added !== null) {
        events.push(added.event);
        expect[added.event.stream] = added.version;
      }
    }
    await kernel.journal.append(events, expect);
    return true;
  });
}

const CHANGES: Readonly<Record<Contact, (now: string) => Partial<Record<keyof Lead, Json>>>> = {
  replied: (now) => ({ repliedAt: now, stage: 'replied' }),
  bounced: (now) => ({ bouncedAt: now }),
  'opted-out': (now) => ({ optedOutAt: now }),
  won: () => ({ stage: 'won' }),
  lost: () => ({ stage: 'lost' }),
};

/** Puts an address on the suppression list. @returns false when it was there */
export const suppress = (
  kernel: Kernel,
  address: string,
  reason: Suppression['reason'],
  person: string,
  by: { readonly actor: string; readonly source: string },
): Promise<boolean> =>
  retryConflicts(async () => {
    const added = await suppression(kernel, address, reason, person, {
      ...by,
      cause: null,
      correlation: kernel.pseudonym(`suppress ${address}`),
      subject: person,
    });
    if (added === null) return false;
    await kernel.journal.append([added.event], { [added.event.stream]: added.version });
    return true;
  });

/** The event that suppresses an address, and the version it follows; null when it is suppressed. */
async function suppression(
  kernel: Kernel,
  address: string,
  reason: Suppression['reason'],
  person: string | null,
  envelope: Envelope,
): Promise<{ readonly event: NewEvent; readonly version: number } | null> {
  const stream = `suppression:${suppressionId(kernel, address)}`;
  const known = await loadEntity(kernel, stream);
  const stands = known !== null && !known.removed;
  // Of those reasons only `forgotten` ends by itself: another one takes its place.
  if (stands && (known.fields['reason'] !== 'forgotten' || reason === 'forgotten')) return null;
  const data = {
    entity: 'suppression',
    person,
    fields: { address, reason },
    externalIds: {},
    provenance: { source: envelope.source, agent: null, task: null },
  };
  return { event: newEvent(stream, 'DocumentCreated', data, envelope), version: known?.version ?? 0 };
}

/**
 * Who was forgotten and writes to us by themselves may be answered: the event that ends the
 * suppression, and the version it follows; null when there is none of that kind.
 */
export async function endForgotten(
  kernel: Kernel,
  address: string,
  envelope: Envelope,
): Promise<{ readonly event: NewEvent; readonly version: number } | null> {
  const stream = `suppression:${suppressionId(kernel, address)}`;
  const known = await loadEntity(kernel, stream);
  if (known === null || known.removed || known.fields['reason'] !== 'forgotten') return null;
  const data = { entity: 'suppression', reason: 'They wrote to us.', provenance: { source: envelope.source, agent: null, task: null } };
  return { event: newEvent(stream, 'DocumentRemoved', data, { ...envelope, subject: null }), version: known.version };
}

/** The id of an address's suppression: a keyed hash, so that it holds after the person is forgotten. */
export const suppressionId = (kernel: Pick<Kernel, 'pseudonym'>, address: string): string => kernel.pseudonym(`address ${address.trim().toLowerCase()}`);

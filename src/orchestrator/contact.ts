import { instant } from '../ports.ts';
import type { Lead } from '../store/entities.ts';
import { type NewEvent, newEvent } from '../store/events/index.ts';
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
    const changes = Object.entries(wanted).flatMap(([field, to]) => (lead.fields[field] === to || (field.endsWith('At') && lead.fields[field] !== null) ? [] : [{ field, from: lead.fields[field] ?? null, to }]));
    if (changes.length === 0) return false;
    const envelope = { ...by, cause: `${ref}@${lead.version}`, correlation: kernel.pseudonym(`${ref}@${lead.version}`), subject: lead.person };
    const provenance = { source: by.source, agent: null, task: null };
    const events: NewEvent[] = [newEvent(ref, 'DocumentChanged', { entity: 'lead', changes, provenance }, envelope)];
    const expect: Record<string, Expected> = { [ref]: lead.version };
    const address = lead.fields['email'];
    if ((what === 'opted-out' || what === 'bounced') && typeof address === 'string') {
      const stream = `suppression:${suppressionId(kernel, address)}`;
      const known = await loadEntity(kernel, stream);
      if (known === null) {
        const fields = { address, reason: what === 'bounced' ? 'bounce' : 'opt-out' };
        events.push(newEvent(stream, 'DocumentCreated', { entity: 'suppression', person: lead.person, fields, externalIds: {}, provenance }, envelope));
        expect[stream] = 'absent';
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

/** The id of an address's suppression: a keyed hash, so that it holds after the person is forgotten. */
export const suppressionId = (kernel: Pick<Kernel, 'pseudonym'>, address: string): string => kernel.pseudonym(`address ${address.trim().toLowerCase()}`);

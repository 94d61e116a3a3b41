import type { AgentContext, Known } from '../agent.ts';
import { canonicalAddress } from './address.ts';
import { companyKey } from './company-name.ts';
import type { IdealCustomer } from './ideal-customer.ts';
import { blockingKeys } from './identity.ts';
import { judgeLead, type KnownPerson } from './judge-lead.ts';
import { nameKey, nameParts } from './person-name.ts';

/**
 * Everybody known before a lead who may be the same person: customers, and leads that came earlier.
 * Of two leads that are both new, the later one is the duplicate, in whichever order they are worked on.
 */
export async function findKnown(context: AgentContext, me: Known<'lead'>, profile: IdealCustomer): Promise<readonly KnownPerson[]> {
  const keys = blockingKeys(me.data);
  const lists = await Promise.all(keys.map(({ field, value }) => context.findBy('lead', field, value)));
  const later = new Set(lists.flatMap((list) => after(list, me)));
  const earlier = new Map(lists.flat().map((lead) => [lead.ref, lead]));
  const leads = [...earlier.values()].filter(
    (lead) => lead.ref !== me.ref && lead.data.stage !== 'duplicate' && !(later.has(lead.ref) && lead.data.stage === 'new'),
  );
  return [...(await customers(context, me)), ...leads.map((lead) => knownLead(lead, profile))];
}

function after(list: readonly Known<'lead'>[], me: Known<'lead'>): string[] {
  const place = list.findIndex(({ ref }) => ref === me.ref);
  return place < 0 ? list.filter(({ id }) => id > me.id).map(({ ref }) => ref) : list.slice(place + 1).map(({ ref }) => ref);
}

function knownLead({ ref, data }: Known<'lead'>, profile: IdealCustomer): KnownPerson {
  const verdict = data.stage === 'new' ? judgeLead(data, [], profile).verdict : data.stage;
  return { ref, person: data, aside: verdict === 'spam' || verdict === 'unfit' };
}

async function customers(context: AgentContext, { data }: Known<'lead'>): Promise<KnownPerson[]> {
  const addresses = [...new Set([data.email, data.keys.address].flatMap((address) => address ?? []))];
  const found = await Promise.all(addresses.map((address) => context.findBy('customer', 'email', address)));
  return [...new Map(found.flat().map((customer) => [customer.ref, customer])).values()].map(({ ref, data: { name, email, company } }) => ({
    ref,
    aside: false,
    person: {
      name,
      email,
      phone: null,
      message: '',
      keys: {
        address: canonicalAddress(email),
        domain: null,
        company: company === null ? null : companyKey(company),
        phone: null,
        name: nameKey(nameParts(name)),
      },
    },
  }));
}

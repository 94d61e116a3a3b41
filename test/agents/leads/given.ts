import { readFile } from 'node:fs/promises';
import type { AgentContext, Known, Sent } from '../../../src/agents/agent.ts';
import type { Company } from '../../../src/agents/company.ts';
import { leadInput, newLead, normalise } from '../../../src/agents/leads/lead-input.ts';
import type { Ask } from '../../../src/agents/models/model.ts';
import type { Customer, EntityName, EntityOf, Lead } from '../../../src/store/entities.ts';

export const NOW = '2026-03-02T09:00:00.000Z';

export const COMPANY: Company = {
  company: 'Northlight Studio',
  offer: 'Billing and checkout for small shops',
  idealCustomer: 'Small shops',
  website: 'https://northlight.example',
  sender: { name: 'Robin Vale', email: 'robin@northlight.example' },
  timeZone: 'Europe/Berlin',
  currency: 'EUR',
  people: [],
};

export const GOOD = {
  name: 'Anna Weber',
  email: 'anna@acme.example',
  company: 'Acme',
  role: 'Founder',
  budget: '5k EUR',
  message: 'We need help with the checkout of our shop, payments get lost.',
};

export const leadOf = (fields: Partial<Lead> = {}, input: Record<string, string> = GOOD): Lead => ({
  ...newLead(normalise(leadInput.parse(input)).lead, 'form:contact'),
  ...fields,
});

export interface Given {
  readonly leads?: Readonly<Record<string, Lead>>;
  readonly customers?: Readonly<Record<string, Customer>>;
  readonly sent?: readonly Sent[];
  readonly rejections?: readonly string[];
  readonly ask?: Ask;
}

/** An agent's view of these documents, oldest first, with the playbooks that are shipped. */
export function contextOf({ leads = {}, customers = {}, sent = [], rejections = [], ask = async () => null }: Given): AgentContext {
  const all = { lead: leads, customer: customers, suppression: {} };
  const known = <N extends EntityName>(entity: N): Known<N>[] =>
    // The table above has the documents of each entity under its name.
    Object.entries(all[entity] as Readonly<Record<string, EntityOf<N>>>).map(([id, data]) => ({
      id,
      ref: `${entity}:${id}`,
      version: 1,
      person: `p-${id}`,
      data,
    }));
  return {
    now: NOW,
    company: COMPANY,
    playbook: (name) => readFile(new URL(`../../../config/playbooks/${name}.md`, import.meta.url), 'utf8'),
    get: async (entity, id) => known(entity).find((document) => document.id === id) ?? null,
    findBy: async (entity, field, value) =>
      known(entity).filter(
        ({ data }) =>
          field.split('.').reduce<unknown>((part, name) => (typeof part === 'object' && part !== null ? Reflect.get(part, name) : null), data) === value,
      ),
    sent: async () => sent,
    rejections,
    ask,
    random: { bytes: (length) => new Uint8Array(length), number: () => 0.5 },
    signal: new AbortController().signal,
  };
}

import { readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { defineAgent } from '../../src/agents/agent.ts';
import { AGENTS } from '../../src/agents/registry.ts';
import { createMetrics } from '../../src/api/metrics.ts';
import { createWebSurface } from '../../src/bot/web/surface.ts';
import { findPerson, forgetPerson } from '../../src/orchestrator/forget.ts';
import { requestByHand } from '../../src/orchestrator/run-by-hand.ts';
import { ENTITIES } from '../../src/store/entities.ts';
import { verifyLog } from '../../src/store/verify.ts';
import { type Company, OWNER, openCompany } from '../support/company.ts';
import { temporaryFolder } from '../support/processes.ts';
import { send } from '../support/web-page.ts';

const BY = { actor: 'human:cli:owner', source: 'cli' };
const MAIL = 'kanarie@kanarienwerk.example';
const WANTED = 'Our subscriptions and invoices are a mess, can you fix the billing? Our budget is 8,000 EUR. Yours, the Kanarie.';
/** Every value of the lead below holds one of these, and nothing else in the product does. */
const TRACES = ['kanari', 'zwitscher', '5557777'];

const input = z.strictObject({ lead: z.string() });
/** Puts what it read into every free text there is for agents. */
const gossip = defineAgent({
  name: 'lead-gossip',
  version: '1',
  does: 'Says too much.',
  input,
  run: async ({ lead: id }, { get, rejections }) => {
    const lead = await get('lead', id);
    if (lead === null || rejections.length > 0) throw new Error(`I cannot write to ${lead?.data.name} at ${lead?.data.company}.`);
    const change = (field: string, from: string, to: string) => ({
      action: 'document.change',
      target: lead.ref,
      request: { changes: [{ field, from, to }] },
      summary: `Rename ${lead.data.name}`,
    });
    return {
      confidence: 1,
      headline: `${lead.data.name} of ${lead.data.company}`,
      reasoning: lead.data.message,
      reasons: [{ name: 'gossip', points: 1, detail: lead.data.email }],
      items: [
        // Changed meanwhile: the conflict is told with both values. The next has no such field.
        change('role', 'Kanarienjunge', 'Kanarienmeister'),
        change('nickname', 'Kanari', 'Kanarie'),
        {
          action: 'http.call',
          target: lead.ref,
          request: { url: 'https://kanarienvogel.example/', method: 'POST', headers: {}, body: lead.data },
          summary: 'Tell others',
        },
      ],
    };
  },
});

/** Everything of the folder whose bytes hold a trace. */
async function tracesIn(folder: string): Promise<string[]> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const found: string[] = [];
  for (const { parentPath, name } of files) {
    const bytes = (await readFile(join(parentPath, name))).toString('latin1').toLowerCase();
    for (const trace of TRACES) if (bytes.includes(trace) || name.toLowerCase().includes(trace)) found.push(`${name} holds ${trace}`);
  }
  return found;
}

const held = (text: string): string[] => TRACES.filter((trace) => text.toLowerCase().includes(trace));

/** What the page shows of every thread and card, and what `why` says of everything. */
async function told({ house }: Company): Promise<string> {
  const { desk, kernel, stores } = house;
  const page = createWebSurface({
    desk,
    sessions: stores.kv,
    random: kernel.random,
    clock: kernel.clock,
    port: 0,
    publicUrl: null,
    trustedProxies: [],
    timeZone: () => 'Europe/Berlin',
    log: (error) => expect.fail(String(error)),
  });
  const { url } = await page.start();
  try {
    const { headers } = await send(await page.loginLink());
    const cookie = String(headers['set-cookie']).split(';')[0] ?? '';
    const get = async (path: string) => (await send(`${url}${path}`, { headers: { cookie } })).text;
    const texts = [await get('/'), JSON.stringify(await desk.feed({ limit: 1_000 })), JSON.stringify(await desk.status())];
    for (const { id } of await kernel.documents.find('approval', {})) texts.push(await get(`/approvals/${id}`), await get(`/approvals/${id}/why`));
    for (const collection of ['task', 'approval', 'lead', 'suppression'])
      for (const { id } of await kernel.documents.find(collection, {})) texts.push(JSON.stringify(await desk.why(collection === 'lead' ? `lead:${id}` : id)));
    return texts.join('\n');
  } finally {
    await page.stop();
  }
}

it('after forgetting nothing of a person is left: log, documents, blobs, outbox, page, why, figures', async () => {
  const folder = temporaryFolder();
  const company = await openCompany({ folder, agents: [...AGENTS, gossip] });
  onTestFinished(() => company.stop());
  const { house } = company;
  const { kernel, stores, desk } = house;
  const metrics = createMetrics(kernel);
  onTestFinished(() => metrics.stop());

  // The same person at two addresses, once with a message that needs a blob.
  const person = { company: 'Kanarienwerk', website: 'https://zwitscher.example', role: 'Kanarienchefin', phone: '+49 30 5557777' };
  await company.writes('Kanaria Zwitscher', MAIL, `${WANTED} ${'Kanarienlied. '.repeat(600)}`, person);
  await company.writes('Kanaria Zwitscher', 'kanarie@zwitscher.example', WANTED, person);
  const [lead] = await kernel.documents.find('lead', { where: { 'fields.email': MAIL } });
  expect(lead?.data['fields']).toMatchObject({ company: person.company, messageBlob: expect.any(String) });

  // Turned down in words, edited, sent, answered, and asked again about.
  const first = async () => {
    const [card] = await company.cards();
    if (card === undefined) throw new Error('A card was expected.');
    return card;
  };
  await company.decides(await first(), 'reject', 'Too long for a Kanarie');
  const card = await first();
  const mail = card.items.find(({ body }) => body[0]?.kind === 'mail');
  if (mail === undefined) throw new Error('A mail was expected.');
  const form = Object.fromEntries(((await desk.form(card.approval, mail.item)) ?? []).map(({ name, value }) => [name, value]));
  expect(await desk.edit(OWNER, card.approval, mail, { ...form, text: 'Dear Kanarie, let us talk.' })).toMatchObject({ ok: true });
  await company.advance(60_000);
  expect(await company.outbox()).toHaveLength(1);

  const ask = async () => {
    const asked = await requestByHand(kernel, { agent: 'lead-gossip', about: null, input: { lead: lead?.id ?? '' }, ...BY });
    if (!('task' in asked)) throw new Error(asked.refused);
    await company.rest();
    return asked.task;
  };
  const talked = await ask();
  await company.decides(await first(), 'reject', 'Kanarie says no');
  await company.advance(600_000);
  await desk.act(OWNER, 'retry', talked, 'Kanarie asked again');
  await company.advance(600_000);
  await desk.act(OWNER, 'discard', talked, 'Kanarie is tired');
  const cancelled = await ask();
  await desk.act(OWNER, 'cancel', cancelled, 'Kanarie wants no calls');
  const types = (await kernel.journal.readStream(`task:${talked}`)).map(({ type }) => type);
  for (const type of ['ItemRevised', 'ItemRefused', 'ItemRejected', 'TaskFailed', 'TaskRetried', 'TaskDiscarded']) expect(types).toContain(type);
  await company.rest();
  // Where a look finds the traces before, it would find them after.
  expect(held(await told(company))).toEqual(TRACES);

  const scrub = () => stores.scrub();
  const parts = { kernel, keys: stores.keys, scrub, removeMail: (file: string) => rm(join(folder, 'data', 'outbox', basename(file))) };
  const known = await findPerson(parts, MAIL);
  if (known === null) throw new Error('A person was expected.');
  await forgetPerson(parts, known, BY);
  await company.rest();

  expect(await tracesIn(join(folder, 'data'))).toEqual([]);
  expect(held(await told(company))).toEqual([]);
  expect(held(await metrics.text())).toEqual([]);
  for await (const batch of stores.log.readSealed(0)) for (const { text } of batch) expect(held(text)).toEqual([]);
  for (const entity of Object.keys(ENTITIES)) expect(held(JSON.stringify(await kernel.documents.find(entity, {})))).toEqual([]);
  expect(await verifyLog(stores.log)).not.toHaveProperty('broken');

  // They are known again once they write again, by all that leads are found by.
  await company.writes('Kanaria Zwitscher', MAIL, WANTED, person);
  for (const [key, value] of [
    ['address', MAIL],
    ['domain', 'zwitscher.example'],
    ['company', 'kanarienwerk'],
  ])
    expect(await kernel.documents.find('lead', { where: { [`fields.keys.${key}`]: value ?? '' } }), key).toHaveLength(1);
});

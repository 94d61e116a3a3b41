import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createMetrics } from '../../src/api/metrics.ts';
import { countersign, startServer, until } from '../cli/countersign.ts';
import { OWNER, openCompany } from '../support/company.ts';
import { openModelTarget, reply } from '../support/model-target.ts';
import { temporaryFolder } from '../support/processes.ts';

const GOOD = 'Our subscriptions and invoices are a mess, can you fix the billing? Our budget is 8,000 EUR.';

/** `name{label="value"}` → number. */
const figures = (text: string): ReadonlyMap<string, number> =>
  new Map(
    text.split('\n').flatMap((line): [string, number][] => {
      const [, name, value] = /^([a-z_]+(?:\{[^}]*\})?) (\S+)$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, Number(value)]];
    }),
  );

it('a real server feeds each: tasks, approvals, effects, steps, and what models cost', { timeout: 90_000 }, async () => {
  const target = await openModelTarget();
  onTestFinished(() => target.close());
  const opinion = {
    verdict: 'fit',
    score: 80,
    confidence: 0.9,
    reasons: [],
    subject: 'Your invoices',
    reply: 'Hello, shall we talk? Robin Vale, Northlight Studio',
  };
  target.script(reply.text('no JSON'));
  target.otherwise(reply.json(opinion, { input_tokens: 1000, output_tokens: 100 }));
  const options = { data: temporaryFolder(), env: { ANTHROPIC_API_KEY: target.key, ANTHROPIC_BASE_URL: target.url } };
  const server = await startServer(options);
  const leads = join(options.data, 'leads.csv');
  await writeFile(
    leads,
    `name,email,company,message\n${['Ada', 'Bea'].map((name) => `${name},${name}@${name}-shop.example,${name} Shop,"${GOOD}"`).join('\n')}\n`,
  );
  await countersign(['import', leads], options);
  const cards = await until(async () => {
    const { json } = await countersign(['approvals', '--json'], options);
    return json.length === 2 ? json : undefined;
  });
  await countersign(['approve', String(cards[0]?.['id'])], options);
  await countersign(['reject', String(cards[1]?.['id'])], options);

  const found = await until(async () => {
    const read = figures(await (await fetch(`${server.said.url}/metrics`)).text());
    return read.get('countersign_tasks_total{agent="lead-qualification",outcome="done"}') === 2 ? read : undefined;
  });
  const agent = 'agent="lead-qualification"';
  for (const [name, value] of Object.entries({
    [`countersign_attempts_total{${agent},outcome="proposed"}`]: 2,
    // Reply and follow-up of each card; placing them in the CRM, twice for the one that was written to, needs nobody.
    [`countersign_approvals_total{${agent},decision="approved"}`]: 2,
    [`countersign_approvals_total{${agent},decision="rejected"}`]: 2,
    'countersign_effects_total{connector="outbox",outcome="succeeded"}': 1,
    'countersign_step_duration_seconds_count{step="queue"}': 2,
    'countersign_step_duration_seconds_count{step="agent"}': 2,
    'countersign_step_duration_seconds_count{step="model"}': 3,
    'countersign_step_duration_seconds_count{step="decision"}': 4,
    'countersign_step_duration_seconds_count{step="effect"}': 1,
    countersign_approvals_waiting: 0,
    countersign_tasks_backlog: 0,
    countersign_tasks_attention: 0,
  }))
    expect(found.get(name), name).toBe(value);
  expect(found.get(`countersign_approvals_total{${agent},decision="allowed"}`)).toBeGreaterThanOrEqual(2);
  expect(found.get('countersign_log_commits')).toBeGreaterThan(10);

  // What the endpoint charged, at the prices that are shipped, is what the log says was spent.
  const { json } = await countersign(['agents', '--json'], options);
  const micros = Number(json.find(({ name }) => name === 'lead-qualification')?.['costMicros']);
  const spent = [...found].filter(([name]) => name.startsWith(`countersign_model_cost_dollars_total{${agent},model="`)).map(([, dollars]) => dollars);
  expect(spent.length).toBeGreaterThan(0);
  expect(micros).toBeGreaterThan(0);
  expect(spent.reduce((sum, dollars) => sum + dollars, 0)).toBeCloseTo(micros / 1_000_000, 9);
  const charged = target.ledger.reduce((sum, entry) => sum + (entry.charged?.input_tokens ?? 0), 0);
  const tokens = [...found].filter(([name]) => /^countersign_model_tokens_total\{.*direction="in"/.test(name)).map(([, count]) => count);
  expect(tokens.reduce((sum, count) => sum + count, 0)).toBe(charged);
});

it('an edit is one decision, and what nobody answered is expired', async () => {
  const company = await openCompany({ folder: temporaryFolder() });
  onTestFinished(() => company.stop());
  const metrics = createMetrics(company.house.kernel);
  onTestFinished(() => metrics.stop());
  const { desk } = company.house;
  const decisions = async () => {
    const found = figures(await metrics.text());
    return Object.fromEntries(
      ['approved', 'edited', 'rejected', 'expired'].map((decision) => [
        decision,
        found.get(`countersign_approvals_total{agent="lead-qualification",decision="${decision}"}`) ?? 0,
      ]),
    );
  };

  await company.writes('Ada', 'ada@ada-shop.example', GOOD, { company: 'Ada Shop' });
  const [card] = await company.cards();
  const mail = card?.items.find(({ body }) => body[0]?.kind === 'mail');
  if (card === undefined || mail === undefined) throw new Error('A card with a mail was expected.');
  const form = Object.fromEntries(((await desk.form(card.approval, mail.item)) ?? []).map(({ name, value }) => [name, value]));
  await desk.edit(OWNER, card.approval, mail, { ...form, subject: 'Better' });
  await company.advance(60_000);
  expect(await decisions()).toEqual({ approved: 1, edited: 1, rejected: 0, expired: 0 });

  await company.writes('Bea', 'bea@bea-shop.example', GOOD, { company: 'Bea Shop' });
  await company.leap(8 * 24 * 3_600_000);
  expect(await decisions()).toMatchObject({ approved: 1, edited: 1, rejected: 0, expired: expect.any(Number) });
  expect((await decisions())['expired']).toBeGreaterThan(0);
});

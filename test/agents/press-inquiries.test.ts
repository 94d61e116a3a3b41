import { expect, it } from 'vitest';
import { pressInquiries } from '../../examples/agents/press-inquiries.ts';
import { AGENTS } from '../../src/agents/registry.ts';
import { openCompany } from '../support/company.ts';
import { temporaryFolder } from '../support/processes.ts';

it('one file and one line are an agent: it is woken, proposes, asks, and its mail leaves once approved', async () => {
  const company = await openCompany({ folder: temporaryFolder(), agents: [...AGENTS, pressInquiries] });
  try {
    await company.writes('Ada Field', 'ada@weekly.example', 'I am a journalist and would like an interview on Thursday.');
    const card = (await company.cards()).find(({ agent }) => agent === 'press-inquiries');
    if (card === undefined) throw new Error('A card of the new agent was expected.');
    expect(card.rules).toContain('Nobody there has heard from you before.');
    await company.decides(card, 'approve');
    const mails = await company.outbox();
    expect(mails.filter((mail) => mail.includes('To: ada@weekly.example'))).toHaveLength(1);
  } finally {
    await company.stop();
  }
});

it('leaves everybody else alone', async () => {
  const company = await openCompany({ folder: temporaryFolder(), agents: [...AGENTS, pressInquiries] });
  try {
    await company.writes('Bo', 'bo@shop.example', 'We need a new checkout.');
    expect((await company.cards()).map(({ agent }) => agent)).not.toContain('press-inquiries');
  } finally {
    await company.stop();
  }
});

import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parseIdealCustomer } from '../../../src/agents/leads/ideal-customer.ts';
import { leadInput, normalise } from '../../../src/agents/leads/lead-input.ts';
import { scoreLead } from '../../../src/agents/leads/score-lead.ts';

const playbook = (yaml: string) => `---\n${yaml}\n---\n\n# Who\n\nSmall shops.\n`;
const SMALL = `fit: 50
unfit: 15
budget: { minimum: 2000 EUR, weight: 10 }
criteria:
  - { name: Need, weight: 40, words: [billing, "*zahlung", "we need .. checkout"] }
  - { name: Decides, weight: 10, in: [role], words: [founder] }
  - { name: Company, weight: 20, has: [company] }
disqualifiers:
  - { name: Job, weight: 100, words: [my cv] }`;
const profile = parseIdealCustomer(playbook(SMALL));
const score = (input: Record<string, string>) => scoreLead(normalise(leadInput.parse({ email: 'a@acme.example', ...input })).lead, profile);

describe('a lead gets points for each criterion, with a reason', () => {
  it.each([
    ['all of it', { message: 'Billing is broken', role: 'Founder', company: 'Acme', budget: '5k' }, 80, 'fit', ['Need', 'Decides', 'Company', 'Budget']],
    ['a word in the middle of a compound', { message: 'Unsere Ratenzahlung hakt' }, 40, 'unsure', ['Need']],
    ['words with others between', { message: 'We need a much better checkout' }, 40, 'unsure', ['Need']],
    ['nothing', { message: 'Hello' }, 0, 'unfit', []],
    ['a disqualifier against all that fits', { message: 'billing is my thing, see my CV', company: 'Acme' }, 0, 'unfit', ['Need', 'Company', 'Job']],
    ['a budget far too small', { message: 'billing', budget: '100 EUR' }, 0, 'unfit', ['Need', 'Budget far too small']],
    ['a budget just below', { message: 'billing', budget: '1500 EUR' }, 40, 'unsure', ['Need']],
  ])('%s', (_, input, points, verdict, names) => {
    const result = score({ ...input });
    expect({ score: result.score, verdict: result.verdict, names: result.reasons.map(({ name }) => name) }).toEqual({ score: points, verdict, names });
    expect(result.confidence).toBeGreaterThan(0);
    expect(result.confidence).toBeLessThanOrEqual(0.95);
  });
});

describe('the playbook', () => {
  it('keeps what a founder wrote for people and models', () => expect(profile.description).toBe('# Who\n\nSmall shops.'));
  it('that is shipped can be read', async () => {
    const shipped = parseIdealCustomer(await readFile(new URL('../../../config/playbooks/ideal-customer.md', import.meta.url), 'utf8'));
    expect(shipped.criteria.length).toBeGreaterThan(8);
  });
  it.each([
    ['no front matter', '# Who', 'line 1: expected the criteria between two lines'],
    ['broken YAML', playbook('fit: [1'), 'line'],
    ['a weight that is no number', playbook(SMALL.replace('weight: 40', 'weight: much')), 'line 6: criteria.0.weight'],
    ['an unknown place', playbook(SMALL.replace('[role]', '[shoes]')), 'line 7: criteria.1.in.0'],
    ['words and has at once', playbook(SMALL.replace('has: [company]', 'has: [company], words: [x]')), 'line 8: criteria.2: either words or has'],
    ['an amount without currency', playbook(SMALL.replace('2000 EUR', '2000')), 'line 4: expected an amount with a currency such as 2000 EUR, found 2000'],
    ['thresholds the wrong way round', playbook(SMALL.replace('unfit: 15', 'unfit: 60')), 'line 3: expected unfit (60) to be at most fit (50)'],
  ])('with %s is refused, with the line', (_, text, message) => {
    expect(() => parseIdealCustomer(text)).toThrow(expect.objectContaining({ code: 'InvalidPlaybook', message: expect.stringContaining(message) }));
  });
});

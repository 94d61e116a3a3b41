import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { evaluateLeads } from '../../../bench/eval-leads.ts';

const root = new URL('../../../', import.meta.url);
const profile = readFileSync(new URL('config/playbooks/ideal-customer.md', root), 'utf8');
const held = readdirSync(new URL('test/fixtures/', root))
  .filter((name) => /^leads-.*\.csv$/.test(name))
  .map((name) => `test/fixtures/${name}`);

describe('heuristics alone judge well', () => {
  it.each(['examples/leads.csv', ...held])('%s', (file) => {
    const { figures, rejected, misses } = evaluateLeads(readFileSync(new URL(file, root)), profile);
    expect(rejected).toEqual([]);
    expect(
      figures.filter(({ holds }) => !holds),
      JSON.stringify(misses),
    ).toEqual([]);
  });

  it('on 200 sample leads', () => {
    const { counts } = evaluateLeads(readFileSync(new URL('examples/leads.csv', root)), profile);
    expect(counts.reduce((sum, { total }) => sum + total, 0)).toBe(200);
  });
});

it('a label that is none of the four is refused with its line', () => {
  expect(() => evaluateLeads(new TextEncoder().encode('email,expected\na@acme.example,maybe\n'), profile)).toThrow(
    'Line 2: expected one of fit, unfit, spam, duplicate',
  );
});

import { expect, it } from 'vitest';
import { leadFollowUp } from '../../src/agents/lead-follow-up.ts';
import { AGENTS, createRegistry } from '../../src/agents/registry.ts';

it('lists the agents in their order, and finds each by its name', () => {
  const registry = createRegistry();
  expect(registry.list().map(({ name }) => name)).toEqual(['lead-qualification', 'lead-follow-up']);
  expect(registry.get('lead-follow-up')?.does).toContain('did not answer');
  expect(registry.get('nobody')).toBeNull();
});

it('refuses two agents with one name', () => {
  expect(() => createRegistry([...AGENTS, leadFollowUp])).toThrow(
    expect.objectContaining({ code: 'DuplicateAgent', message: expect.stringContaining('lead-follow-up') }),
  );
});

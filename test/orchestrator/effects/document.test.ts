import { describe, expect, test } from 'vitest';
import { documentChange } from '../../../src/orchestrator/effects/document-change.ts';
import { documentCreate } from '../../../src/orchestrator/effects/document-create.ts';
import { lead, planContext } from './given.ts';

const provenance = { source: 'executor', agent: 'lead-qualification', task: 'T' };

describe('creating a document', () => {
  const request = { entity: 'lead' as const, fields: lead, externalIds: { crm: '17' } };

  test('plans one event for a stream that must not exist yet, with provenance and the person whose data it is', async () => {
    expect(await documentCreate.plan(request, planContext({ target: 'lead:a' }))).toEqual({
      events: [
        {
          stream: 'lead:a',
          type: 'DocumentCreated',
          data: { entity: 'lead', person: 'p1', fields: lead, externalIds: { crm: '17' }, provenance },
          actor: 'agent:lead-qualification@1',
          source: 'executor',
          cause: 'task:T@3',
          correlation: 'c1',
          subject: 'p1',
        },
      ],
      expect: { 'lead:a': 'absent' },
    });
  });

  test.each([
    ['a field is missing', { ...request, fields: { name: 'Ada' } }, 'lead:a'],
    ['there is a field too many', { ...request, fields: { ...lead, isAdmin: true } }, 'lead:a'],
    ['the target is of another kind', request, 'customer:a'],
    ['there is no target', request, null],
    ['it is there already', request, 'lead:known'],
  ])('is impossible when %s', async (_why, given, target) => {
    const planned = await documentCreate.plan(given, planContext({ target }, { 'lead:known': { data: lead, version: 1 } }));
    expect(planned).toEqual({ impossible: expect.any(String) });
  });
});

describe('changing a document (I5)', () => {
  const contacted = { field: 'stage', from: 'new', to: 'contacted' };
  const plan = (changes: { field: string; from: string | number | null; to: string | number | null }[], now: Partial<typeof lead> = {}, part = {}) =>
    documentChange.plan(
      { changes },
      planContext(
        { target: 'lead:a', ...part },
        { 'lead:a': { data: { ...lead, ...now }, version: 4 }, 'lead:gone': { data: lead, version: 5, removed: true } },
      ),
    );

  test('plans the change for the version it was checked against', async () => {
    expect(await plan([contacted])).toEqual({
      events: [
        expect.objectContaining({ stream: 'lead:a', type: 'DocumentChanged', subject: 'p1', data: { entity: 'lead', changes: [contacted], provenance } }),
      ],
      expect: { 'lead:a': 4 },
    });
  });

  test('does not conflict when only other fields were changed meanwhile', async () => {
    expect(await plan([contacted], { score: 80, company: 'Analytical Engines' })).toHaveProperty('events', [
      expect.objectContaining({ type: 'DocumentChanged' }),
    ]);
  });

  test('conflicts where a touched field moved, and is put again with what is there now', async () => {
    expect(await plan([contacted, { field: 'score', from: null, to: 70 }], { stage: 'replied' })).toEqual({
      conflict: 'lead:a was changed meanwhile: stage is now replied, not new.',
      revised: {
        changes: [
          { field: 'stage', from: 'replied', to: 'contacted' },
          { field: 'score', from: null, to: 70 },
        ],
      },
    });
  });

  test('leaves out a field that has the wanted value already', async () => {
    const score = { field: 'score', from: null, to: 70 };
    expect(await plan([contacted, score], { stage: 'contacted' })).toMatchObject({ events: [{ data: { changes: [score] } }] });
    expect(await plan([contacted], { stage: 'contacted' })).toEqual({ events: [], expect: { 'lead:a': 4 } });
  });

  test.each([
    ['the field does not exist', [{ field: 'isAdmin', from: null, to: 1 }], {}],
    ['the field is a trap', [{ field: '__proto__', from: null, to: 1 }], {}],
    ['the value is not valid', [{ field: 'stage', from: 'new', to: 'delighted' }], {}],
    ['the document was removed', [contacted], { target: 'lead:gone' }],
    ['there is no document', [contacted], { target: 'lead:nobody' }],
    ['there is no target', [contacted], { target: null }],
    ['the target is no document', [contacted], { target: 'task:x' }],
  ])('is impossible when %s', async (_why, changes, part) => {
    expect(await plan(changes, {}, part)).toEqual({ impossible: expect.any(String) });
  });

  test('one field twice is refused before it is planned', () => {
    expect(documentChange.schema.safeParse({ changes: [contacted, contacted] }).success).toBe(false);
  });
});

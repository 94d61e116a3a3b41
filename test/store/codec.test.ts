import { describe, expect, it } from 'vitest';
import { createCodec } from '../../src/store/codec.ts';
import { type Envelope, type NewEvent, newEvent } from '../../src/store/events/index.ts';
import type { Commit, EncodedEvent, StreamEvent } from '../../src/store/log.ts';
import { memoryKeys } from '../support/memory-keys.ts';
import { seededRandom } from '../support/seeded-random.ts';

const about = (subject: string | null): Envelope => ({ actor: 'system:test', source: 'test', cause: null, correlation: 'c1', subject });
const provenance = { source: 'form', agent: null, task: null };

const lead = {
  name: 'Ada Lovelace',
  email: 'ada@example.org',
  phone: null,
  company: 'Engines Ltd',
  message: 'Please call me',
  reasons: [
    { name: 'budget', points: 3, detail: 'Ada has money' },
    { name: 'spam', points: 0, detail: '' },
  ],
  keys: { address: 'ada@example.org', domain: null, company: 'engines', phone: null, name: 'ada lovelace' },
};
const created = newEvent('lead:1', 'DocumentCreated', { entity: 'lead', person: 'p1', fields: lead, externalIds: {}, provenance }, about('p1'));
const changed = newEvent(
  'lead:1',
  'DocumentChanged',
  {
    entity: 'lead',
    changes: [
      { field: 'stage', from: 'new', to: 'qualified' },
      { field: 'name', from: 'Ada Lovelace', to: 'Ada King' },
      { field: 'reasons', from: [], to: [{ name: 'budget', points: 3, detail: 'Ada has more money' }] },
    ],
    provenance,
  },
  about('p1'),
);

function setUp() {
  const keys = memoryKeys();
  return { keys, codec: createCodec(keys, seededRandom(1)) };
}
const recorded = (events: readonly EncodedEvent[]): StreamEvent[] =>
  events.map((event, index) => ({ ...event, version: index + 1, commit: 7, at: '2026-01-01T00:00:00.000Z' }));
const commitOf = (events: readonly EncodedEvent[]): Commit => ({ number: 7, id: 'i', at: '2026-01-01T00:00:00.000Z', hash: '', events: recorded(events) });
/** What is in the log after a way through JSON, as in every adapter. */
const stored = (events: readonly EncodedEvent[]): EncodedEvent[] => JSON.parse(JSON.stringify(events));

describe('the codec', () => {
  it('gives back what was put in, with version, commit and time', async () => {
    const { codec } = setUp();
    const events = [created, changed];
    const [opened] = await codec.decode([commitOf(stored(await codec.encode(events)))]);
    expect(opened).toEqual({ commit: 7, events: events.map((event, index) => ({ ...event, version: index + 1, commit: 7, at: '2026-01-01T00:00:00.000Z' })) });
    expect(await codec.decodeEvents(recorded(await codec.encode(events)))).toEqual(opened?.events);
  });

  it('leaves nothing personal in the clear, and everything else readable', async () => {
    const { codec } = setUp();
    const [first, second] = await codec.encode([created, changed]);
    expect(JSON.stringify([first, second])).not.toMatch(/Ada|ada@|money|call me|engines/i);
    expect(first?.data).toEqual({
      entity: 'lead',
      person: 'p1',
      fields: {
        name: '[forgotten]',
        email: '[forgotten]',
        phone: null,
        company: '[forgotten]',
        message: '[forgotten]',
        reasons: [
          { name: 'budget', points: 3, detail: '[forgotten]' },
          { name: 'spam', points: 0, detail: '' },
        ],
        keys: {},
      },
      externalIds: {},
      provenance,
    });
    expect(second?.data).toMatchObject({
      changes: [
        { field: 'stage', from: 'new', to: 'qualified' },
        { field: 'name', from: '[forgotten]', to: '[forgotten]' },
        { field: 'reasons', from: [], to: [{ name: 'budget', points: 3, detail: '[forgotten]' }] },
      ],
    });
  });

  it('leaves the placeholders once the key is destroyed, also after the person came again', async () => {
    const { codec, keys } = setUp();
    const encoded = stored(await codec.encode([created]));
    await keys.destroy('p1');
    const [forgotten] = await codec.decodeEvents(recorded(encoded));
    expect(forgotten?.data).toEqual(encoded[0]?.data);

    const again = await codec.encode([changed]);
    const [old, fresh] = await codec.decodeEvents(recorded([...encoded, ...again]));
    expect(old?.data).toEqual(encoded[0]?.data);
    expect(fresh?.data).toEqual(changed.data);
  });

  it('seals personal JSON of any shape, `{}` and hostile keys too', async () => {
    const { codec } = setUp();
    const input = JSON.parse('{"list":[{},[],null,{"a":{}}],"__proto__":{"polluted":true},"constructor":"x"}');
    const request = {
      agent: 'a',
      about: null,
      input,
      reason: 'because',
      priority: 0,
      value: null,
      notBefore: null,
      deadline: null,
      guards: [],
      parent: null,
      depth: 0,
    };
    const [encoded] = stored(await codec.encode([newEvent('task:1', 'TaskRequested', request, about('p1'))]));
    expect(encoded?.data['input']).toEqual({});
    const [opened] = await codec.decodeEvents(recorded(encoded === undefined ? [] : [encoded]));
    expect(JSON.stringify(opened?.data)).toContain('"list":[{},[],null,{"a":{}}]');
    expect(Object.prototype).not.toHaveProperty('polluted');
  });

  const refusals: readonly (readonly [name: string, event: NewEvent, message: RegExp])[] = [
    [
      'data that does not fit its schema',
      newEvent('approval:1', 'ApprovalVoted', { by: 'x'.repeat(501), verdict: 'approve' }, about(null)),
      /ApprovalVoted on approval:1: at by: /,
    ],
    ['something personal without a person', { ...created, subject: null }, /DocumentCreated on lead:1: it holds personal data, so it needs a subject/],
    [
      'a field its entity does not have',
      newEvent('lead:1', 'DocumentCreated', { entity: 'lead', person: 'p1', fields: { emial: 'ada@example.org' }, externalIds: {}, provenance }, about('p1')),
      /lead has no field emial/,
    ],
    [
      'an entity there is not',
      newEvent('pet:1', 'DocumentCreated', { entity: 'pet', person: null, fields: {}, externalIds: {}, provenance }, about(null)),
      /there is no entity pet/,
    ],
  ];
  it.each(refusals)('refuses %s, naming type and place', async (_name, event, message) => {
    await expect(setUp().codec.encode([event])).rejects.toMatchObject({ code: 'InvalidEvent', message: expect.stringMatching(message) });
  });

  it('reads what was written before more was sealed: in the clear, beside what was sealed then', async () => {
    const { codec } = setUp();
    const { company, ...sealedThen } = lead;
    const encoded = stored(
      await codec.encode([
        newEvent('lead:1', 'DocumentCreated', { entity: 'lead', person: 'p1', fields: sealedThen, externalIds: {}, provenance }, about('p1')),
      ]),
    );
    const older = encoded.map((event) => ({ ...event, data: { ...event.data, fields: { ...(event.data['fields'] as object), company } } }));
    const cancelled = { ...older[0], type: 'TaskCancelled', stream: 'task:1', data: { reason: 'Ada called' }, sealed: null } as EncodedEvent;
    const [first, second] = await codec.decodeEvents(recorded([...older, cancelled]));
    expect(first?.data).toEqual(created.data);
    expect(second?.data).toEqual({ reason: 'Ada called' });
  });

  it('seals what an agent or a person may have put anything into', async () => {
    const { codec } = setUp();
    const key = { item: 't.1', revision: 1 };
    const at = '2026-01-01T00:00:00.000Z';
    const events = [
      newEvent('task:t', 'TaskFailed', { attempt: 1, class: 'bug', message: 'Ada', next: 'human', retryAt: null }, about('p1')),
      newEvent('task:t', 'TaskCancelled', { reason: 'Ada' }, about('p1')),
      newEvent('task:t', 'TaskRetried', { reason: 'Ada' }, about('p1')),
      newEvent('task:t', 'TaskDiscarded', { reason: 'Ada' }, about('p1')),
      newEvent('task:t', 'ItemRevised', { ...key, before: {}, after: {}, why: 'Ada' }, about('p1')),
      newEvent('task:t', 'ItemDeferred', { ...key, until: at, reason: 'Ada' }, about('p1')),
      newEvent('task:t', 'ItemRefused', { ...key, reason: 'Ada' }, about('p1')),
    ];
    const encoded = stored(await codec.encode(events));
    for (const event of encoded) expect(JSON.stringify(event)).not.toContain('Ada');
    expect((await codec.decodeEvents(recorded(encoded))).map(({ data }) => data)).toEqual(events.map(({ data }) => data));
  });

  it('needs no person where nothing personal is given', async () => {
    const { codec, keys } = setUp();
    const [encoded] = await codec.encode([
      newEvent(
        'lead:2',
        'DocumentCreated',
        { entity: 'lead', person: null, fields: { name: '', stage: 'new', keys: {} }, externalIds: {}, provenance },
        about(null),
      ),
    ]);
    expect(encoded).toMatchObject({ sealed: null, data: { fields: { name: '', stage: 'new', keys: {} } } });
    expect(await keys.getMany(['p1'])).toEqual(new Map());
  });

  it('refuses an event of more than 64 KB, however it got so large', async () => {
    const event = newEvent(
      'task:1',
      'ItemRevised',
      { item: 'i', revision: 1, before: { text: 'ü'.repeat(20_000) }, after: { text: 'x'.repeat(20_000) }, why: 'edit' },
      about('p1'),
    );
    await expect(setUp().codec.encode([event])).rejects.toMatchObject({
      code: 'EventTooLarge',
      message: expect.stringMatching(/ItemRevised on task:1 has \d+ bytes, at most 65536/),
    });
  });

  const newer: readonly (readonly [name: string, change: Partial<EncodedEvent>, message: RegExp])[] = [
    ['type', { type: 'LeadCloned' }, /lead:1@1 is a LeadCloned of schema version 1, but this Countersign knows no event of that type/],
    ['schema version', { schema: 2 }, /lead:1@1 is a DocumentCreated of schema version 2, but this Countersign knows only versions up to 1/],
  ];
  it.each(newer)('refuses to read an unknown %s, naming it (faults row 11)', async (_name, change, message) => {
    const { codec } = setUp();
    const [encoded] = await codec.encode([
      newEvent('lead:1', 'DocumentCreated', { entity: 'lead', person: null, fields: {}, externalIds: {}, provenance }, about(null)),
    ]);
    if (encoded === undefined) throw new Error('nothing encoded');
    await expect(codec.decode([commitOf([{ ...encoded, ...change }])])).rejects.toMatchObject({
      code: 'UnknownEvent',
      message: expect.stringMatching(message),
    });
  });

  it('notices sealed fields that were altered, or moved to another stream', async () => {
    const { codec } = setUp();
    const [encoded] = await codec.encode([created]);
    if (encoded?.sealed === undefined || encoded.sealed === null) throw new Error('nothing sealed');
    const bytes = Buffer.from(encoded.sealed, 'base64');
    bytes[30] = (bytes[30] ?? 0) ^ 1;
    for (const change of [{ sealed: bytes.toString('base64') }, { stream: 'lead:2' }]) {
      await expect(codec.decodeEvents(recorded([{ ...encoded, ...change }]))).rejects.toMatchObject({ code: 'UnreadableEvent' });
    }
  });

  it('uses one key for a person and never the same nonce twice', async () => {
    const { codec, keys } = setUp();
    const encoded = await codec.encode([created, created]);
    expect(await keys.getMany(['p1', 'p2'])).toEqual(new Map([['p1', expect.objectContaining({ length: 32 })]]));
    expect(encoded[0]?.sealed).not.toBe(encoded[1]?.sealed);
  });
});

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { createCodec } from '../../src/store/codec.ts';
import { newEvent } from '../../src/store/events/index.ts';
import { openJournal } from '../../src/store/journal.ts';
import { fitFormat } from '../../src/store/sqlite/format.ts';
import { openSqliteStores } from '../../src/store/sqlite/open.ts';
import { verifyLog } from '../../src/store/verify.ts';
import { systemClock, systemRandom } from '../../src/system.ts';
import { temporaryFolder as folder } from '../support/processes.ts';

const collections = [{ name: 'lead', indexes: [['fields.email']] }];
const open = (path: string, shelves = collections) => openSqliteStores({ folder: path, clock: systemClock, random: systemRandom, collections: shelves });

/** The files of a data folder that hold these bytes anywhere. */
const filesWith = (path: string, bytes: string | Uint8Array): string[] => readdirSync(path).filter((name) => readFileSync(join(path, name)).includes(bytes));

/** Long enough to fill several pages of a file. */
const message = 'I am Ada Lovelace. '.repeat(200);
const lead = { name: 'Ada Lovelace', email: 'ada@example.org', stage: 'new', message };
const created = newEvent(
  'lead:1',
  'DocumentCreated',
  { entity: 'lead', person: 'p1', fields: lead, externalIds: {}, provenance: { source: 'form', agent: null, task: null } },
  { actor: 'system:test', source: 'test', cause: null, correlation: 'c', subject: 'p1' },
);

describe('personal data on disk', () => {
  it('is never in the clear in the log, and gone everywhere once the person is forgotten', async () => {
    const path = folder();
    const stores = await open(path);
    const journal = openJournal(stores.log, createCodec(stores.keys, systemRandom), systemClock, systemRandom);
    await journal.append([created]);
    const document = (fields: typeof lead) => ({ collection: 'lead', id: '1', version: 1, data: { person: 'p1', fields } });
    await stores.documents.apply({ checkpoint: 1, put: [document(lead)] });
    // A whole set thrown away leaves its pages behind.
    await stores.documents.replace((write) => write({ checkpoint: 1, put: [document(lead)] }));
    const key = (await stores.keys.getMany(['p1'])).get('p1');
    if (key === undefined) throw new Error('there is no key');
    expect((await journal.readStream('lead:1'))[0]?.data).toEqual(created.data);
    expect(filesWith(path, key).every((name) => name.startsWith('keys.db'))).toBe(true);
    expect(filesWith(path, 'ada@example.org').every((name) => name.startsWith('documents.db'))).toBe(true);
    expect(filesWith(path, 'ada@example.org')).not.toEqual([]);
    const before = await stores.log.head();

    await stores.keys.destroy('p1');
    await stores.documents.apply({ checkpoint: 1, put: [document({ name: '[forgotten]', email: '[forgotten]', stage: 'new', message: '[forgotten]' })] });
    await stores.scrub();

    expect(filesWith(path, key)).toEqual([]);
    for (const trace of ['ada@example.org', 'Lovelace']) expect(filesWith(path, trace)).toEqual([]);
    expect((await journal.readStream('lead:1'))[0]?.data).toMatchObject({ fields: { name: '[forgotten]', email: '[forgotten]', stage: 'new' } });
    expect(await verifyLog(stores.log)).toMatchObject({ commits: 1, head: before });
    await stores.close();
  });
});

describe('the documents file', () => {
  it('starts anew when what is indexed has changed: it is folded again from the log', async () => {
    const path = folder();
    const first = await open(path);
    await first.documents.apply({ checkpoint: 4, put: [{ collection: 'lead', id: '1', version: 1, data: {} }] });
    await first.close();
    const same = await open(path);
    expect([await same.documents.checkpoint(), await same.documents.count('lead')]).toEqual([4, 1]);
    await same.close();
    const other = await open(path, [
      { name: 'lead', indexes: [['fields.phone']] },
      { name: 'task', indexes: [] },
    ]);
    expect([await other.documents.checkpoint(), await other.documents.count('lead'), await other.documents.count('task')]).toEqual([0, 0, 0]);
    await other.close();
  });
});

describe('the format of a data folder', () => {
  const mark = (path: string) => JSON.parse(readFileSync(join(path, 'format.json'), 'utf8'));

  it('is marked on a new folder, and refused by older code', async () => {
    const path = folder();
    await (await open(path)).close();
    expect(mark(path)).toEqual({ format: 1 });
    writeFileSync(join(path, 'format.json'), '{"format": 2}');
    await expect(open(path)).rejects.toMatchObject({
      code: 'DataFormat',
      message: expect.stringMatching(/has data format 2, but this Countersign knows only formats up to 1/),
    });
    writeFileSync(join(path, 'format.json'), '{"version": "?"}');
    await expect(open(path)).rejects.toMatchObject({ code: 'DataFormat', message: expect.stringMatching(/should say \{"format": N\}/) });
  });

  it('is brought up step by step, each after a copy; a step that broke off is done again on the next start', async () => {
    const path = folder();
    await fitFormat(path);
    const database = new DatabaseSync(join(path, 'log.db'));
    database.exec('CREATE TABLE t (n); INSERT INTO t VALUES (1)');
    const add = (n: number) => async () => database.exec(`INSERT INTO t VALUES (${n})`);
    const fail = async () => {
      throw new Error('power cut');
    };
    await expect(fitFormat(path, [add(2), fail])).rejects.toThrow('power cut');
    expect(mark(path)).toEqual({ format: 2 });
    await fitFormat(path, [fail, add(3)]);
    expect(mark(path)).toEqual({ format: 3 });
    const numbers = (file: string) =>
      new DatabaseSync(file)
        .prepare('SELECT n FROM t')
        .all()
        .map(({ n }) => n);
    expect(numbers(join(path, 'log.db'))).toEqual([1, 2, 3]);
    expect(numbers(join(path, 'before-format-2', 'log.db'))).toEqual([1]);
    expect(numbers(join(path, 'before-format-3', 'log.db'))).toEqual([1, 2]);
  });
});

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { importLeads, importSuppressions, resumeImports } from '../../src/api/import.ts';
import type { Kernel } from '../../src/orchestrator/kernel.ts';
import { givenCompany } from './given.ts';

const OWNER = 'human:cli:owner';
// The addresses of fc.emailAddress() are valid, but too strange to be taken.
const address = fc.stringMatching(/^[a-z0-9]{1,12}@[a-z0-9]{1,12}\.example$/);
const csv = (...lines: string[]) => Buffer.from(`${lines.join('\n')}\n`);
const rows = (count: number) => csv('name,email,message', ...Array.from({ length: count }, (_, index) => `Person ${index},p${index}@nordlicht.example,Hello`));

/** As a process that dies after so many appends: nothing of it runs any further. */
const dyingAfter = (kernel: Kernel, appends: number): Kernel => {
  let left = appends;
  return {
    ...kernel,
    journal: { ...kernel.journal, append: (...args) => (left-- > 0 ? kernel.journal.append(...args) : Promise.reject(new Error('killed'))) },
  };
};

it('brings in each row once, tells of each line that it could not take, and the log tells it without quoting it', async () => {
  const { kernel, told, leads } = await givenCompany();
  const file = csv(
    'Full name;E-Mail;Nachricht;Internal',
    'Anna Berg;anna@nordlicht.example;Hallo;x',
    'Ben;;Hallo;x',
    'Cleo;cleo(at)nordlicht;Hallo;x',
    'Anna Berg;anna@nordlicht.example;Hallo;x',
  );
  const progress: number[] = [];
  const report = await importLeads(kernel, OWNER, 'C:\\Users\\Me\\leads.csv', file, (done) => progress.push(done));

  expect(report).toEqual({
    created: 1,
    repeated: 1,
    rejected: [
      { line: 3, why: 'no e-mail address' },
      { line: 4, why: 'not an e-mail address: "cleo(at)nordlicht"' },
    ],
    rejectedCount: 2,
    columns: [
      { header: 'Full name', field: 'name' },
      { header: 'E-Mail', field: 'email' },
      { header: 'Nachricht', field: 'message' },
      { header: 'Internal', field: null },
    ],
  });
  expect(progress).toEqual([1, 2]);
  expect(await leads()).toMatchObject([{ email: 'anna@nordlicht.example', origin: 'csv:leads.csv' }]);
  expect(await told('ImportFinished')).toEqual([
    {
      file: 'leads.csv',
      what: 'leads',
      created: 1,
      repeated: 1,
      rejected: [
        { line: 3, why: 'no e-mail address' },
        { line: 4, why: 'not an e-mail address' },
      ],
      rejectedCount: 2,
    },
  ]);
});

it('changes nothing the second time, under another name, with its columns in another order', async () => {
  const { kernel, leads } = await givenCompany();
  await importLeads(kernel, OWNER, 'leads.csv', rows(150));
  const turned = csv('message,email,name', ...Array.from({ length: 150 }, (_, index) => `Hello,p${index}@nordlicht.example,Person ${index}`));
  expect(await importLeads(kernel, OWNER, 'again.csv', turned)).toMatchObject({ created: 0, repeated: 150 });
  expect(await leads()).toHaveLength(150);
});

it.each([1, 2, 70, 200])('comes to its end at the next start after a crash at append %i, each row once', async (appends) => {
  const { kernel, leads, told, house } = await givenCompany();
  await expect(importLeads(dyingAfter(kernel, appends), OWNER, 'leads.csv', rows(200))).rejects.toThrow('killed');
  expect(await told('ImportFinished')).toEqual([]);

  await resumeImports(kernel);
  expect(await leads()).toHaveLength(200);
  expect(await told('ImportFinished')).toMatchObject([{ created: 200 - (appends - 1), repeated: appends - 1 }]);
  const [started] = await told('ImportStarted');
  expect(await house.stores.blobs.get(started?.blob ?? '')).toBeNull();

  await resumeImports(kernel);
  expect(await told('ImportFinished')).toHaveLength(1);
});

it('ends once although two processes resume it', async () => {
  const { kernel, leads, told } = await givenCompany();
  await expect(importLeads(dyingAfter(kernel, 20), OWNER, 'leads.csv', rows(50))).rejects.toThrow('killed');
  await Promise.all([resumeImports(kernel), resumeImports(kernel)]);
  expect(await leads()).toHaveLength(50);
  expect(await told('ImportFinished')).toHaveLength(1);
});

it('writes nothing of a file that it cannot use', async () => {
  const { kernel } = await givenCompany();
  const before = await kernel.journal.head();
  await expect(importLeads(kernel, OWNER, 'photo.png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3]))).rejects.toMatchObject({ code: 'UnusableFile' });
  expect(await kernel.journal.head()).toBe(before);
});

it('keeps its record small however many lines were rejected', async () => {
  const { kernel, told } = await givenCompany();
  const report = await importLeads(kernel, OWNER, 'bad.csv', csv('email,name', ...Array.from({ length: 3000 }, () => 'nobody(at)nordlicht.example,x')));
  expect([report.rejected.length, report.rejectedCount]).toEqual([1000, 3000]);
  const [finished] = await told('ImportFinished');
  expect(finished?.rejectedCount).toBe(3000);
  expect(JSON.stringify(finished).length).toBeLessThan(60_000);
});

it('puts addresses on the suppression list once', async () => {
  const { kernel, told } = await givenCompany();
  const file = csv('email', 'anna@nordlicht.example', 'Anna@Nordlicht.example', 'nobody');
  expect(await importSuppressions(kernel, OWNER, 'stop.csv', file)).toMatchObject({ created: 1, repeated: 1, rejectedCount: 1 });
  expect(await importSuppressions(kernel, OWNER, 'stop.csv', file)).toMatchObject({ created: 0, repeated: 2 });
  expect((await told('DocumentCreated')).map(({ entity }) => entity)).toEqual(['suppression']);
});

it('takes or refuses any file as a whole, and a row never stops the others', async () => {
  const { kernel, leads } = await givenCompany();
  const cell = fc.oneof(
    address,
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom('"', '""', '=HYPERLINK("http://x")', '\u0000', '(((((a+)+)+)+$', '9'.repeat(300), '<script>'),
  );
  const quoted = cell.map((text) => (text.includes('\n') ? `"${text.replaceAll('"', '""')}"` : text));
  const line = fc
    .tuple(fc.oneof({ weight: 3, arbitrary: address }, quoted), fc.array(quoted, { maxLength: 3 }))
    .map(([email, others]) => [email, ...others].join(','));
  const file = fc.oneof(
    fc.array(line, { maxLength: 8 }).map((lines) => Buffer.from(`email,name,message,budget\n${lines.join('\n')}`)),
    fc.array(line, { maxLength: 8 }).map((lines) => Buffer.from(`email;website;phone\n${lines.join('\n').replaceAll(',', ';')}`, 'utf16le')),
    fc.uint8Array({ maxLength: 500 }).map((bytes) => Buffer.from(bytes)),
  );
  let created = 0;
  await fc.assert(
    fc.asyncProperty(file, async (bytes) => {
      const report = await importLeads(kernel, OWNER, 'fuzz.csv', bytes).catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'UnusableFile' });
        return { created: 0 };
      });
      created += report.created;
    }),
    { numRuns: 300, seed: 9 },
  );
  expect(created).toBeGreaterThan(100);
  expect(await leads()).toHaveLength(created);
});

import { chmod, cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { readOutbox } from '../support/company.ts';
import { startCountersign, temporaryFolder } from '../support/processes.ts';
import { type SmtpBehaviour, startSmtpTarget } from '../support/smtp-target.ts';
import { countersign, startServer, until } from './countersign.ts';

const GOOD = 'Our subscriptions and invoices are a mess, can you fix the billing? Our budget is 8,000 EUR.';
const LEADS = `name,email,company,message\nAda,ada@ada-shop.example,Ada Shop,"${GOOD}"\nBea,bea@bea-shop.example,Bea Shop,"${GOOD}"\nNobody,not an address,,\n`;

/** Each command is a process that starts, on a machine that may have other things to do. */
const PATIENT = { timeout: 120_000 };

async function given(): Promise<{ readonly data: string; readonly leads: string }> {
  const data = temporaryFolder();
  const leads = join(data, 'some-leads.csv');
  await writeFile(leads, LEADS);
  return { data, leads };
}

describe('help', PATIENT, () => {
  it('shows the six commands that matter before the others, and the exit codes', async () => {
    const { code, text } = await countersign([], { data: temporaryFolder() });
    expect(code).toBe(0);
    const first = text.slice(text.indexOf('What matters first:'), text.indexOf('Decide and look:'));
    expect([...first.matchAll(/^ {2}([a-z]+)/gm)].map(([, name]) => name)).toEqual(['start', 'init', 'import', 'approvals', 'approve', 'why']);
    expect(text).toContain('Exit codes:');
  });

  it('what went wrong is told to a script as JSON, with the kind of the exit code', async () => {
    const { data } = await given();
    const failed = async (...args: string[]) => {
      const { code, json } = await countersign([...args, '--json'], { data });
      return [code, json.at(-1)?.['ok'], json.at(-1)?.['code']];
    };
    expect(await failed('approve', 'nothing')).toEqual([3, false, 'not-found']);
    expect(await failed('approve')).toEqual([2, false, 'usage']);
    expect(await failed('tasks', '--status', 'odd')).toEqual([2, false, 'usage']);
    expect(await failed('form', 'bad name!')).toEqual([2, false, 'usage']);
    expect(await failed('forget', 'nobody@nowhere.example')).toEqual([3, false, 'not-found']);
    await startServer({ data });
    expect(await failed('start')).toEqual([4, false, 'in-use']);
    expect(await failed('rebuild')).toEqual([4, false, 'in-use']);
  });

  it('a mistake in a command is told with where to look', async () => {
    const { code, text } = await countersign(['approve'], { data: temporaryFolder() });
    expect({ code, text }).toEqual({ code: 2, text: "error: missing required argument 'id'\nSee: countersign approve --help\n" });
  });

  it('a mistake is told in a line, with what was probably meant', async () => {
    const { code, text } = await countersign(['aprove', 'x'], { data: temporaryFolder() });
    expect({ code, text }).toEqual({ code: 2, text: "error: unknown command 'aprove'\n(Did you mean approve?)\nSee: countersign --help\n" });
  });
});

describe('beside a running server', PATIENT, () => {
  it('leads are imported, cards approved, mails explained; killed and started again, everything is there once', async () => {
    const { data, leads } = await given();
    const options = { data };
    const server = await startServer(options);

    const second = await countersign(['start'], options);
    expect(second).toMatchObject({ code: 4, text: expect.stringContaining(`process ${server.pid}`) });
    expect(await countersign(['rebuild'], options)).toMatchObject({ code: 4 });

    const imported = await countersign(['import', leads, '--json'], options);
    expect(imported).toMatchObject({ code: 0, json: [{ created: 2, repeated: 0, rejected: [{ line: 4 }], rejectedCount: 1 }] });

    const cards = await until(async () => {
      const { json } = await countersign(['approvals', '--json'], options);
      return json.length === 2 ? json : undefined;
    });
    const [first, other] = cards.map(({ id }) => String(id));
    if (first === undefined || other === undefined) throw new Error('Two cards were expected.');
    expect((await countersign(['approvals', first], options)).text).toContain('Subject: ');

    const approved = await countersign(['approve', first.slice(0, 6)], options);
    expect(approved.code).toBe(0);
    expect(approved.text).toMatch(/✓ .*\nApproved\.\n$/s);
    expect(await countersign(['reject', first], options)).toMatchObject({ code: 1, text: expect.stringContaining('Already approved by owner') });
    expect(await countersign(['approve', 'nothing'], options)).toMatchObject({ code: 3 });

    await until(async () => ((await readOutbox(join(data, 'outbox'))).length === 1 ? true : undefined));
    await server.kill('SIGKILL');

    // Nobody runs: a decision is recorded, and waits for the next start.
    const later = await countersign(['approve', other], options);
    expect(later).toMatchObject({ code: 0, text: expect.stringContaining('happens at the next start') });
    expect(await readOutbox(join(data, 'outbox'))).toHaveLength(1);

    const again = await startServer(options);
    await until(async () => ((await readOutbox(join(data, 'outbox'))).length === 2 ? true : undefined));
    expect(await countersign(['import', leads, '--json'], options)).toMatchObject({ json: [{ created: 0, repeated: 2 }] });

    const { json: steps } = await countersign(['why', first, '--json'], options);
    const told = steps.map(({ what }) => String(what)).join('\n');
    for (const part of ['Came in by csv:some-leads.csv', 'lead-qualification was asked', 'Policy: ask', 'owner decided', 'Footprint written', 'happened'])
      expect(told).toContain(part);

    const { ended, kill } = again;
    void kill('SIGTERM');
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(again.output()).toContain('Stopped. Everything is in the log.');
    expect(await countersign(['verify'], options)).toMatchObject({ code: 0 });
  });

  it('a new login link opens the page, and a form posts to the address that is printed', async () => {
    const { data } = await given();
    const server = await startServer({ data });
    const [{ link }] = (await countersign(['login', '--json'], { data })).json as [{ link: string }];
    expect(new URL(link).origin).toBe(server.said.url);
    expect((await fetch(link, { redirect: 'manual' })).headers.get('set-cookie')).not.toBeNull();

    const [{ address }] = (await countersign(['form', 'landing', '--json'], { data })).json as [{ address: string }];
    const posted = await fetch(address, { method: 'POST', body: new URLSearchParams({ name: 'Cai', email: 'cai@cai-shop.example', message: GOOD }) });
    expect(posted.status).toBe(200);
    expect(await countersign(['form', 'landing', '--revoke'], { data })).toMatchObject({ code: 0 });
    expect((await fetch(address, { method: 'POST', body: new URLSearchParams({ email: 'dan@dan.example' }) })).status).toBe(404);
  });
});

describe('without a server', PATIENT, () => {
  it('import says what was recognised and rejected; only when every line was rejected is it an error', async () => {
    const { data, leads } = await given();
    const { code, text } = await countersign(['import', leads], { data });
    expect(code).toBe(0);
    expect(text).toMatch(/company +company/);
    expect(text).toContain('2 new leads, 0 known already, 1 rejected. No server is running');
    expect(text).toMatch(/^4 +/m);

    await writeFile(leads, 'email\nnot an address\n');
    expect(await countersign(['import', leads], { data })).toMatchObject({ code: 1 });
    expect(await countersign(['import', join(data, 'missing.csv')], { data })).toMatchObject({ code: 2 });

    await writeFile(leads, 'email\nstop@example.com\n');
    expect(await countersign(['import', leads, '--what', 'suppressions'], { data })).toMatchObject({
      code: 0,
      text: expect.stringContaining('1 new address, 0 known already'),
    });
  });

  it('the data folder is for this user alone; where none can be made, that is said', async () => {
    const { leads, data } = await given();
    const folder = join(data, 'made', 'here');
    expect(await countersign(['tasks'], { data: folder })).toMatchObject({ code: 0 });
    expect((await stat(folder)).mode & 0o077).toBe(0);
    await chmod(folder, 0o755);
    expect((await countersign(['doctor', '--json'], { data: folder })).json).toContainEqual(
      expect.objectContaining({ check: 'Data folder', state: 'mind', mend: `chmod 700 ${folder}` }),
    );
    expect(await countersign(['tasks'], { data: leads })).toMatchObject({
      code: 2,
      text: expect.stringContaining('cannot be made: there is a file of that name'),
    });
    expect(await countersign(['tasks'], { data: join(leads, 'below') })).toMatchObject({
      code: 2,
      text: expect.stringContaining('a part of its path is a file'),
    });
  });

  it('agents are listed, paused and resumed; work is asked for by hand and cancelled', async () => {
    const { data, leads } = await given();
    await countersign(['import', leads], { data });
    expect(await countersign(['pause', 'lead-qualification'], { data })).toMatchObject({ code: 0 });
    const { json } = await countersign(['agents', '--json'], { data });
    expect(json).toMatchObject([
      { name: 'lead-qualification', paused: true, proposals: 0, costMicros: 0 },
      { name: 'lead-follow-up', paused: false },
    ]);
    expect(await countersign(['pause', 'nobody'], { data })).toMatchObject({ code: 3 });
    await countersign(['pause'], { data });
    expect(await countersign(['resume', 'lead-qualification'], { data })).toMatchObject({ code: 0, text: expect.stringContaining('everything is paused') });
    expect(await countersign(['resume'], { data })).toMatchObject({ code: 0, text: 'All agents are working again.\n' });

    const run = await countersign(['run', 'lead-qualification', '--about', 'ada@ada-shop.example', '--json'], { data });
    expect(run).toMatchObject({ code: 0, json: [{ agent: 'lead-qualification' }] });
    const task = String(run.json[0]?.['id']);
    // Beside those that the import asked for.
    expect((await countersign(['tasks', '--json'], { data })).json[0]).toMatchObject({ id: task, status: 'requested' });
    expect(await countersign(['retry', task], { data })).toMatchObject({ code: 1 });
    expect(await countersign(['cancel', task.slice(0, 5)], { data })).toMatchObject({ code: 0 });
    expect(await countersign(['mark', 'ada@ada-shop.example', 'won'], { data })).toMatchObject({ code: 0 });
    expect(await countersign(['resolve', 'nonsense', 'happened'], { data })).toMatchObject({ code: 2 });
  });

  it('verify names the commit that was altered', async () => {
    const { data, leads } = await given();
    await countersign(['import', leads], { data });
    const log = new DatabaseSync(join(data, 'log.db'));
    const [table] = log.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%hash%' AND sql LIKE '%text%'").all();
    log.prepare(`UPDATE "${table?.['name']}" SET text = replace(text, 'csv:', 'CSV:') WHERE number = 2`).run();
    log.close();
    expect(await countersign(['verify', '--json'], { data })).toMatchObject({ code: 5, json: [{ ok: false, broken: 2 }] });
    expect((await countersign(['doctor', '--json'], { data })).json).toContainEqual(expect.objectContaining({ check: 'Log', state: 'broken' }));
  });

  it('forget asks first, and says what it did', async () => {
    const { data, leads } = await given();
    await countersign(['import', leads], { data });
    expect(await countersign(['forget', 'ada@ada-shop.example'], { data })).toMatchObject({ code: 2, text: expect.stringContaining('--yes') });
    expect(await countersign(['forget', 'ada@ada-shop.example', '--yes', '--json'], { data })).toMatchObject({
      code: 0,
      json: [{ forgotten: true, verified: true }],
    });
    expect(await countersign(['forget', 'nobody@nowhere.example', '--yes'], { data })).toMatchObject({ code: 3 });
  });
});

describe('init', PATIENT, () => {
  const ANSWERS = ['--company', 'Acme', '--offer', 'Boats', '--ideal-customer', 'Harbours', '--sender-name', 'Ana', '--sender-email', 'ana@acme.example'];

  it('takes the answers from flags and never replaces answers without being told to', async () => {
    const { data } = await given();
    expect(await countersign(['init', '--company', 'Acme'], { data })).toMatchObject({ code: 2, text: expect.stringContaining('--offer') });
    expect(await countersign(['init', ...ANSWERS, '--sender-email', 'ana', '--offer', ''], { data })).toMatchObject({
      code: 2,
      text: '--offer: Please fill this in.\n--sender-email: Expected an e-mail address such as robin@example.com.\n',
    });
    expect(await countersign(['init', ...ANSWERS], { data })).toMatchObject({ code: 0 });
    expect(await countersign(['init', ...ANSWERS, '--company', 'Other'], { data })).toMatchObject({ code: 2, text: expect.stringContaining('--yes') });
    expect(await readFile(join(data, 'config', 'company.yaml'), 'utf8')).toContain('company: Acme');
    expect(await countersign(['init', '--company', 'Other', '--yes'], { data })).toMatchObject({ code: 0 });
    const doctor = await countersign(['doctor', '--json'], { data });
    expect(doctor).toMatchObject({ code: 0 });
    expect(doctor.json).toContainEqual(expect.objectContaining({ check: 'Playbook', state: 'ok' }));
  });
});

describe('doctor', PATIENT, () => {
  it('finds nothing broken in a fresh checkout, says what policies mean, and what leaves the machine', async () => {
    const { code, text } = await countersign(['doctor'], { data: temporaryFolder() });
    expect(code).toBe(0);
    expect(text).toContain('Never happens: mail.send, to a suppressed address');
    expect(text).toContain('Telemetry → nobody');
  });

  it('names every mistake in the settings with its place, and still looks at the rest; start refuses', async () => {
    const { data } = await given();
    await mkdir(join(data, 'config', 'playbooks'), { recursive: true });
    const profile = (await readFile(join('config', 'playbooks', 'ideal-customer.md'), 'utf8')).replace('fit: 50', 'fit: fifty');
    await writeFile(join(data, 'config', 'playbooks', 'ideal-customer.md'), profile);
    const policies = (await readFile(join('config', 'policies.yaml'), 'utf8')).replace('perHour: 200', 'perHour: many');
    await writeFile(join(data, 'config', 'policies.yaml'), policies);
    const line = policies.slice(0, policies.indexOf('perHour')).split('\n').length;

    const doctor = await countersign(['doctor', '--json'], { data });
    expect(doctor.code).toBe(1);
    expect(doctor.json).toContainEqual(
      expect.objectContaining({
        check: 'Settings',
        state: 'broken',
        says: expect.stringMatching(new RegExp(`policies\\.yaml:${line}:\\d+ .*expected a number`)),
      }),
    );
    const inProfile = `ideal-customer.md:${profile.slice(0, profile.indexOf('fit: fifty')).split('\n').length}:`;
    expect(doctor.json).toContainEqual(expect.objectContaining({ check: 'Settings', state: 'broken', says: expect.stringContaining(inProfile) }));
    expect(doctor.json).toContainEqual(expect.objectContaining({ check: 'Owner', says: expect.stringContaining('no server is running') }));
    expect(doctor.json).toContainEqual(expect.objectContaining({ check: 'Log', state: 'ok' }));
    expect(await countersign(['start'], { data })).toMatchObject({
      code: 1,
      text: expect.stringMatching(new RegExp(`policies\\.yaml:${line}:.*${inProfile}`, 's')),
    });
  });

  it('names a variable that is wrong, and how to mend it', async () => {
    const options = { data: temporaryFolder(), env: { PORT: 'many' } };
    expect(await countersign(['doctor', '--json'], options)).toMatchObject({
      code: 1,
      json: [{ check: 'Node' }, { check: 'Environment', state: 'broken', says: expect.stringContaining('PORT') }],
    });
    expect(await countersign(['tasks'], options)).toMatchObject({ code: 2 });
    expect(await countersign(['start'], { ...options, env: { TRUSTED_PROXIES: 'nginx' } })).toMatchObject({
      code: 2,
      text: expect.stringContaining('TRUSTED_PROXIES: expected'),
    });
  });

  it('sends a test mail, after which mail may go live', async () => {
    const { data } = await given();
    const smtp = await startSmtpTarget();
    try {
      const options = { data, env: { SMTP_URL: `smtp://127.0.0.1:${smtp.port}` } };
      expect(await countersign(['live'], options)).toMatchObject({ code: 1, text: expect.stringContaining('--test-mail') });
      const doctor = await countersign(['doctor', '--test-mail', 'me@example.com', '--json'], options);
      expect(doctor.code).toBe(0);
      expect(smtp.ledger.map(({ to }) => to)).toEqual([['me@example.com']]);
      expect(doctor.json).toContainEqual(expect.objectContaining({ to: `127.0.0.1:${smtp.port}` }));
      expect(await countersign(['live'], options)).toMatchObject({ code: 0 });
      const server = await startServer(options);
      expect(server.said.practice).toBe(false);
      expect(await countersign(['live', '--off'], options)).toMatchObject({ code: 0 });
    } finally {
      await smtp.close();
    }
  });

  it('says that a mail server does not answer', async () => {
    const doctor = await countersign(['doctor', '--json'], { data: temporaryFolder(), env: { SMTP_URL: 'smtp://127.0.0.1:1' } });
    expect(doctor.json).toContainEqual(expect.objectContaining({ check: 'Mail', state: 'broken', says: expect.stringContaining('127.0.0.1:1') }));
    expect(doctor.code).toBe(1);
  });
});

describe('what went wrong', PATIENT, () => {
  it('is listed, and mended by a person: a refused mail is tried again, one that nobody knows of is resolved', async () => {
    const { data, leads } = await given();
    const behaviour: { text?: NonNullable<SmtpBehaviour['text']> } = { text: { code: 554, message: '5.6.0 not today' } };
    const smtp = await startSmtpTarget(behaviour);
    try {
      const options = { data, env: { SMTP_URL: `smtp://127.0.0.1:${smtp.port}` } };
      const mailsTo = (address: string) => smtp.ledger.filter(({ to }) => to.includes(address)).length;
      const listed = (status: string) => until(async () => (await countersign(['tasks', '--status', status, '--json'], options)).json[0]);
      const cardFor = (address: string) =>
        until(async () => (await countersign(['approvals', '--json'], options)).json.find((card) => JSON.stringify(card).includes(address)));
      const approve = async (address: string) => countersign(['approve', String((await cardFor(address))['id'])], options);
      delete behaviour.text;
      await countersign(['doctor', '--test-mail', 'me@example.com'], options);
      await countersign(['live'], options);
      behaviour.text = { code: 554, message: '5.6.0 not today' };
      await startServer(options);
      await countersign(['import', leads], options);

      expect(await approve('ada@ada-shop.example')).toMatchObject({ code: 0 });
      const failed = await listed('failed');
      expect(failed).toMatchObject({
        status: 'failed',
        items: expect.arrayContaining([expect.objectContaining({ status: 'failed', note: expect.stringContaining('not today') })]),
      });
      // This time it is taken, and nobody knows.
      behaviour.text = 'take-and-hang-up';
      expect(await countersign(['retry', String(failed['id']), '--note', 'they mended it'], options)).toMatchObject({ code: 0 });
      const unknown = await listed('unknown');
      expect(unknown).toMatchObject({ id: failed['id'], status: 'unknown' });
      expect(mailsTo('ada@ada-shop.example')).toBe(1);
      const [item] = (unknown['items'] as { item: string; status: string }[]).filter(({ status }) => status === 'unknown');
      expect(await countersign(['resolve', String(item?.item), 'happened', '--json'], options)).toMatchObject({
        code: 0,
        json: [{ ok: true, answer: 'happened' }],
      });
      expect(await countersign(['resolve', String(item?.item), 'happened'], options)).toMatchObject({ code: 1 });
      expect(await countersign(['tasks', '--status', 'unknown'], options)).toMatchObject({ code: 0, text: 'No task is unknown.\n' });

      await approve('bea@bea-shop.example');
      const other = await listed('unknown');
      const [lost] = (other['items'] as { item: string; status: string }[]).filter(({ status }) => status === 'unknown');
      delete behaviour.text;
      expect(await countersign(['resolve', String(lost?.item), 'did-not-happen'], options)).toMatchObject({ code: 0 });
      expect(await approve('bea@bea-shop.example')).toMatchObject({ code: 0 });
      await until(async () => (mailsTo('bea@bea-shop.example') === 2 ? true : undefined));

      expect(await countersign(['discard', String(failed['id'])], options)).toMatchObject({ code: 1, text: expect.stringContaining('nothing to discard') });
    } finally {
      await smtp.close();
    }
  });
});

describe('start', () => {
  it.each(['PORT', 'INTAKE_PORT'])('with %s taken names the variable to change, and ends', async (variable) => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    try {
      const address = other.address();
      const taken = address !== null && typeof address === 'object' ? address.port : 0;
      const ended = await countersign(['start'], { data: temporaryFolder(), env: { [variable]: String(taken) } });
      expect(ended).toMatchObject({ code: 4, text: expect.stringContaining(`${variable}=${taken + 10}`) });
    } finally {
      other.close();
    }
  });
});

describe('demo', PATIENT, () => {
  it('plays its day beside the person’s own data and touches nothing of it', async () => {
    const { data } = await given();
    const own = join(data, 'own');
    await mkdir(join(own, 'config'), { recursive: true });
    await cp(join('config', 'policies.yaml'), join(own, 'config', 'policies.yaml'));
    const demo = startCountersign(['demo', '--seconds', '1'], { data: own, env: { SMTP_URL: 'smtp://127.0.0.1:1' } });
    await demo.line(/The day is over/);
    expect(demo.output()).toMatch(/200 leads/);
    void demo.kill('SIGINT');
    expect(await demo.ended).toEqual({ code: 0, signal: null });
    expect(await readdir(own)).toEqual(['config']);
    expect(await readdir(join(own, 'config'))).toEqual(['policies.yaml']);
    expect((await countersign(['tasks', '--json', '--limit', '500'], { data: `${own}-demo` })).json.length).toBeGreaterThan(0);
  });
});

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import { expect, it } from 'vitest';
import { readLeadsCsv } from '../../src/agents/leads/lead-csv.ts';
import { CODE, readOutbox } from '../support/company.ts';
import { type Running, startCountersign, temporaryFolder } from '../support/processes.ts';

const CSV = join(CODE, 'examples', 'leads.csv');

/** Runs a command to its end and reads its JSON lines. */
async function rows(data: string, ...args: string[]): Promise<Record<string, unknown>[]> {
  const command = startCountersign([...args, '--json'], { data });
  await command.ended;
  return command
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line): Record<string, unknown> => JSON.parse(line));
}

const started = async (server: Running) => {
  await server.line(/Log in/);
  return server;
};

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(what: string, holds: () => Promise<boolean>, seconds = 60): Promise<void> {
  for (let left = seconds * 4; left > 0; left -= 1) {
    if (await holds()) return;
    await pause(250);
  }
  throw new Error(`Waited ${seconds} s in vain: ${what}.`);
}

it('kill -9 of the import and of the server, again and again: every lead once, every card once, every approved mail once', async () => {
  const data = temporaryFolder();
  let server = await started(startCountersign(['start'], { data }));

  // Both die in the middle; the rest of the file comes in at the next start.
  const importing = startCountersign(['import', CSV], { data });
  await pause(900);
  await importing.kill();
  await server.kill();
  for (const life of [700, 1_500, 2_500]) {
    server = await started(startCountersign(['start'], { data }));
    await pause(life);
    await server.kill();
  }
  server = await started(startCountersign(['start'], { data }));
  // The same file again changes nothing that is there.
  const [report] = await rows(data, 'import', CSV);
  const rowsInFile = readLeadsCsv(await readFile(CSV)).rows.length;
  expect(Number(report?.['created']) + Number(report?.['repeated'])).toBe(rowsInFile);

  const approved = new Set<string>();
  await until('cards', async () => (await rows(data, 'approvals')).length === 20);
  const cards = await rows(data, 'approvals');
  expect(new Set(cards.map(({ title }) => title)).size).toBe(cards.length);
  for (const card of cards.slice(0, 5)) {
    const id = String(card['id']);
    approved.add(id);
    await startCountersign(['approve', id], { data }).ended;
    if (approved.size === 3) {
      await server.kill();
      server = await started(startCountersign(['start'], { data }));
    }
  }
  await until('mails', async () => (await readOutbox(join(data, 'outbox'))).length >= approved.size);
  await pause(3_500);
  const mails = await Promise.all((await readOutbox(join(data, 'outbox'))).map((mail) => simpleParser(mail)));
  expect(mails).toHaveLength(approved.size);
  expect(new Set(mails.map(({ messageId }) => messageId)).size).toBe(approved.size);

  expect(await server.kill('SIGTERM')).toMatchObject({ code: 0 });
  const [verified] = await rows(data, 'verify');
  expect(verified).not.toHaveProperty('broken');
}, 180_000);

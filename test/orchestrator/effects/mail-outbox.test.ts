import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createMailOutbox } from '../../../src/orchestrator/effects/mail-outbox.ts';
import { createMailRoute } from '../../../src/orchestrator/effects/mail-route.ts';
import { createMailSend } from '../../../src/orchestrator/effects/mail-send.ts';
import { createMailSmtp } from '../../../src/orchestrator/effects/mail-smtp.ts';
import { connectorNamed } from '../../../src/orchestrator/effects/registry.ts';
import { FOOTPRINT, mail, performance, sender } from './given.ts';

let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'countersign-outbox-'));
});
afterEach(() => rm(data, { recursive: true, force: true }));
const outboxIn = (folder: string) => createMailOutbox(folder, () => sender);

describe('the outbox', () => {
  test('holds one whole file per mail, named by time and footprint', async () => {
    const folder = join(data, 'outbox');
    const outbox = outboxIn(folder);
    const receipt = await outbox.perform(mail(), performance(outbox.timeout));
    const file = `2026-03-02T09-00-30-500Z-${FOOTPRINT.slice(0, 32)}.eml`;
    expect(receipt).toEqual({ via: 'outbox', messageId: `<${FOOTPRINT.slice(0, 32)}@firm.example>`, file });
    expect(await readdir(folder)).toEqual([file]);
    expect(await simpleParser(await readFile(join(folder, file)))).toMatchObject({ subject: 'Your question', text: mail().text });
  });

  test('after a crash it is asked whether the mail is there (I4)', async () => {
    const outbox = outboxIn(data);
    if (typeof outbox.recovery === 'string') throw new Error('the outbox can be asked');
    expect(await outbox.recovery.ask(FOOTPRINT, mail())).toEqual({ happened: false, receipt: {} });
    // A crash before the rename leaves only the part.
    await writeFile(join(data, `.2026-03-02T09-00-30-500Z-${FOOTPRINT.slice(0, 32)}.eml.part`), 'From: gr');
    expect(await outbox.recovery.ask(FOOTPRINT, mail())).toMatchObject({ happened: false });
    const receipt = await outbox.perform(mail(), performance(outbox.timeout));
    expect(await outbox.recovery.ask(FOOTPRINT, mail())).toEqual({ happened: true, receipt });
    expect(await outbox.recovery.ask('0'.repeat(64), mail())).toMatchObject({ happened: false });
  });

  test('writes nothing after its deadline, and leaves nothing behind', async () => {
    const outbox = outboxIn(data);
    await expect(outbox.perform(mail(), performance(outbox.timeout, AbortSignal.abort()))).rejects.toMatchObject({ class: 'timeout', certain: true });
    expect(await readdir(data)).toEqual([]);
  });

  test('a folder that cannot be written to is a certain failure that names it', async () => {
    await writeFile(join(data, 'file'), '');
    const outbox = outboxIn(join(data, 'file'));
    await expect(outbox.perform(mail(), performance(outbox.timeout))).rejects.toMatchObject({
      certain: true,
      class: 'api-error',
      message: expect.stringContaining(join(data, 'file')),
    });
  });

  test('a footprint is never a path', async () => {
    const outbox = outboxIn(data);
    await expect(outbox.perform(mail(), { ...performance(outbox.timeout), footprint: `../../${'a'.repeat(58)}` })).rejects.toThrow('64 hexadecimal digits');
  });
});

describe('which way a mail takes', () => {
  const smtp = createMailSmtp('smtp://127.0.0.1:1', () => sender);

  test('in practice the outbox, live the mail server; recovery asks the one that was taken', () => {
    const outbox = outboxIn(data);
    let live = false;
    const action = createMailSend(
      createMailRoute(outbox, smtp, () => live),
      () => sender,
    );
    expect(action.connector).toBe(outbox);
    live = true;
    expect(action.connector).toBe(smtp);
    expect(connectorNamed(action, 'outbox')).toBe(outbox);
    live = false;
    expect(connectorNamed(action, 'smtp')).toBe(smtp);
    expect(connectorNamed(action, 'pigeon')).toBe(null);
  });

  test('without a mail server always the outbox', () => {
    const outbox = outboxIn(data);
    expect(
      createMailSend(
        createMailRoute(outbox, null, () => true),
        () => sender,
      ).connector,
    ).toBe(outbox);
  });

  test('the card shows the mail as it will leave', () => {
    const action = createMailSend(
      createMailRoute(outboxIn(data), null, () => false),
      () => sender,
    );
    expect(action.show(mail())).toEqual([
      { kind: 'mail', from: 'Grace <grace@firm.example>', to: 'ada@example.org', subject: 'Your question', text: mail().text },
    ]);
  });
});
